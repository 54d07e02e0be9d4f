package eventhubtest

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// handshakeTimeout is how long a client may take for its first bytes and for each step of the handshake.
const handshakeTimeout = 10 * time.Second

// peeked is a connection some of whose bytes were looked at.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

// greet looks at the first byte of a connection and serves what the client wants: AMQP, TLS around it, or a websocket.
// It reports whether the connection is over; a websocket is then served by the HTTP server.
func (s *Server) greet(nc net.Conn) bool {
	p := &peeked{nc, bufio.NewReaderSize(nc, 64<<10)}
	_ = nc.SetReadDeadline(time.Now().Add(handshakeTimeout))
	first, err := p.r.Peek(1)
	if err != nil {
		_ = nc.Close()
		return true
	}
	var inner net.Conn = p
	const tlsHandshake = 0x16
	if first[0] == tlsHandshake && s.opts.TLS != nil {
		secured := tls.Server(p, s.opts.TLS)
		pt := &peeked{secured, bufio.NewReaderSize(secured, 64<<10)}
		if first, err = pt.r.Peek(1); err != nil {
			_ = nc.Close()
			return true
		}
		inner = pt
	}
	if first[0] == 'G' {
		_ = nc.SetReadDeadline(time.Time{})
		return !s.upgrades.offer(&forgetful{Conn: inner, forget: func() { s.forget(nc) }})
	}
	c := newConn(s, inner)
	if s.register(nc, c) {
		c.serve()
	} else {
		c.drop()
	}
	return true
}

// forgetful tells the server when a connection that went to the HTTP server is closed.
type forgetful struct {
	net.Conn
	forget func()
	once   sync.Once
}

func (f *forgetful) Close() error {
	f.once.Do(f.forget)
	return f.Conn.Close()
}

// upgradeListener hands connections to the HTTP server.
type upgradeListener struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newUpgradeListener(addr net.Addr) *upgradeListener {
	return &upgradeListener{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *upgradeListener) offer(c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.done:
		_ = c.Close()
		return false
	}
}

func (l *upgradeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *upgradeListener) Addr() net.Addr { return l.addr }

func (l *upgradeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// upgrade serves AMQP over a websocket, which has the subprotocol "amqp" (AMQP WebSocket binding).
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/$servicebus/websocket" && r.URL.Path != "/$servicebus/websocket/" {
		http.NotFound(w, r)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"amqp"}})
	if err != nil {
		s.opts.Logger.Debug("websocket", "error", err)
		return
	}
	ws.SetReadLimit(maxFrameSize + 1024)
	nc := websocket.NetConn(s.ctx, ws, websocket.MessageBinary)
	c := newConn(s, nc)
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.tasks.Add(1)
		s.conns[nc] = c
	}
	s.mu.Unlock()
	if closed {
		c.drop()
		return
	}
	defer s.tasks.Done()
	defer s.forget(nc)
	c.serve()
	_ = ws.CloseNow()
}
