package eventhubtest

import (
	"fmt"

	"penstock/eventhubtest/amqp"
)

// sessionWindow is how many transfers may be under way to the server.
const sessionWindow = 8192

// session numbers the transfers of its links and bounds how many are under way (part 2.5). Everything here happens with
// the mutex of the connection held.
type session struct {
	conn         *conn
	channel      uint16
	links        map[uint32]link // by handle, which is the same in both directions
	nextIncoming uint32
	window       uint32 // transfers that the client may still send
	nextOutgoing uint32
	peerWindow   uint32 // transfers that the client still takes
	deliveries   uint32
}

// link is one end of a link that is in a session. Its methods are called with the mutex of the connection held.
type link interface {
	state() *linkState
	// flow takes over what the client says of its credit.
	flow(f *amqp.Flow)
	// gone is called once, when nothing can be sent any more.
	gone()
}

// linkState is what all links have.
type linkState struct {
	session *session
	handle  uint32
	hub     string // "" for $cbs and $management
	part    string
	closed  bool // a detach was sent or received: nothing may follow it
}

func (l *linkState) state() *linkState { return l }

// detach closes a link with an error unless it is closed; mu is held, and the caller flushes.
func (s *session) detach(l link, err *amqp.Error) bool {
	st := l.state()
	if st.closed {
		return false
	}
	st.closed = true
	s.conn.send(s.channel, &amqp.Detach{Handle: st.handle, Closed: true, Error: err})
	l.gone()
	return true
}

// detached handles the client's detach.
func (s *session) detached(d *amqp.Detach) {
	l := s.links[d.Handle]
	if l == nil {
		return
	}
	delete(s.links, d.Handle)
	if st := l.state(); !st.closed {
		st.closed = true
		l.gone()
		s.conn.send(s.channel, &amqp.Detach{Handle: d.Handle, Closed: d.Closed})
	}
}

func (s *session) end() {
	for _, l := range s.links {
		if st := l.state(); !st.closed {
			st.closed = true
			l.gone()
		}
	}
}

func (s *session) flow(f *amqp.Flow) error {
	next := uint32(0) // the client has not seen our begin
	if f.NextIncomingID != nil {
		next = *f.NextIncomingID
	}
	s.peerWindow = next + f.IncomingWindow - s.nextOutgoing
	if f.Handle == nil {
		for _, l := range s.links {
			if r, ok := l.(*receiver); ok {
				r.nudge()
			}
		}
		if f.Echo {
			s.conn.send(s.channel, s.report())
		}
		return nil
	}
	l := s.links[*f.Handle]
	if l == nil {
		return &amqp.Error{Condition: "amqp:session:unattached-handle", Description: fmt.Sprintf("handle %d is not attached", *f.Handle)}
	}
	if !l.state().closed {
		l.flow(f)
	}
	return nil
}

// report is a flow that tells the state of the session.
func (s *session) report() *amqp.Flow {
	next := s.nextIncoming
	return &amqp.Flow{NextIncomingID: &next, IncomingWindow: s.window, NextOutgoingID: s.nextOutgoing, OutgoingWindow: sessionWindow}
}

// reportLink is a flow that tells the state of the session and of a link.
func (s *session) reportLink(handle, count, credit uint32, drain bool) {
	f := s.report()
	f.Handle, f.DeliveryCount, f.LinkCredit, f.Drain = &handle, &count, &credit, drain
	s.conn.send(s.channel, f)
}

// arrived counts a transfer of the client and opens the window again when half of it is used.
func (s *session) arrived() {
	s.nextIncoming++
	s.window--
	if s.window <= sessionWindow/2 {
		s.window = sessionWindow
		s.conn.send(s.channel, s.report())
	}
}

// transfer writes a piece of a delivery if the client takes one, and returns what is left of it.
func (s *session) transfer(handle, delivery uint32, payload []byte) (rest []byte, ok bool) {
	if s.peerWindow == 0 || s.peerWindow > 1<<31 { // the window may have shrunk below what is under way
		return payload, false
	}
	s.peerWindow--
	s.nextOutgoing++
	return s.conn.transfer(s.channel, handle, delivery, payload), true
}
