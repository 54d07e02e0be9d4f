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
	"io"
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

// errUnavailable is where Azurite cannot be had: a test is left out then.
var errUnavailable = errors.New("azurite cannot be had")

// Start installs Azurite when needed and starts it on a free port of the loopback interface. It skips the test where
// Node.js is missing or the package cannot be had.
func Start(t testing.TB) *Server {
	t.Helper()
	main, err := install(t.Context())
	if errors.Is(err, errUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, main: main, dir: t.TempDir(), port: port}
	t.Cleanup(s.Stop)
	s.Restart()
	return s
}

// Run is Start for a program: it installs Azurite when needed, and runs it with its data in dir until ctx ends. It returns
// the connection string of the account once Azurite answers, and what waits for its end.
func Run(ctx context.Context, dir string) (connection string, wait func() error, err error) {
	main, err := install(ctx)
	if err != nil {
		return "", nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return "", nil, err
	}
	process, err := serve(ctx, main, dir, port, io.Discard)
	if err != nil {
		return "", nil, err
	}
	return connectionString(port), process.Wait, nil
}

func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// ConnectionString is for the account, with its key.
func (s *Server) ConnectionString() string { return connectionString(s.port) }

func connectionString(port string) string {
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=http://127.0.0.1:%s/%s;", Account, Key, port, Account)
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
	process, err := serve(context.WithoutCancel(s.t.Context()), s.main, s.dir, s.port, &s.output)
	if err != nil {
		s.t.Fatalf("%v: %s", err, s.output.String())
	}
	s.process = process
}

// serve starts Azurite and waits until it answers.
func serve(ctx context.Context, main, dir, port string, output io.Writer) (*exec.Cmd, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	// The current SDK asks for a newer version of the API than Azurite knows.
	//nolint:gosec // the program is the Node.js of this machine
	process := exec.CommandContext(ctx, node, main, "--blobHost", "127.0.0.1", "--blobPort", port,
		"--location", dir, "--skipApiVersionCheck", "--disableTelemetry", "--silent")
	process.Stdout, process.Stderr = output, output
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("start Azurite: %w", err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/", http.NoBody)
		if err != nil {
			break
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			return process, nil
		}
	}
	_ = process.Process.Kill()
	_ = process.Wait() // its status is that of the signal
	return nil, errors.New("azurite does not answer after a minute")
}

// install makes sure that Azurite is in the cache, and returns its main file.
func install(ctx context.Context) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("%w: it needs Node.js and npm, which are not installed", errUnavailable)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: there is no directory to keep it in: %w", errUnavailable, err)
	}
	sum := sha256.Sum256(packageLock)
	dir := filepath.Join(cache, "penstock-test", "azurite-"+hex.EncodeToString(sum[:6]))
	main := filepath.Join(dir, "node_modules", "azurite", "dist", "src", "blob", "main.js")
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", err
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(main); err == nil {
		return main, nil
	}
	// Installed beside and renamed, so that an installation that was broken off is not taken for a whole one.
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	for name, text := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o600); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	//nolint:gosec // the program is the npm of this machine
	run := exec.CommandContext(ctx, npm, "ci", "--no-audit", "--no-fund", "--omit=dev", "--ignore-scripts", "--loglevel=error")
	run.Dir = fresh
	if output, err := run.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w from npm: %w\n%s", errUnavailable, err, output)
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return main, nil
}

// lock waits until no other process installs.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}
