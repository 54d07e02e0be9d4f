package eventhubtest_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"penstock/eventhubtest"
	"penstock/eventhubtest/amqp"
)

// wire is a client that writes its frames by hand, for what the SDKs never do.
type wire struct {
	t      *testing.T
	nc     net.Conn
	r      *bufio.Reader
	frames *amqp.FrameReader
}

func dialWire(t *testing.T, s *eventhubtest.Server) *wire {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(nc)
	return &wire{t, nc, r, amqp.NewFrameReader(r, 1<<20)}
}

func (w *wire) send(p amqp.Performative, payload ...byte) {
	w.t.Helper()
	b := append(amqp.AppendPerformative(amqp.BeginFrame(nil, amqp.FrameAMQP, 0), p), payload...)
	if _, err := w.nc.Write(amqp.EndFrame(b, 0)); err != nil {
		w.t.Fatal(err)
	}
}

// next returns the next performative that is not a heartbeat.
func (w *wire) next() (any, []byte) {
	w.t.Helper()
	for {
		f, err := w.frames.Next()
		if err != nil {
			w.t.Fatal(err)
		}
		if len(f.Body) == 0 {
			continue
		}
		p, payload, err := amqp.ParsePerformative(f.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		return p, payload
	}
}

func expect[T any](w *wire) T {
	w.t.Helper()
	p, _ := w.next()
	v, ok := p.(T)
	if !ok {
		w.t.Fatalf("%#v came, %T was expected", p, v)
	}
	return v
}

// begin opens a connection and a session.
func (w *wire) begin(o amqp.Open) {
	w.t.Helper()
	if _, err := w.nc.Write(amqp.ProtocolAMQP.Header()); err != nil {
		w.t.Fatal(err)
	}
	if p, err := amqp.ReadHeader(w.r); err != nil || p != amqp.ProtocolAMQP {
		w.t.Fatal(p, err)
	}
	w.send(&o)
	w.send(&amqp.Begin{IncomingWindow: 3, OutgoingWindow: 100})
	expect[*amqp.Open](w)
	expect[*amqp.Begin](w)
}

func uintp(v uint32) *uint32 { return &v }

func TestCreditWindowAndDrainAreObeyed(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	if _, err := s.Append(hubName, "0", []byte("a"), []byte("b"), []byte("c"), []byte("d"), []byte("e")); err != nil {
		t.Fatal(err)
	}
	w := dialWire(t, s)
	w.begin(amqp.Open{ContainerID: "t", MaxFrameSize: 1024})
	w.send(&amqp.Attach{Name: "r", Role: amqp.RoleReceiver, Source: &amqp.Source{Address: hubName + "/ConsumerGroups/$default/Partitions/0"}, Target: &amqp.Target{}})
	expect[*amqp.Attach](w)
	credit := func(next, count, n uint32, drain bool) {
		w.send(&amqp.Flow{NextIncomingID: uintp(next), IncomingWindow: 3, Handle: uintp(0), DeliveryCount: uintp(count), LinkCredit: uintp(n), Drain: drain})
	}
	credit(0, 0, 2, false)
	for range 2 {
		expect[*amqp.Transfer](w)
	}
	credit(2, 2, 100, true) // only 3 of it fit into the window of the session
	for range 3 {
		expect[*amqp.Transfer](w)
	}
	if f := expect[*amqp.Flow](w); !f.Drain || *f.LinkCredit != 0 || *f.DeliveryCount != 102 {
		t.Errorf("after draining: %+v", f)
	}
	if _, err := s.Append(hubName, "0", []byte("f")); err != nil {
		t.Fatal(err)
	}
	w.send(&amqp.Flow{NextIncomingID: uintp(5), IncomingWindow: 3, Echo: true})
	expect[*amqp.Flow](w) // and no transfer, since the credit is gone
}

func TestAnOversizedMessageIsRefused(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	w := dialWire(t, s)
	w.begin(amqp.Open{ContainerID: "t", MaxFrameSize: 65536})
	w.send(&amqp.Attach{Name: "s", Source: &amqp.Source{}, Target: &amqp.Target{Address: hubName}, InitialDeliveryCount: uintp(0)})
	if a := expect[*amqp.Attach](w); a.MaxMessageSize != 1<<20 {
		t.Errorf("max-message-size %d", a.MaxMessageSize)
	}
	expect[*amqp.Flow](w)
	piece := make([]byte, 60_000)
	for i := range 20 {
		tr := &amqp.Transfer{More: i < 19}
		if i == 0 {
			tr.DeliveryID, tr.DeliveryTag = uintp(0), []byte{1}
		}
		w.send(tr, piece...)
	}
	if d := expect[*amqp.Detach](w); d.Error == nil || d.Error.Condition != "amqp:link:message-size-exceeded" {
		t.Errorf("%+v", d.Error)
	}
}

func TestABrokenMessageIsRejectedAndTheLinkGoesOn(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	w := dialWire(t, s)
	w.begin(amqp.Open{ContainerID: "t", MaxFrameSize: 65536})
	w.send(&amqp.Attach{Name: "s", Source: &amqp.Source{}, Target: &amqp.Target{Address: hubName + "/Partitions/1"}})
	expect[*amqp.Attach](w)
	expect[*amqp.Flow](w)
	good := (&amqp.Message{Data: [][]byte{[]byte("x")}}).Append(nil)
	w.send(&amqp.Transfer{DeliveryID: uintp(0), DeliveryTag: []byte{0}}, 1, 2, 3)
	w.send(&amqp.Transfer{DeliveryID: uintp(1), DeliveryTag: []byte{1}, More: true}, good...)
	w.send(&amqp.Transfer{Aborted: true})
	w.send(&amqp.Transfer{DeliveryID: uintp(2), DeliveryTag: []byte{2}}, good...)
	for _, want := range []struct {
		id    uint32
		state uint64
	}{{0, 0x25}, {2, 0x24}} {
		d := expect[*amqp.Disposition](w)
		if state, _ := d.State.(amqp.Described); d.First != want.id || state.Descriptor != want.state {
			t.Errorf("%+v, delivery %d with state 0x%x was expected", d, want.id, want.state)
		}
	}
	if last := s.Partitions(hubName)[1].Last; last != 0 {
		t.Errorf("last sequence number %d", last)
	}
}

func TestASilentClientIsLeftAndAQuietServerSendsHeartbeats(t *testing.T) {
	s := start(t, eventhubtest.Options{IdleTimeout: 600 * time.Millisecond})
	w := dialWire(t, s)
	w.begin(amqp.Open{ContainerID: "t", MaxFrameSize: 512, IdleTimeout: 500})
	heartbeats := 0
	for {
		f, err := w.frames.Next()
		if err != nil {
			break
		}
		if len(f.Body) == 0 {
			heartbeats++
		}
	}
	if heartbeats == 0 {
		t.Error("no heartbeat came")
	}
	waitFor(t, "the connection to be forgotten", func() bool { return s.Connections() == 0 })
}

func TestNonsenseEndsTheConnectionAndNothingElse(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	for _, nonsense := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello, server", "AMQP\x00\x00\x09\x01", "\x16\x03\x01",
		"AMQP\x00\x01\x00\x00\xff\xff\xff\xff", "AMQP\x00\x01\x00\x00\x00\x00\x00\x0a\x02\x00\x00\x00\x00\x53"} {
		nc, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.WriteString(nc, nonsense); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(nonsense, "GET") {
			answer, err := bufio.NewReader(nc).ReadString('\n')
			if err != nil || !strings.Contains(answer, "404") {
				t.Errorf("%q, %v", answer, err)
			}
		} else if err := nc.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		} else if _, err := io.Copy(io.Discard, nc); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%q: %v", nonsense, err)
		}
		_ = nc.Close()
	}
	w := dialWire(t, s)
	w.begin(amqp.Open{ContainerID: "t", MaxFrameSize: 512})
	w.send(&amqp.Detach{Handle: 7})
	w.send(&amqp.Transfer{Handle: 7})
	if c := expect[*amqp.Close](w); c.Error == nil || c.Error.Condition != "amqp:session:unattached-handle" {
		t.Errorf("%+v", c.Error)
	}
	if _, err := s.Append(hubName, "0", []byte("x")); err != nil {
		t.Fatal(err)
	}
	receive(t, newConsumer(t, s.ConnectionString(hubName), "$Default"), "0", earliest, 1)
}

func TestCloseDoesNotWaitForAClientThatNeverSpeaks(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	w := dialWire(t, s)
	silent := dialWire(t, s)
	w.begin(amqp.Open{ContainerID: "t", MaxFrameSize: 512})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if c := expect[*amqp.Close](w); c.Error == nil || c.Error.Condition != "amqp:connection:forced" {
		t.Errorf("%+v", c.Error)
	}
	if _, err := silent.r.ReadByte(); err == nil {
		t.Error("the silent client got an answer")
	}
}

func TestPlainCredentialsAreChecked(t *testing.T) {
	s := start(t, eventhubtest.Options{Keys: map[string]string{"reader": "c2VjcmV0"}})
	for credentials, want := range map[string]byte{"\x00reader\x00c2VjcmV0": 0, "\x00reader\x00wrong": 1, "\x00other\x00c2VjcmV0": 1, "nonsense": 1} {
		w := dialWire(t, s)
		b := amqp.AppendPerformative(amqp.BeginFrame(amqp.ProtocolSASL.Header(), amqp.FrameSASL, 0),
			&amqp.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte(credentials)})
		if _, err := w.nc.Write(amqp.EndFrame(b, 8)); err != nil {
			t.Fatal(err)
		}
		if p, err := amqp.ReadHeader(w.r); err != nil || p != amqp.ProtocolSASL {
			t.Fatal(p, err)
		}
		if _, err := w.frames.Next(); err != nil { // the mechanisms
			t.Fatal(err)
		}
		f, err := w.frames.Next()
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := amqp.Decode(f.Body)
		if err != nil {
			t.Fatal(err)
		}
		if code := v.(amqp.Described).Value.(amqp.List)[0]; code != want {
			t.Errorf("%q: outcome %v, %d was expected", credentials, code, want)
		}
	}
}
