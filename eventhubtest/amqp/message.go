package amqp

import (
	"errors"
	"fmt"
)

// Section is the kind of a part of a message (part 3.2).
type Section uint64

// The sections, in the order in which they occur.
const (
	SectionHeader                Section = 0x70
	SectionDeliveryAnnotations   Section = 0x71
	SectionAnnotations           Section = 0x72
	SectionProperties            Section = 0x73
	SectionApplicationProperties Section = 0x74
	SectionData                  Section = 0x75
	SectionSequence              Section = 0x76
	SectionValue                 Section = 0x77
	SectionFooter                Section = 0x78
)

// sectionNames are the symbolic descriptors, which a peer may use as well.
var sectionNames = map[Symbol]Section{
	"amqp:header:list": SectionHeader, "amqp:delivery-annotations:map": SectionDeliveryAnnotations,
	"amqp:message-annotations:map": SectionAnnotations, "amqp:properties:list": SectionProperties,
	"amqp:application-properties:map": SectionApplicationProperties, "amqp:data:binary": SectionData,
	"amqp:amqp-sequence:list": SectionSequence, "amqp:amqp-value:*": SectionValue, "amqp:footer:map": SectionFooter,
}

// NextSection takes the first section off an encoded message: its kind and the bytes of its value, constructor
// included, which are not yet decoded.
func NextSection(b []byte) (s Section, value, rest []byte, err error) {
	if len(b) < 2 || b[0] != codeDescribed {
		return 0, nil, nil, errors.New("amqp: a section of a message was expected")
	}
	if b[1] == codeUlong8 && len(b) > 3 { // the form that every client writes
		s, rest = Section(b[2]), b[3:]
	} else {
		d, after, err := Decode(b[1:])
		if err != nil {
			return 0, nil, nil, err
		}
		switch d := d.(type) {
		case uint64:
			s = Section(d)
		case Symbol:
			s = sectionNames[d]
		}
		rest = after
	}
	if s < SectionHeader || s > SectionFooter {
		return 0, nil, nil, fmt.Errorf("amqp: unknown section 0x%x of a message", uint64(s))
	}
	after, err := skip(rest, 0)
	if err != nil {
		return 0, nil, nil, err
	}
	n := len(rest) - len(after)
	return s, rest[:n:n], after, nil
}

// skip passes over one value without decoding it.
func skip(b []byte, depth int) ([]byte, error) {
	if len(b) == 0 {
		return nil, errShort
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("amqp: values nested deeper than %d", maxDepth)
	}
	if b[0] == codeDescribed {
		rest, err := skip(b[1:], depth+1)
		if err != nil {
			return nil, err
		}
		return skip(rest, depth+1)
	}
	_, rest, err := cut(b[0], b[1:])
	return rest, err
}

// AppendSection writes the descriptor of a section; its value has to follow.
func AppendSection(dst []byte, s Section) []byte {
	return append(dst, codeDescribed, codeUlong8, byte(s))
}

// Message is a decoded message. Of the three forms of a body, Data holds data sections and Value an amqp-value.
type Message struct {
	Annotations           Map
	Properties            Properties
	ApplicationProperties Map
	Data                  [][]byte
	Value                 any
}

// Properties are the standard properties that a request and its answer need.
type Properties struct {
	MessageID     any
	ReplyTo       string
	CorrelationID any
}

// ParseMessage decodes a message.
func ParseMessage(b []byte) (*Message, error) {
	m := &Message{}
	for len(b) > 0 {
		s, value, rest, err := NextSection(b)
		if err != nil {
			return nil, err
		}
		b = rest
		v, _, err := Decode(value)
		if err != nil {
			return nil, fmt.Errorf("section 0x%x: %w", uint64(s), err)
		}
		if err := m.set(s, v); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Message) set(s Section, v any) error {
	ok := true
	switch s {
	case SectionAnnotations:
		m.Annotations, ok = v.(Map)
	case SectionApplicationProperties:
		m.ApplicationProperties, ok = v.(Map)
	case SectionData:
		var data []byte
		data, ok = v.([]byte)
		m.Data = append(m.Data, data)
	case SectionValue:
		m.Value = v
	case SectionProperties:
		list, isList := v.(List)
		ok = isList
		f := &fields{list: list, of: "properties"}
		m.Properties = Properties{MessageID: f.at(0), ReplyTo: get(f, 4, ""), CorrelationID: f.at(5)}
		if f.err != nil {
			return f.err
		}
	}
	if !ok {
		return fmt.Errorf("amqp: section 0x%x of a message holds a %T", uint64(s), v)
	}
	return nil
}

// Append writes the message.
func (m *Message) Append(dst []byte) []byte {
	if m.Annotations != nil {
		dst = Append(AppendSection(dst, SectionAnnotations), m.Annotations)
	}
	if p := m.Properties; p.MessageID != nil || p.ReplyTo != "" || p.CorrelationID != nil {
		dst = Append(AppendSection(dst, SectionProperties), List{p.MessageID, nil, nil, nil, nonzero(p.ReplyTo), p.CorrelationID})
	}
	if m.ApplicationProperties != nil {
		dst = Append(AppendSection(dst, SectionApplicationProperties), m.ApplicationProperties)
	}
	for _, data := range m.Data {
		dst = Append(AppendSection(dst, SectionData), data)
	}
	if m.Value != nil || m.Data == nil {
		dst = Append(AppendSection(dst, SectionValue), m.Value)
	}
	return dst
}
