package amqp

import (
	"bufio"
	"bytes"
	"testing"
)

// FuzzDecode checks that what is decoded is, once written, decoded to the same bytes again.
func FuzzDecode(f *testing.F) {
	for _, v := range values {
		f.Add(Append(nil, v))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, _, err := Decode(b)
		if err != nil {
			return
		}
		once := Append(nil, v)
		again, rest, err := Decode(once)
		if err != nil || len(rest) != 0 {
			t.Fatalf("% x was written as % x, which gives %v", b, once, err)
		}
		if twice := Append(nil, again); !bytes.Equal(once, twice) {
			t.Fatalf("% x, then % x", once, twice)
		}
	})
}

func FuzzDecodePerformative(f *testing.F) {
	f.Add(AppendTransfer(nil, 1, 2, true))
	f.Add(AppendPerformative(nil, &Attach{Name: "l", Source: &Source{Address: "a"}, Target: &Target{}}))
	f.Add(AppendPerformative(nil, &Flow{Handle: new(uint32)}))
	f.Add(AppendPerformative(nil, &Close{Error: &Error{Condition: "c"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, _, err := ParsePerformative(b)
		if err != nil {
			return
		}
		once := AppendPerformative(nil, p.(Performative))
		again, _, err := ParsePerformative(once)
		if err != nil {
			t.Fatalf("%+v was written as % x, which gives %v", p, once, err)
		}
		if twice := AppendPerformative(nil, again.(Performative)); !bytes.Equal(once, twice) {
			t.Fatalf("% x, then % x", once, twice)
		}
	})
}

// FuzzDecodeMessage checks that sections are cut where decoding them ends.
func FuzzDecodeMessage(f *testing.F) {
	f.Add((&Message{Annotations: Map{{Symbol("a"), "b"}}, Data: [][]byte{[]byte("x")}}).Append(nil))
	f.Add((&Message{Properties: Properties{MessageID: "1"}, Value: Map{}}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParseMessage(b); err == nil {
			if _, err := ParseMessage(m.Append(nil)); err != nil {
				t.Fatalf("%+v: %v", m, err)
			}
		}
		for len(b) > 0 {
			_, value, rest, err := NextSection(b)
			if err != nil {
				return
			}
			if _, left, err := Decode(value); err == nil && len(left) > 0 {
				t.Fatalf("% x was cut at % x", value, left)
			}
			b = rest
		}
	})
}

func FuzzDecodeFrames(f *testing.F) {
	f.Add(EndFrame(append(BeginFrame(nil, FrameAMQP, 1), "body"...), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewFrameReader(bufio.NewReader(bytes.NewReader(b)), MinFrameSize)
		for {
			frame, err := r.Next()
			if err != nil {
				return
			}
			if len(frame.Body) > MinFrameSize {
				t.Fatalf("a body of %d bytes", len(frame.Body))
			}
		}
	})
}
