// Package azuritetest runs Azurite, Microsoft's emulator of Azure Storage, for tests. It comes from npm, in the version
// of the lock file beside this one, and is installed once into the user's cache.
package azuritetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

// The account that Azurite knows; name and key are public.
const (
	Account = "devstoreaccount1"
	Key     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==" //nolint:gosec // see above
)

// Server is a running Azurite. It keeps its data until the test ends, also while it is stopped.
type Server struct {
	t       testing.TB
	main    string
	dir     string
	port    string
	process *exec.Cmd
	output  bytes.Buffer
}

// Start installs Azurite when needed and starts it on a free port of the loopback interface. It skips the test where
// Node.js is missing or the package cannot be had.
func Start(t testing.TB) *Server {
	t.Helper()
	main := install(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s := &Server{t: t, main: main, dir: t.TempDir(), port: port}
	t.Cleanup(s.Stop)
	s.Restart()
	return s
}

// ConnectionString is for the account, with its key.
func (s *Server) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=http://127.0.0.1:%s/%s;", Account, Key, s.port, Account)
}

// Container makes a client for a container, and the container itself when create is set.
func (s *Server) Container(name string, create bool) *container.Client {
	s.t.Helper()
	c, err := container.NewClientFromConnectionString(s.ConnectionString(), name, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if create {
		if _, err := c.Create(s.t.Context(), nil); err != nil {
			s.t.Fatal(err)
		}
	}
	return c
}

// Stop takes Azurite away.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM)
	_ = s.process.Wait() // its status is that of the signal
	s.process = nil
}

// Restart brings Azurite back, with the data it had.
func (s *Server) Restart() {
	s.t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		s.t.Fatal(err)
	}
	// The current SDK asks for a newer version of the API than Azurite knows.
	//nolint:gosec // the program is the Node.js of this machine
	s.process = exec.CommandContext(context.WithoutCancel(s.t.Context()), node, s.main, "--blobHost", "127.0.0.1", "--blobPort", s.port,
		"--location", s.dir, "--skipApiVersionCheck", "--disableTelemetry", "--silent")
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://127.0.0.1:"+s.port+"/", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			return
		}
	}
	s.Stop()
	s.t.Fatalf("Azurite does not start: %s", s.output.String())
}

// install makes sure that Azurite is in the cache, and returns its main file.
func install(t testing.TB) string {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("Azurite needs Node.js and npm, which are not installed")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("there is no directory to keep Azurite in: %v", err)
	}
	sum := sha256.Sum256(packageLock)
	dir := filepath.Join(cache, "penstock-test", "azurite-"+hex.EncodeToString(sum[:6]))
	main := filepath.Join(dir, "node_modules", "azurite", "dist", "src", "blob", "main.js")
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		t.Fatal(err)
	}
	unlock := lock(t, dir+".lock")
	defer unlock()
	if _, err := os.Stat(main); err == nil {
		return main
	}
	// Installed beside and renamed, so that an installation that was broken off is not taken for a whole one.
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for name, text := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	//nolint:gosec // the program is the npm of this machine
	run := exec.CommandContext(ctx, npm, "ci", "--no-audit", "--no-fund", "--omit=dev", "--ignore-scripts", "--loglevel=error")
	run.Dir = fresh
	if output, err := run.CombinedOutput(); err != nil {
		t.Skipf("Azurite cannot be installed from npm: %v\n%s", err, output)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	return main
}

// lock waits until no other process installs.
func lock(t testing.TB, path string) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}
