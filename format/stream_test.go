package format

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

func runStream(t *testing.T, input []byte) (out, errOut string, s Summary) {
	t.Helper()
	p, err := compileText(t, nil, "assign:\n  - host.name = DeviceName\n  - process.pid = ProcessId")
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	s, err = p.Stream(context.Background(), bytes.NewReader(input), &o, &e, StreamOptions{NoMessage: true,
		Arrived: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), s
}

const streamed = `{"category":"T","properties":{"DeviceName":"a"}}
{"records":[{"properties":{"DeviceName":"b"}},{"type":"heartbeat"},{"properties":{"DeviceName":}}]}

nonsense
[
  {"properties": {"DeviceName": "c [",
    "ProcessId": "x"}},
  {"properties": {"DeviceName": "d\\"}}
]
{"properties":{"DeviceName":"cut
{"properties":{"DeviceName":"e"}}
`

func TestStreamKeepsTheOrderAndNamesTheLine(t *testing.T) {
	out, errOut, s := runStream(t, []byte(streamed))
	var names []string
	for line := range strings.Lines(out) {
		_, rest, _ := strings.Cut(line, `"name":"`)
		name, _, _ := strings.Cut(rest, `"}`)
		names = append(names, name)
	}
	if got := strings.Join(names, ","); got != `a,b,c [,d\\,e` {
		t.Errorf("names %s\n%s", got, out)
	}
	for _, want := range []string{"line 2: not_json", "line 4: not_json", "line 10: not_json",
		"5 events, 3 rejected (not_json 3), 1 heartbeats, 1 events with a value left out for its type\n"} {
		if !strings.Contains(errOut, want) {
			t.Errorf("no %q in\n%s", want, errOut)
		}
	}
	if s.Events != 5 || s.RejectedTotal() != 3 || s.LeftOut != 1 {
		t.Errorf("%+v", s)
	}
}

func TestStreamReadsGzip(t *testing.T) {
	plain, _, _ := runStream(t, []byte(streamed))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte(streamed)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := runStream(t, z.Bytes()); got != plain {
		t.Error("another result from gzip")
	}
}

func TestStreamStops(t *testing.T) {
	p, err := compileText(t, nil, "assign: []")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var o, e bytes.Buffer
	if _, err := p.Stream(ctx, strings.NewReader("{}\n"), &o, &e, StreamOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
