package amqp

import "encoding/binary"

// Descriptors of the performatives, termini, states and errors (parts 2.7, 2.8, 3.4, 3.5, 5.3).
const (
	descOpen           uint64 = 0x10
	descBegin          uint64 = 0x11
	descAttach         uint64 = 0x12
	descFlow           uint64 = 0x13
	descTransfer       uint64 = 0x14
	descDisposition    uint64 = 0x15
	descDetach         uint64 = 0x16
	descEnd            uint64 = 0x17
	descClose          uint64 = 0x18
	descError          uint64 = 0x1d
	descAccepted       uint64 = 0x24
	descRejected       uint64 = 0x25
	descSource         uint64 = 0x28
	descTarget         uint64 = 0x29
	descSASLMechanisms uint64 = 0x40
	descSASLInit       uint64 = 0x41
	descSASLOutcome    uint64 = 0x44
)

// Role is the part that an endpoint plays on a link.
type Role bool

// The two ends of a link.
const (
	RoleSender   Role = false
	RoleReceiver Role = true
)

// The performatives of a connection (part 2.7). Pointers are nil where the peer left a field out.
type (
	// Open starts a connection. MaxFrameSize and ChannelMax have their defaults when they are left out; IdleTimeout is
	// in milliseconds, 0 means none.
	Open struct {
		ContainerID, Hostname string
		MaxFrameSize          uint32
		ChannelMax            uint16
		IdleTimeout           uint32
		Properties            Map
	}
	// Begin starts a session.
	Begin struct {
		RemoteChannel                                  *uint16
		NextOutgoingID, IncomingWindow, OutgoingWindow uint32
		HandleMax                                      uint32
	}
	// Attach joins a link to a session.
	Attach struct {
		Name                 string
		Handle               uint32
		Role                 Role
		SndSettleMode        *uint8
		RcvSettleMode        *uint8
		Source               *Source
		Target               *Target
		InitialDeliveryCount *uint32
		MaxMessageSize       uint64
		DesiredCapabilities  []Symbol
		OfferedCapabilities  []Symbol
		Properties           Map
	}
	// Flow tells the state of a session and, when Handle is set, of a link.
	Flow struct {
		NextIncomingID                                 *uint32
		IncomingWindow, NextOutgoingID, OutgoingWindow uint32
		Handle, DeliveryCount, LinkCredit              *uint32
		Available                                      *uint32
		Drain, Echo                                    bool
	}
	// Transfer carries a message or a piece of one; the payload follows it in the frame.
	Transfer struct {
		Handle        uint32
		DeliveryID    *uint32
		DeliveryTag   []byte
		MessageFormat *uint32
		Settled, More bool
		Aborted       bool
	}
	// Disposition tells what became of deliveries.
	Disposition struct {
		Role    Role
		First   uint32
		Last    *uint32
		Settled bool
		State   any
	}
	// Detach takes a link off its session, for good if Closed.
	Detach struct {
		Handle uint32
		Closed bool
		Error  *Error
	}
	// End ends a session.
	End struct{ Error *Error }
	// Close ends a connection.
	Close struct{ Error *Error }
	// Source is where the messages of a link come from.
	Source struct {
		Address string
		Dynamic bool
		Filter  Map
		rest    List
	}
	// Target is where the messages of a link go.
	Target struct {
		Address string
		Dynamic bool
		rest    List
	}
	// Error says why a link, a session, a connection or a delivery failed.
	Error struct {
		Condition   Symbol
		Description string
		Info        Map
	}
	// SASLMechanisms offers ways to authenticate.
	SASLMechanisms struct{ Mechanisms []Symbol }
	// SASLInit chooses one of them.
	SASLInit struct {
		Mechanism       Symbol
		InitialResponse []byte
		Hostname        string
	}
	// SASLOutcome closes the authentication: 0 means success, 1 that the credentials are wrong.
	SASLOutcome struct{ Code uint8 }
)

// Error makes an *Error usable as a Go error.
func (e *Error) Error() string { return string(e.Condition) + ": " + e.Description }

// Accepted is the state of a delivery that was taken.
func Accepted() any { return Described{descAccepted, List{}} }

// Rejected is the state of a delivery that was refused.
func Rejected(e *Error) any { return Described{descRejected, List{e.value()}} }

// Performative is the body of a frame: a pointer to one of the structs of this package.
type Performative interface{ value() any }

// AppendPerformative writes p.
func AppendPerformative(dst []byte, p Performative) []byte { return Append(dst, p.value()) }

// AppendTransfer writes the head of a transfer of a settled delivery; it makes no garbage, since there is one for every
// event that a receiver gets.
func AppendTransfer(dst []byte, handle, delivery uint32, more bool) []byte {
	dst = append(dst, codeDescribed, codeUlong8, byte(descTransfer), codeList8, 0, 6)
	at := len(dst) - 2
	dst = binary.BigEndian.AppendUint32(append(dst, codeUint), handle)
	dst = binary.BigEndian.AppendUint32(append(dst, codeUint), delivery)
	dst = binary.BigEndian.AppendUint32(append(dst, codeBinary8, 4), delivery)
	dst = append(dst, codeUint0, codeTrue)
	if more {
		dst = append(dst, codeTrue)
	} else {
		dst = append(dst, codeFalse)
	}
	dst[at] = byte(len(dst) - at - 1)
	return dst
}

func composite(descriptor uint64, fields ...any) any {
	n := len(fields)
	for n > 0 && fields[n-1] == nil {
		n--
	}
	return Described{descriptor, List(fields[:n])}
}

// optional boxes what a pointer points to.
func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// nonzero boxes a value unless it is the zero value, which the peer takes for left out.
func nonzero[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func mapping(m Map) any {
	if m == nil {
		return nil
	}
	return m
}

func symbols(s []Symbol) any {
	if len(s) == 0 {
		return nil
	}
	return Symbols(s...)
}

func binaryValue(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func (o *Open) value() any {
	return composite(descOpen, o.ContainerID, nonzero(o.Hostname), o.MaxFrameSize, o.ChannelMax, nonzero(o.IdleTimeout),
		nil, nil, nil, nil, mapping(o.Properties))
}

func (b *Begin) value() any {
	return composite(descBegin, optional(b.RemoteChannel), b.NextOutgoingID, b.IncomingWindow, b.OutgoingWindow, b.HandleMax)
}

func (a *Attach) value() any {
	var source, target any
	if a.Source != nil {
		source = a.Source.value()
	}
	if a.Target != nil {
		target = a.Target.value()
	}
	return composite(descAttach, a.Name, a.Handle, bool(a.Role), optional(a.SndSettleMode), optional(a.RcvSettleMode),
		source, target, nil, nil, optional(a.InitialDeliveryCount), nonzero(a.MaxMessageSize),
		symbols(a.OfferedCapabilities), symbols(a.DesiredCapabilities), mapping(a.Properties))
}

func (f *Flow) value() any {
	return composite(descFlow, optional(f.NextIncomingID), f.IncomingWindow, f.NextOutgoingID, f.OutgoingWindow,
		optional(f.Handle), optional(f.DeliveryCount), optional(f.LinkCredit), optional(f.Available),
		nonzero(f.Drain), nonzero(f.Echo))
}

func (t *Transfer) value() any {
	return composite(descTransfer, t.Handle, optional(t.DeliveryID), binaryValue(t.DeliveryTag), optional(t.MessageFormat),
		t.Settled, t.More, nil, nil, nil, nonzero(t.Aborted))
}

func (d *Disposition) value() any {
	return composite(descDisposition, bool(d.Role), d.First, optional(d.Last), d.Settled, d.State)
}

func (d *Detach) value() any { return composite(descDetach, d.Handle, d.Closed, d.Error.value()) }
func (e *End) value() any    { return composite(descEnd, e.Error.value()) }
func (c *Close) value() any  { return composite(descClose, c.Error.value()) }

func (s *Source) value() any {
	fields := append(List{nonzero(s.Address)}, s.rest...)
	for len(fields) < 8 {
		fields = append(fields, nil)
	}
	fields[4], fields[7] = nonzero(s.Dynamic), mapping(s.Filter)
	return composite(descSource, fields...)
}

func (t *Target) value() any {
	fields := append(List{nonzero(t.Address)}, t.rest...)
	for len(fields) < 5 {
		fields = append(fields, nil)
	}
	fields[4] = nonzero(t.Dynamic)
	return composite(descTarget, fields...)
}

func (e *Error) value() any {
	if e == nil {
		return nil
	}
	return composite(descError, e.Condition, nonzero(e.Description), mapping(e.Info))
}

func (m *SASLMechanisms) value() any { return composite(descSASLMechanisms, Symbols(m.Mechanisms...)) }
func (o *SASLOutcome) value() any    { return composite(descSASLOutcome, o.Code) }
func (i *SASLInit) value() any {
	return composite(descSASLInit, i.Mechanism, binaryValue(i.InitialResponse), nonzero(i.Hostname))
}
