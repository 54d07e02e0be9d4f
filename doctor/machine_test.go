package doctor

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheDataFolderIsLookedAtAndLeftAsItWas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	all := func() string {
		r := Run(t.Context(), Data("data", dir), Options{})
		var ids []string
		for _, f := range r.Findings {
			ids = append(ids, f.ID)
		}
		return strings.Join(ids, " ")
	}
	if got := all(); got != "data.absent" {
		t.Errorf("before the first start: %s", got)
	}
	if err := os.MkdirAll(filepath.Join(dir, "lake"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := all(); !strings.HasPrefix(got, "data.there") || !strings.Contains(got, "disk.") {
		t.Errorf("there: %s", got)
	}
	//nolint:gosec // it is to be found too open
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := all(); !strings.HasPrefix(got, "data.open") {
		t.Errorf("for everybody: %s", got)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestTheLakeGrowsByWhatWasWrittenWithinADay(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"new": time.Hour, "old": 48 * time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if size, day := growth(t.Context(), dir, time.Now()); size != 2000 || day != 1000 {
		t.Errorf("%d, %d in a day", size, day)
	}
}

func TestFilesWithSecretsAreForTheirOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]string{0o600: "private.kept", 0o640: "private.group", 0o644: "private.open", 0o400: "private.kept"} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if f := private(path, "the key"); f.ID != want {
			t.Errorf("%o: %s", mode, f.ID)
		}
	}
	if f := private(path+"s", "the key"); f.ID != "private.missing" {
		t.Error(f.ID)
	}
}

func TestTheLimitOfTheControlGroupCounts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("proc/meminfo", "MemTotal:        8388608 kB\nMemFree: 1 kB\n")
	write("proc/self/cgroup", "0::/system.slice/penstock.service\n")
	groups, proc := filepath.Join(dir, "cgroup"), filepath.Join(dir, "proc")
	if n, from := memoryLimit(groups, proc); n != 8<<30 || from != "of the machine" {
		t.Errorf("%d %s", n, from)
	}
	write("cgroup/system.slice/penstock.service/memory.max", "max\n")
	write("cgroup/system.slice/memory.max", "1073741824\n")
	if n, from := memoryLimit(groups, proc); n != 1<<30 || from != "limit of the control group" {
		t.Errorf("%d %s", n, from)
	}
	if f := enough(2<<30, 1<<30, "x"); f.ID != "memory.tight" {
		t.Error(f.ID)
	}
}

func TestThePageAnswersOrItsPortIsFreeOrTaken(t *testing.T) {
	penstock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }))
	defer penstock.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	address := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}()
	for name, test := range map[string]struct {
		listen  string
		running bool
		want    string
	}{
		"it answers":           {address(penstock), true, "page.answers"},
		"the port is free":     {free, false, "page.free"},
		"it runs elsewhere":    {free, true, "page.hung"},
		"another program":      {address(other), false, "page.taken"},
		"an address of others": {"192.0.2.1:80", false, "page.forbidden"},
	} {
		if got, f := look(t, Page("page", test.listen, false, test.running)); got != test.want {
			t.Errorf("%s: %s %+v", name, got, f)
		}
	}
	other.Close()
}

func TestTheCertificateOfThePageIsToldBeforeItEnds(t *testing.T) {
	issue, _ := authority(t, "x")
	dir := t.TempDir()
	pair := issue("penstock.example", time.Now().Add(30*24*time.Hour))
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, private := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	err = errors.Join(
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(private, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for days, want := range map[int]string{0: "certificate.good", 20: "certificate.ending", 31: "certificate.ended", -1: "certificate.ended"} {
		if f := pageCertificate(certificate, private, time.Now().AddDate(0, 0, days)); f.ID != want {
			t.Errorf("after %d days: %s", days, f.ID)
		}
	}
	if f := pageCertificate(certificate, certificate, time.Now()); f.ID != "certificate.broken" {
		t.Error(f.ID)
	}
}
