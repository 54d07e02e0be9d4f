package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// process is the real program, built as a user builds it, with a configuration and a data folder of its own.
type process struct {
	binary, config, address string
	cmd                     *exec.Cmd
	log                     *lockedBuffer
}

// lockedBuffer keeps what a child writes while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.b.Bytes()
	if len(b) > 16<<10 {
		b = b[len(b)-16<<10:]
	}
	return string(b)
}

var buildOnce = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "penstock-test-")
	if err != nil {
		return "", err
	}
	built = dir
	binary := filepath.Join(dir, "penstock")
	out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

// built is the folder of the binary, to be removed in the end.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// penstockBinary builds the program once, or takes the one that PENSTOCK names.
func penstockBinary(t testing.TB) string {
	t.Helper()
	if named := os.Getenv("PENSTOCK"); named != "" {
		return named
	}
	binary, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// installPenstock writes a configuration as a user would for one hub without a storage account.
func installPenstock(t testing.TB, connection string) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{binary: penstockBinary(t), config: filepath.Join(dir, "penstock.yaml"), address: freeAddress(t), log: &lockedBuffer{}}
	text := fmt.Sprintf(`data: %s
server:
  listen: %s
  sign_in: off
intakes:
  - name: defender
    eventhub:
      connection_string: %q
      consumer_group: penstock
`, filepath.Join(dir, "data"), p.address, connection)
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill(t)
		}
		if t.Failed() {
			t.Logf("the program's log ends with:\n%s", p.log.tail())
		}
	})
	return p
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *process) start(t testing.TB) {
	t.Helper()
	p.cmd = exec.Command(p.binary, "serve", "--config", p.config)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill ends the process as a power cut would.
func (p *process) kill(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (p *process) waitReady(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("the program is not ready after 30 s; its log ends with:\n%s", p.log.tail())
}

func (p *process) get(t testing.TB, path string, params url.Values, out any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := client{base: "http://" + p.address}
	if err := c.get(ctx, path, params, out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
