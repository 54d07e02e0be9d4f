// Package eventhubtest is an Event Hubs emulator for tests and for the demo: a server that speaks AMQP 1.0, in plain,
// over TLS and over websockets on one port, and that the official SDKs take for the real service.
//
//	server, err := eventhubtest.Start(ctx, eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: "defender"}}})
//	client, err := azeventhubs.NewConsumerClientFromConnectionString(server.ConnectionString("defender"), "", "$Default", nil)
//
// Faults that the real service shows once a month are had on demand, see [Server.DropConnections] and the methods near it.
package eventhubtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say what the emulator serves. The zero value is a server in memory on a free port without hubs.
type Options struct {
	// Addr is the address to listen on; "" means a free port of 127.0.0.1.
	Addr string
	// Dir is where hubs live; what was acknowledged survives a kill of the process, though not a power failure. ""
	// keeps everything in memory.
	Dir string
	// Hubs are opened, or made if Dir does not have them.
	Hubs []Hub
	// Keys are shared access keys by name. When there are any, a client has to prove one of them, by a SAS token or by
	// SASL PLAIN; tokens of Entra ID (type jwt) are taken as they are. Without keys everything is allowed.
	Keys map[string]string
	// TLS is offered, on the same port, when it is set.
	TLS *tls.Config
	// IdleTimeout is after how long without a frame a connection is given up; 0 means one minute.
	IdleTimeout time.Duration
	// MaxConnections bounds the connections, 0 means 1,024.
	MaxConnections int
	// Now is the clock of the enqueued times; nil means time.Now.
	Now func() time.Time
	// Logger gets what goes wrong; nil means nothing is logged.
	Logger *slog.Logger
}

// Server is an emulator that runs.
type Server struct {
	opts     Options
	listener net.Listener
	web      *http.Server
	upgrades *upgradeListener
	ctx      context.Context
	cancel   context.CancelFunc
	tasks    sync.WaitGroup
	faults   faults
	lock     *os.File // of Options.Dir, nil without one

	mu     sync.Mutex
	closed bool
	hubs   map[string]*hub    // by name in lower case
	conns  map[net.Conn]*conn // nil until the client has said what it wants
}

// Start opens the hubs and serves until ctx is done or Close is called.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{opts: o, hubs: map[string]*hub{}, conns: map[net.Conn]*conn{}}
	if o.Dir != "" {
		lock, err := lockDir(o.Dir)
		if err != nil {
			return nil, err
		}
		s.lock = lock
	}
	for _, spec := range o.Hubs {
		if err := s.CreateHub(spec); err != nil {
			return nil, errors.Join(err, s.closeHubs())
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s for Event Hubs clients: %w", o.Addr, err), s.closeHubs())
	}
	s.listener = l
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.upgrades = newUpgradeListener(l.Addr())
	s.web = &http.Server{Handler: http.HandlerFunc(s.upgrade), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug)}
	s.tasks.Go(s.accept)
	s.tasks.Go(func() { _ = s.web.Serve(s.upgrades) }) // ends with the listener
	s.tasks.Go(func() {
		<-s.ctx.Done()
		s.stop()
	})
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = time.Minute
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 1024
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// ConnectionString is what a client needs to reach hub, or the namespace if hub is "". The key is the first of
// Options.Keys by name, or an invented one when there are no keys.
func (s *Server) ConnectionString(hub string) string {
	name, key := "RootManageSharedAccessKey", "emulator"
	if len(s.opts.Keys) > 0 {
		var names []string
		for n := range s.opts.Keys {
			names = append(names, n)
		}
		name = slices.Min(names)
		key = s.opts.Keys[name]
	}
	c := fmt.Sprintf("Endpoint=sb://%s;SharedAccessKeyName=%s;SharedAccessKey=%s;", s.Addr(), name, key)
	if hub != "" {
		c += "EntityPath=" + hub + ";"
	}
	return c + "UseDevelopmentEmulator=true"
}

// Close disconnects the clients, waits for everything that the server started and closes the hubs.
func (s *Server) Close() error {
	s.cancel()
	s.tasks.Wait()
	return s.closeHubs()
}

// stop ends everything that waits for the network.
func (s *Server) stop() {
	s.mu.Lock()
	s.closed = true
	conns := s.connections()
	s.mu.Unlock()
	_ = s.listener.Close()
	_ = s.upgrades.Close()
	var farewells sync.WaitGroup
	for _, c := range conns {
		farewells.Go(c.bye)
	}
	farewells.Wait()
	_ = s.web.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for nc, c := range s.conns {
		if c == nil { // it has not said yet what it wants
			_ = nc.Close()
		}
	}
}

func (s *Server) closeHubs() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, h := range s.hubs {
		errs = append(errs, h.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// connections lists the connections; s.mu is held.
func (s *Server) connections() []*conn {
	var out []*conn
	for _, c := range s.conns {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			if s.ctx.Err() != nil {
				return
			}
			s.opts.Logger.Warn("accept a connection", "error", err)
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(50 * time.Millisecond): // out of descriptors: let some go
			}
			continue
		}
		if s.faults.refusing(time.Now()) || !s.admit(nc) {
			reset(nc)
			continue
		}
		s.tasks.Go(func() {
			if s.greet(nc) {
				s.forget(nc)
			}
		})
	}
}

// reset closes a connection so that the peer sees a reset and not an orderly end.
func reset(nc net.Conn) {
	if t, ok := nc.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = nc.Close()
}

func (s *Server) admit(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= s.opts.MaxConnections {
		return false
	}
	s.conns[nc] = nil
	return true
}

// register notes the connection that came over nc, so that faults and Close find it.
func (s *Server) register(nc net.Conn, c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[nc] = c
	return true
}

func (s *Server) forget(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, nc)
}

// find returns a hub, nil if there is none of that name. Names do not depend on case, as in the real service.
func (s *Server) find(name string) *hub {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hubs[strings.ToLower(name)]
}
