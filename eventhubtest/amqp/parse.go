package amqp

import (
	"fmt"
	"math"
)

// ParsePerformative reads the performative at the start of the body of a frame, as a pointer to one of the structs of
// this package, and returns it with the payload after it.
func ParsePerformative(body []byte) (any, []byte, error) {
	v, payload, err := Decode(body)
	if err != nil {
		return nil, nil, err
	}
	code, list, err := described(v)
	if err != nil {
		return nil, nil, err
	}
	f := &fields{list: list, of: performativeName(code)}
	var p any
	switch code {
	case descOpen:
		p = parseOpen(f)
	case descBegin:
		p = parseBegin(f)
	case descAttach:
		p = parseAttach(f)
	case descFlow:
		p = parseFlow(f)
	case descTransfer:
		p = parseTransfer(f)
	case descDisposition:
		p = parseDisposition(f)
	case descDetach:
		p = &Detach{get(f, 0, uint32(0)), get(f, 1, false), parseError(f, 2)}
	case descEnd:
		p = &End{parseError(f, 0)}
	case descClose:
		p = &Close{parseError(f, 0)}
	case descSASLInit:
		p = &SASLInit{get(f, 0, Symbol("")), get(f, 1, []byte(nil)), get(f, 2, "")}
	default:
		return nil, nil, fmt.Errorf("amqp: unknown performative 0x%x", code)
	}
	return p, payload, f.err
}

func performativeName(code uint64) string {
	names := map[uint64]string{descOpen: "open", descBegin: "begin", descAttach: "attach", descFlow: "flow",
		descTransfer: "transfer", descDisposition: "disposition", descDetach: "detach", descEnd: "end",
		descClose: "close", descSASLInit: "sasl-init"}
	return names[code]
}

func described(v any) (uint64, List, error) {
	d, ok := v.(Described)
	if !ok {
		return 0, nil, fmt.Errorf("amqp: a described list was expected, not %T", v)
	}
	code, ok := d.Descriptor.(uint64)
	if !ok {
		return 0, nil, fmt.Errorf("amqp: descriptor of type %T", d.Descriptor)
	}
	list, ok := d.Value.(List)
	if !ok {
		return 0, nil, fmt.Errorf("amqp: described value of type %T, a list was expected", d.Value)
	}
	return code, list, nil
}

// fields reads the list of a composite type and keeps the first mistake.
type fields struct {
	list List
	of   string
	err  error
}

func (f *fields) at(i int) any {
	if i < len(f.list) {
		return f.list[i]
	}
	return nil
}

func (f *fields) wrong(i int, v any) {
	if f.err == nil {
		f.err = fmt.Errorf("amqp: field %d of %s has type %T", i, f.of, v)
	}
}

// get returns a field or, when it is left out, the default.
func get[T any](f *fields, i int, or T) T {
	v := f.at(i)
	if v == nil {
		return or
	}
	t, ok := v.(T)
	if !ok {
		f.wrong(i, v)
		return or
	}
	return t
}

// pointer returns a field, nil when it is left out.
func pointer[T any](f *fields, i int) *T {
	v := f.at(i)
	if v == nil {
		return nil
	}
	t, ok := v.(T)
	if !ok {
		f.wrong(i, v)
		return nil
	}
	return &t
}

// symbols reads a field that may hold one symbol or an array of them.
func (f *fields) symbols(i int) []Symbol {
	switch v := f.at(i).(type) {
	case nil:
	case Symbol:
		return []Symbol{v}
	case Array:
		out := make([]Symbol, 0, len(v.Items))
		for _, item := range v.Items {
			s, ok := item.(Symbol)
			if !ok {
				f.wrong(i, item)
				return nil
			}
			out = append(out, s)
		}
		return out
	default:
		f.wrong(i, v)
	}
	return nil
}

func parseOpen(f *fields) *Open {
	return &Open{ContainerID: get(f, 0, ""), Hostname: get(f, 1, ""), MaxFrameSize: get(f, 2, uint32(math.MaxUint32)),
		ChannelMax: get(f, 3, uint16(math.MaxUint16)), IdleTimeout: get(f, 4, uint32(0)), Properties: get(f, 9, Map(nil))}
}

func parseBegin(f *fields) *Begin {
	return &Begin{RemoteChannel: pointer[uint16](f, 0), NextOutgoingID: get(f, 1, uint32(0)),
		IncomingWindow: get(f, 2, uint32(0)), OutgoingWindow: get(f, 3, uint32(0)), HandleMax: get(f, 4, uint32(math.MaxUint32))}
}

func parseAttach(f *fields) *Attach {
	a := &Attach{Name: get(f, 0, ""), Handle: get(f, 1, uint32(0)), Role: Role(get(f, 2, false)),
		SndSettleMode: pointer[uint8](f, 3), RcvSettleMode: pointer[uint8](f, 4),
		InitialDeliveryCount: pointer[uint32](f, 9), MaxMessageSize: get(f, 10, uint64(0)),
		OfferedCapabilities: f.symbols(11), DesiredCapabilities: f.symbols(12), Properties: get(f, 13, Map(nil))}
	if list, ok := composed(f, 5, descSource); ok {
		s := &fields{list: list, of: "source"}
		a.Source = &Source{Address: address(s), Dynamic: get(s, 4, false), Filter: get(s, 7, Map(nil)), rest: tail(list)}
		f.adopt(s)
	}
	if list, ok := composed(f, 6, descTarget); ok {
		t := &fields{list: list, of: "target"}
		a.Target = &Target{Address: address(t), Dynamic: get(t, 4, false), rest: tail(list)}
		f.adopt(t)
	}
	return a
}

func (f *fields) adopt(inner *fields) {
	if f.err == nil {
		f.err = inner.err
	}
}

// address reads the address of a terminus; one that is no string is treated as none.
func address(f *fields) string {
	s, _ := f.at(0).(string)
	return s
}

func tail(l List) List {
	if len(l) == 0 {
		return nil
	}
	return l[1:]
}

// composed reads a field that holds a described list.
func composed(f *fields, i int, want uint64) (List, bool) {
	v := f.at(i)
	if v == nil {
		return nil, false
	}
	code, list, err := described(v)
	if err != nil || code != want {
		f.wrong(i, v)
	}
	return list, f.err == nil
}

func parseFlow(f *fields) *Flow {
	return &Flow{NextIncomingID: pointer[uint32](f, 0), IncomingWindow: get(f, 1, uint32(0)),
		NextOutgoingID: get(f, 2, uint32(0)), OutgoingWindow: get(f, 3, uint32(0)), Handle: pointer[uint32](f, 4),
		DeliveryCount: pointer[uint32](f, 5), LinkCredit: pointer[uint32](f, 6), Available: pointer[uint32](f, 7),
		Drain: get(f, 8, false), Echo: get(f, 9, false)}
}

func parseTransfer(f *fields) *Transfer {
	return &Transfer{Handle: get(f, 0, uint32(0)), DeliveryID: pointer[uint32](f, 1), DeliveryTag: get(f, 2, []byte(nil)),
		MessageFormat: pointer[uint32](f, 3), Settled: get(f, 4, false), More: get(f, 5, false), Aborted: get(f, 9, false)}
}

func parseDisposition(f *fields) *Disposition {
	return &Disposition{Role: Role(get(f, 0, false)), First: get(f, 1, uint32(0)), Last: pointer[uint32](f, 2),
		Settled: get(f, 3, false), State: f.at(4)}
}

func parseError(f *fields, i int) *Error {
	list, ok := composed(f, i, descError)
	if !ok {
		return nil
	}
	e := &fields{list: list, of: "error"}
	out := &Error{get(e, 0, Symbol("")), get(e, 1, ""), get(e, 2, Map(nil))}
	f.adopt(e)
	return out
}
