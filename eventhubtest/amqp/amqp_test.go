package amqp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// values has one value of every type, at the edges where the form on the wire changes.
var values = []any{
	nil, true, false, uint8(200), uint16(60000), uint32(0), uint32(255), uint32(256), uint64(0), uint64(255), uint64(math.MaxUint64),
	int8(-1), int16(-300), int32(-128), int32(-129), int64(127), int64(math.MinInt64), float32(1.5), float64(-0.1),
	Char('é'), Decimal32{1}, Decimal64{2}, Decimal128{3}, UUID{4}, time.UnixMilli(1_700_000_000_123).UTC(),
	"", "text", strings.Repeat("é", 200), Symbol("s"), Symbol(strings.Repeat("s", 300)),
	[]byte{}, []byte("bytes"), bytes.Repeat([]byte{7}, 256),
	List{}, List{nil, uint32(7), List{"in", "ner"}}, Map{}, Map{{Symbol("k"), "v"}, {"n", nil}},
	Strings("0", "1"), Symbols("a"), Strings(),
	Array{Of: codeBoolean, Items: []any{true, false}},
	Array{Of: codeList32, Descriptor: uint64(0x28), Items: []any{List{"a"}, List{}}},
	Array{Of: codeArray32, Items: []any{Strings("x"), Strings()}},
	Described{uint64(0x70), List{true}}, Described{Symbol("x:y"), "v"},
}

func TestEveryValueComesBackAsItWasWritten(t *testing.T) {
	for _, want := range values {
		got, rest, err := Decode(append(Append(nil, want), 0xff))
		if err != nil || len(rest) != 1 || !reflect.DeepEqual(got, want) {
			t.Errorf("%#v came back as %#v, %d bytes left, %v", want, got, len(rest), err)
		}
	}
}

func TestCompactFormsAreRead(t *testing.T) {
	for _, tc := range []struct {
		bytes []byte
		want  any
	}{
		{[]byte{0x56, 1}, true},
		{[]byte{0x52, 9}, uint32(9)},
		{[]byte{0x43}, uint32(0)},
		{[]byte{0x44}, uint64(0)},
		{[]byte{0x55, 0xff}, int64(-1)},
		{[]byte{0xc0, 3, 2, 0x41, 0x40}, List{true, nil}},
		{[]byte{0xc1, 4, 2, 0x41, 0x52, 3}, Map{{true, uint32(3)}}},
		{[]byte{0xe0, 6, 2, 0xa1, 1, 'a', 1, 'b'}, Strings("a", "b")},
		{[]byte{0xe0, 2, 3, 0x43}, Array{Of: codeUint, Items: []any{uint32(0), uint32(0), uint32(0)}}},
	} {
		if got, rest, err := Decode(tc.bytes); err != nil || len(rest) != 0 || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("% x gave %#v, %v", tc.bytes, got, err)
		}
	}
}

func TestMalformedValuesAreErrors(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":               {},
		"unknown constructor":   {0x01},
		"cut off":               {0x70, 1, 2},
		"length beyond the end": {0xb1, 0xff, 0xff, 0xff, 0xff, 'a'},
		"count beyond the end":  {0xd0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff},
		"array of many nulls":   {0xf0, 0, 0, 0, 5, 0x7f, 0xff, 0xff, 0xff, 0x40},
		"odd map":               {0xc1, 2, 1, 0x40},
		"bytes left in a list":  {0xc0, 3, 1, 0x40, 0x40},
		"not UTF-8":             {0xa1, 1, 0xff},
		"boolean of two":        {0x56, 2},
		"too deep":              bytes.Repeat([]byte{0}, 1000),
		"lists too deep":        deepList(100),
	} {
		if v, _, err := Decode(b); err == nil {
			t.Errorf("%s gave %#v", name, v)
		}
	}
}

func deepList(n int) []byte {
	var v any = List{}
	for range n {
		v = List{v}
	}
	return Append(nil, v)
}

func ptr[T any](v T) *T { return &v }

func TestEveryPerformativeComesBackAsItWasWritten(t *testing.T) {
	broken := &Error{Condition: "amqp:not-found", Description: "gone", Info: Map{{Symbol("a"), "b"}}}
	for _, want := range []Performative{
		&Open{ContainerID: "c", Hostname: "h", MaxFrameSize: 4096, ChannelMax: 7, IdleTimeout: 1000, Properties: Map{{Symbol("product"), "p"}}},
		&Begin{RemoteChannel: ptr(uint16(3)), NextOutgoingID: 1, IncomingWindow: 2, OutgoingWindow: 3, HandleMax: 4},
		&Attach{Name: "l", Handle: 1, Role: RoleReceiver, SndSettleMode: ptr(uint8(1)), RcvSettleMode: ptr(uint8(0)),
			Source: &Source{Address: "hub", Filter: Map{{Symbol("f"), Described{Symbol("f"), "x > 1"}}}}, Target: &Target{Address: "t"},
			InitialDeliveryCount: ptr(uint32(0)), MaxMessageSize: 1 << 20, DesiredCapabilities: []Symbol{"d"}, Properties: Map{{Symbol("e"), int64(1)}}},
		&Flow{NextIncomingID: ptr(uint32(1)), IncomingWindow: 2, NextOutgoingID: 3, OutgoingWindow: 4, Handle: ptr(uint32(0)),
			DeliveryCount: ptr(uint32(9)), LinkCredit: ptr(uint32(10)), Drain: true, Echo: true},
		&Transfer{Handle: 1, DeliveryID: ptr(uint32(2)), DeliveryTag: []byte{1}, MessageFormat: ptr(uint32(0x80013700)), Settled: true, More: true},
		&Disposition{Role: RoleReceiver, First: 1, Last: ptr(uint32(2)), Settled: true, State: Rejected(broken)},
		&Disposition{First: 1, State: Accepted()},
		&Detach{Handle: 1, Closed: true, Error: broken}, &End{}, &End{Error: broken}, &Close{}, &Close{Error: broken},
		&SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00p")},
	} {
		got, payload, err := ParsePerformative(append(AppendPerformative(nil, want), "payload"...))
		if err != nil || string(payload) != "payload" {
			t.Errorf("%T: payload %q, %v", want, payload, err)
			continue
		}
		if again := AppendPerformative(nil, got.(Performative)); !bytes.Equal(again, AppendPerformative(nil, want)) {
			t.Errorf("%T: %+v came back as %+v", want, want, got)
		}
	}
}

func TestTheFastTransferReadsAsATransfer(t *testing.T) {
	p, payload, err := ParsePerformative(append(AppendTransfer(nil, 7, 1000, true), 'x'))
	tr, ok := p.(*Transfer)
	if err != nil || !ok || tr.Handle != 7 || *tr.DeliveryID != 1000 || !tr.Settled || !tr.More || len(tr.DeliveryTag) != 4 || string(payload) != "x" {
		t.Errorf("%+v, %q, %v", p, payload, err)
	}
}

func TestAFieldOfAWrongTypeIsAnErrorThatNamesIt(t *testing.T) {
	_, _, err := ParsePerformative(Append(nil, Described{descAttach, List{uint32(1)}}))
	if err == nil || !strings.Contains(err.Error(), "field 0 of attach") {
		t.Errorf("got %v", err)
	}
}

func TestFramesAreReadAndBounded(t *testing.T) {
	b := append(BeginFrame(nil, FrameAMQP, 9), "body"...)
	b = EndFrame(b, 0)
	r := NewFrameReader(bufio.NewReader(bytes.NewReader(append(b, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0))), 512)
	f, err := r.Next()
	if err != nil || f.Channel != 9 || string(f.Body) != "body" {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err = r.Next(); err == nil || !strings.Contains(err.Error(), "the limit is 512") {
		t.Errorf("got %v", err)
	}
	if _, err := ReadHeader(strings.NewReader("GET / HT")); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func TestMessagesComeBackAsTheyWereWritten(t *testing.T) {
	want := &Message{Annotations: Map{{Symbol("a"), int64(1)}}, Properties: Properties{MessageID: []byte{1}, ReplyTo: "r", CorrelationID: "c"},
		ApplicationProperties: Map{{"p", true}}, Data: [][]byte{[]byte("one"), []byte("two")}}
	got, err := ParseMessage(want.Append(nil))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}
