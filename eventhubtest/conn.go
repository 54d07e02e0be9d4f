package eventhubtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"penstock/eventhubtest/amqp"
)

const (
	maxFrameSize   = 64 << 10 // what the real service announces
	maxMessageSize = 1 << 20
	maxSessions    = 256
	maxLinks       = 256 // of a session
	writeTimeout   = 30 * time.Second
	byeTimeout     = time.Second // for a client to hear that the server goes down
)

// conn is one client. Its reader goroutine handles what the client sends; every receiver has a goroutine that sends
// events. All of them write under mu.
type conn struct {
	server *Server
	nc     net.Conn
	r      *bufio.Reader
	ctx    context.Context
	cancel context.CancelFunc
	pumps  sync.WaitGroup

	leaving atomic.Bool // the server goes down

	mu       sync.Mutex
	w        *bufio.Writer
	scratch  []byte
	opened   bool
	maxFrame int // of the client
	idle     time.Duration
	sessions map[uint16]*session
	claims   claims
}

func newConn(s *Server, nc net.Conn) *conn {
	r, ok := nc.(*peeked)
	ctx, cancel := context.WithCancel(s.ctx)
	c := &conn{server: s, nc: nc, ctx: ctx, cancel: cancel, maxFrame: amqp.MinFrameSize, sessions: map[uint16]*session{}, claims: newClaims(s.opts)}
	if ok {
		c.r = r.r
	} else {
		c.r = bufio.NewReaderSize(nc, 64<<10)
	}
	c.w = bufio.NewWriterSize(patientWriter{c}, 64<<10)
	return c
}

// patientWriter bounds how long a client may refuse to read.
type patientWriter struct{ *conn }

func (p patientWriter) Write(b []byte) (int, error) {
	patience := writeTimeout
	if p.leaving.Load() {
		patience = byeTimeout
	}
	if err := p.nc.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return p.nc.Write(b)
}

// serve handles the connection until it ends, and waits for everything that belongs to it.
func (c *conn) serve() {
	err := c.run()
	c.cancel()
	c.mu.Lock()
	var closing *amqp.Error
	if errors.As(err, &closing) && c.opened {
		c.send(0, &amqp.Close{Error: closing})
	}
	_ = c.w.Flush()
	for _, s := range c.sessions {
		s.end()
	}
	c.mu.Unlock()
	_ = c.nc.Close()
	c.pumps.Wait()
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		c.server.opts.Logger.Debug("connection ended", "client", c.nc.RemoteAddr(), "error", err)
	}
}

func (c *conn) run() error {
	if err := c.handshake(); err != nil {
		return err
	}
	frames := amqp.NewFrameReader(c.r, maxFrameSize)
	c.pumps.Go(c.tend)
	for {
		if c.r.Buffered() == 0 {
			if err := c.flush(); err != nil {
				return err
			}
			if err := c.nc.SetReadDeadline(time.Now().Add(2 * c.server.opts.IdleTimeout)); err != nil {
				return err
			}
		}
		f, err := frames.Next()
		if err != nil {
			return err
		}
		if f.Type != amqp.FrameAMQP || len(f.Body) == 0 { // a heartbeat
			continue
		}
		p, payload, err := amqp.ParsePerformative(f.Body)
		if err != nil {
			return &amqp.Error{Condition: "amqp:decode-error", Description: err.Error()}
		}
		if _, ok := p.(*amqp.Close); ok {
			c.mu.Lock()
			c.send(0, &amqp.Close{})
			c.mu.Unlock()
			return nil
		}
		if err := c.handle(f.Channel, p, payload); err != nil {
			return err
		}
	}
}

// handshake agrees on the protocol and authenticates the client (parts 2.2 and 5.3).
func (c *conn) handshake() error {
	_ = c.nc.SetReadDeadline(time.Now().Add(handshakeTimeout))
	p, err := amqp.ReadHeader(c.r)
	if err != nil {
		return err
	}
	if p == amqp.ProtocolSASL {
		if err := c.authenticate(); err != nil {
			return err
		}
		if p, err = amqp.ReadHeader(c.r); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.w.Write(amqp.ProtocolAMQP.Header()) // errors of the writer stay until Flush
	if p != amqp.ProtocolAMQP {
		return errors.Join(fmt.Errorf("protocol %d was asked for", p), c.w.Flush())
	}
	return c.w.Flush()
}

func (c *conn) authenticate() error {
	c.mu.Lock()
	_, _ = c.w.Write(amqp.ProtocolSASL.Header())
	c.write(amqp.FrameSASL, 0, &amqp.SASLMechanisms{Mechanisms: []amqp.Symbol{"MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"}}, nil)
	err := c.w.Flush()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	f, err := amqp.NewFrameReader(c.r, maxFrameSize).Next()
	if err != nil {
		return err
	}
	p, _, err := amqp.ParsePerformative(f.Body)
	if err != nil {
		return err
	}
	init, ok := p.(*amqp.SASLInit)
	if !ok {
		return errors.New("no sasl-init")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	const denied = 1
	outcome := &amqp.SASLOutcome{}
	if !c.claims.sasl(init) {
		outcome.Code = denied
	}
	c.write(amqp.FrameSASL, 0, outcome, nil)
	if err := c.w.Flush(); err != nil {
		return err
	}
	if outcome.Code == denied {
		return errors.New("the client did not authenticate")
	}
	return nil
}

// send writes a frame; mu is held. An error of the writer stays with it and comes back from the next Flush.
func (c *conn) send(channel uint16, p amqp.Performative) { c.write(amqp.FrameAMQP, channel, p, nil) }

func (c *conn) write(t amqp.FrameType, channel uint16, p amqp.Performative, payload []byte) {
	b := amqp.BeginFrame(c.scratch[:0], t, channel)
	b = append(amqp.AppendPerformative(b, p), payload...)
	c.scratch = amqp.EndFrame(b, 0)
	_, _ = c.w.Write(c.scratch)
}

// transfer writes as many bytes of a settled delivery as fit into a frame and returns the rest; mu is held.
func (c *conn) transfer(channel uint16, handle, delivery uint32, payload []byte) []byte {
	const head = 64 // more than frame header and performative need
	n := min(len(payload), c.maxFrame-head)
	b := amqp.BeginFrame(c.scratch[:0], amqp.FrameAMQP, channel)
	b = amqp.AppendTransfer(b, handle, delivery, n < len(payload))
	c.scratch = amqp.EndFrame(append(b, payload[:n]...), 0)
	_, _ = c.w.Write(c.scratch)
	return payload[n:]
}

func (c *conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.w.Flush()
}

// bye tells the client that the server goes down, and hangs up.
func (c *conn) bye() {
	c.leaving.Store(true)
	_ = c.nc.SetDeadline(time.Now().Add(byeTimeout)) // frees whoever waits for this client with mu held
	c.mu.Lock()
	if c.opened {
		c.send(0, &amqp.Close{Error: &amqp.Error{Condition: "amqp:connection:forced", Description: "The server is shutting down."}})
	}
	_ = c.w.Flush()
	c.mu.Unlock()
	_ = c.nc.Close()
}

// drop hangs up without a word.
func (c *conn) drop() {
	c.cancel()
	_ = c.nc.Close()
}

// tend sends heartbeats and enforces the expiry of tokens.
func (c *conn) tend() {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	sent := time.Now()
	for {
		select {
		case <-c.ctx.Done():
			return
		case now := <-tick.C:
			c.mu.Lock()
			if c.idle > 0 && now.Sub(sent) >= c.idle/2 {
				sent = now
				_, _ = c.w.Write(amqp.EndFrame(amqp.BeginFrame(nil, amqp.FrameAMQP, 0), 0))
				_ = c.w.Flush() // the reader sees a broken connection as well
			}
			expired := c.claims.expired(now)
			c.mu.Unlock()
			if expired {
				c.expire()
			}
		}
	}
}

// handle does what one frame asks for. Its error ends the connection.
func (c *conn) handle(channel uint16, p any, payload []byte) error {
	switch p := p.(type) {
	case *amqp.Open:
		return c.open(p)
	case *amqp.Transfer:
		return c.receive(channel, p, payload)
	case *amqp.Attach:
		return c.attach(channel, p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if b, ok := p.(*amqp.Begin); ok {
		return c.begin(channel, b)
	}
	s := c.sessions[channel]
	if s == nil {
		return &amqp.Error{Condition: "amqp:not-allowed", Description: fmt.Sprintf("channel %d has no session", channel)}
	}
	switch p := p.(type) {
	case *amqp.Flow:
		return s.flow(p)
	case *amqp.Detach:
		s.detached(p)
	case *amqp.End:
		s.end()
		delete(c.sessions, channel)
		c.send(channel, &amqp.End{})
	case *amqp.Disposition: // deliveries are settled when they are sent
	default:
		return &amqp.Error{Condition: "amqp:not-allowed", Description: fmt.Sprintf("%T is not for a server", p)}
	}
	return nil
}

func (c *conn) open(o *amqp.Open) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.MaxFrameSize < amqp.MinFrameSize {
		return &amqp.Error{Condition: "amqp:invalid-field", Description: "max-frame-size is below 512"}
	}
	c.opened = true
	c.maxFrame = int(min(o.MaxFrameSize, maxFrameSize))
	c.idle = time.Duration(o.IdleTimeout) * time.Millisecond
	c.send(0, &amqp.Open{ContainerID: "eventhubtest", MaxFrameSize: maxFrameSize, ChannelMax: maxSessions - 1,
		IdleTimeout: uint32(c.server.opts.IdleTimeout.Milliseconds())})
	return nil
}

func (c *conn) begin(channel uint16, b *amqp.Begin) error {
	if !c.opened || c.sessions[channel] != nil || len(c.sessions) >= maxSessions {
		return &amqp.Error{Condition: "amqp:not-allowed", Description: fmt.Sprintf("no session can begin on channel %d", channel)}
	}
	s := &session{conn: c, channel: channel, links: map[uint32]link{}, nextIncoming: b.NextOutgoingID,
		window: sessionWindow, peerWindow: b.IncomingWindow}
	c.sessions[channel] = s
	c.send(channel, &amqp.Begin{RemoteChannel: &channel, IncomingWindow: sessionWindow, OutgoingWindow: sessionWindow,
		HandleMax: maxLinks - 1})
	return nil
}
