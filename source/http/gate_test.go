package http

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"penstock/journal"
	"penstock/source"
	"penstock/state/statetest"
)

// ring are keys: those of intakes, and those that have ended.
type ring map[string]Opening

func (r ring) Opens(key string) Opening { return r[key] }

var twoIntakes = ring{"north-key": {Intake: "north"}, "south-key": {Intake: "south"}, "north-old": {Intake: "north", Ended: true}}

// stand is a gate with what its intakes have stored.
type stand struct {
	*Gate
	t *testing.T

	mu     sync.Mutex
	stored map[string][]source.Message
	fail   error
	block  chan struct{} // closed: storing goes on
}

func newReceipts(t testing.TB) *Receipts {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return NewReceipts(db)
}

func newStand(t *testing.T, change func(*Options), intakes ...string) *stand {
	t.Helper()
	o := Options{Keys: twoIntakes, Registerer: prometheus.NewRegistry()}
	if change != nil {
		change(&o)
	}
	g, err := NewGate(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{Gate: g, t: t, stored: map[string][]source.Message{}}
	for _, name := range intakes {
		s.run(SourceOptions{Intake: name})
	}
	return s
}

// run runs the source of an intake until the test ends, or stop is called.
func (s *stand) run(o SourceOptions) (stop func()) {
	s.t.Helper()
	src := s.Source(o)
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	done := make(chan error, 1)
	go func() {
		done <- src.Run(ctx, func(ctx context.Context, b source.Batch) error { return s.store(ctx, o.Intake, b) })
	}()
	for s.source(o.Intake) != src {
		time.Sleep(time.Millisecond)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(stop)
	return stop
}

func (s *stand) store(ctx context.Context, intake string, b source.Batch) error {
	s.mu.Lock()
	block, fail := s.block, s.fail
	s.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range b.Messages {
		m.Body = bytes.Clone(m.Body)
		s.stored[intake] = append(s.stored[intake], m)
	}
	return b.Ack(ctx)
}

// bodies are what an intake has stored.
func (s *stand) bodies(intake string) (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.stored[intake] {
		list = append(list, string(m.Body))
	}
	return list
}

// answer is what was answered.
type answer struct {
	status int
	header nethttp.Header
	body   string

	EventID  string   `json:"event_id"`
	EventIDs []string `json:"event_ids"`
	Detail   string   `json:"detail"`
	Results  []result `json:"results"`
}

func (s *stand) post(target, body string, header ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(nethttp.MethodPost, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if !s.Takes(r) {
		s.t.Fatalf("%s is no way in", target)
	}
	w := httptest.NewRecorder()
	s.Push(w, r, "192.0.2.7")
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		s.t.Errorf("%s: %v: %s", target, err, a.body)
	}
	return a
}

const north = "X-Intake-Key"

func rec(n int) string {
	return fmt.Sprintf(`{"category":"AdvancedHunting-DeviceInfo","properties":{"n":%d}}`, n)
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestEveryWayInOfTheReferenceTakesItsEvents(t *testing.T) {
	two := []string{rec(1), rec(2)}
	list := "[" + rec(1) + "," + rec(2) + "]"
	for name, c := range map[string]struct {
		target, body string
		header       []string
		want         []string
		single       bool
	}{
		"one":                      {"/", `{"intake_key":"north-key","json":` + quoted(rec(1)) + `}`, nil, two[:1], true},
		"one with a time":          {"/", `{"intake_key":"north-key","json":` + quoted(rec(1)) + `,"@timestamp":"2026-11-23T10:00:00Z"}`, nil, two[:1], true},
		"one that is not quoted":   {"/", `{"intake_key":"north-key","json":` + rec(1) + `}`, nil, two[:1], true},
		"batch":                    {"/batch", `{"intake_key":"north-key","jsons":[` + quoted(rec(1)) + `,` + quoted(rec(2)) + `]}`, nil, two, false},
		"array":                    {"/array", `[{"intake_key":"north-key","json":` + quoted(rec(1)) + `,"timestamp":1763892000},{"json":` + quoted(rec(2)) + `,"intake_key":"north-key"}]`, nil, two, false},
		"plain":                    {"/plain", rec(1), []string{"X-SEKOIAIO-INTAKE-KEY", "north-key"}, two[:1], true},
		"plain, Basic":             {"/plain", rec(1), []string{"Authorization", "Basic Om5vcnRoLWtleQ=="}, two[:1], true},
		"plain with a time":        {"/plain", rec(1), []string{north, "north-key", "X-SEKOIAIO-EVENT-TIMESTAMP", "2026-11-23T10:00:00Z"}, two[:1], true},
		"lines":                    {"/plain/batch", rec(1) + "\r\n\n" + rec(2) + "\n", []string{north, "north-key"}, two, false},
		"list":                     {"/jsons", list, []string{north, "north-key"}, two, false},
		"nested list":              {"/jsons?path=$.a.b", `{"x":[],"a":{"b":` + list + `}}`, []string{north, "north-key"}, two, false},
		"in the folder of regions": {"/api/v1/intake-http/plain", rec(1), []string{north, "north-key"}, two[:1], true},
		"a slash at the end":       {"/api/v1/intake-http/", `{"intake_key":"north-key","json":` + quoted(rec(1)) + `}`, nil, two[:1], true},
		"a whole message":          {"/plain", `{"records":` + list + `}`, []string{north, "north-key"}, []string{`{"records":` + list + `}`}, false},
		"a list as a body":         {"/plain", list, []string{north, "north-key"}, []string{list}, false},
		"lines as a body":          {"/plain", rec(1) + "\n" + rec(2), []string{north, "north-key"}, []string{rec(1) + "\n" + rec(2)}, false},
		"a list of whole messages": {"/jsons", `[{"records":` + list + `}]`, []string{north, "north-key"}, []string{`{"records":` + list + `}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, nil, "north")
			a := s.post(c.target, c.body, c.header...)
			if a.status != 200 || (a.EventID != "") != c.single || !c.single && len(a.EventIDs) != 2 || a.Results != nil {
				t.Errorf("answered %d %s", a.status, a.body)
			}
			if got := s.bodies("north"); !slices.Equal(got, c.want) {
				t.Errorf("stored %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheTimeOfTheSenderIsKept(t *testing.T) {
	s := newStand(t, nil, "north")
	at := time.Date(2025, 11, 23, 10, 0, 0, 0, time.UTC)
	s.post("/", `{"intake_key":"north-key","json":"{}","@timestamp":"2025-11-23T10:00:00Z"}`)
	s.post("/array", `[{"intake_key":"north-key","json":"{}","timestamp":1763892000}]`)
	s.post("/plain", `{}`, north, "north-key", "X-SEKOIAIO-EVENT-TIMESTAMP", "1763892000000")
	s.post("/plain", `{}`, north, "north-key", "X-SEKOIAIO-EVENT-TIMESTAMP", "2199-11-23T10:00:00Z")
	for i, m := range s.stored["north"] {
		if got := m.Position.Enqueued; i < 3 && !got.Equal(at) || i == 3 && got != m.Read || m.Position.Sequence != int64(i) || m.Read.IsZero() {
			t.Errorf("message %d: %+v", i, m)
		}
	}
	if a := s.post("/plain", `{}`, north, "north-key", "X-SEKOIAIO-EVENT-TIMESTAMP", "yesterday"); a.status != 400 || !strings.Contains(a.Detail, "RFC 3339") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestAKeyThatOpensNothingIsToldNothingAndCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	s := newStand(t, func(o *Options) { o.Registerer = registry }, "north")
	var bodies []string
	for _, key := range []string{"", "nobody", "north-old"} {
		for _, a := range []answer{
			s.post("/plain", rec(1), north, key), s.post("/", `{"intake_key":"`+key+`","json":"{}"}`), s.post("/jsons", "no list", north, key),
		} {
			if a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%q: %d %s", key, a.status, a.body)
			}
			bodies = append(bodies, a.body)
		}
	}
	if bodies = slices.Compact(bodies); len(bodies) != 1 {
		t.Errorf("the answers differ: %q", bodies)
	}
	traffic := s.Traffic("north")
	if len(traffic.Refused) != 1 || traffic.Refused[0].Reason != "ended_key" || traffic.Refused[0].Count != 3 || traffic.Refused[0].From != "192.0.2.7" || traffic.Unknown.Count != 6 {
		t.Errorf("%+v, %+v", traffic, traffic.Unknown)
	}
	if n := testutil.ToFloat64(s.count.refused.WithLabelValues("", "unknown_key")); n != 6 || len(s.bodies("north")) != 0 {
		t.Errorf("the metric is %v", n)
	}
}

func TestAKeyInTheAddressIsTakenOnlyWhereThatIsSet(t *testing.T) {
	s := newStand(t, nil, "north")
	if a := s.post("/plain?intake_key=north-key", rec(1)); a.status != 401 || !strings.Contains(a.Detail, "key_in_query") {
		t.Errorf("%d %s", a.status, a.body)
	}
	s = newStand(t, func(o *Options) { o.KeyInQuery = true }, "north")
	if a := s.post("/plain?intake_key=north-key", rec(1)); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestAnEventThatIsTooLargeIsRefusedAndTheOthersTaken(t *testing.T) {
	large := `{"a":"` + strings.Repeat("x", 250<<10) + `"}`
	s := newStand(t, nil, "north")
	if a := s.post("/plain", large, north, "north-key"); a.status != 413 || !strings.Contains(a.Detail, "250 KiB") {
		t.Errorf("alone: %d %s", a.status, a.body)
	}
	if a := s.post("/plain/batch", large+"\n"+large, north, "north-key"); a.status != 413 || len(a.Results) != 2 {
		t.Errorf("all of them: %d %.200s", a.status, a.body)
	}
	for _, target := range []string{"/jsons", "/plain"} {
		a := s.post(target, "["+rec(1)+","+large+","+rec(2)+"]", north, "north-key")
		if a.status != 200 || len(a.EventIDs) != 2 || len(a.Results) != 3 || a.Results[1].Status != 413 || a.Results[2].EventID != a.EventIDs[1] {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
	exact := `{"a":"` + strings.Repeat("x", 250<<10-8) + `"}`
	if a := s.post("/plain", exact, north, "north-key"); a.status != 200 {
		t.Errorf("as large as may be: %d %s", a.status, a.body)
	}
	if got := s.Traffic("north"); got.Refused[0].Reason != "too_large" || got.Refused[0].Count != 5 || got.Events != 5 || got.Requests != 5 {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNoEventIsToldAndKept(t *testing.T) {
	s := newStand(t, nil, "north")
	a := s.post("/plain/batch", rec(1)+"\nnot json\n"+rec(2), north, "north-key")
	if a.status != 200 || len(a.EventIDs) != 2 || a.Results[1].Status != 422 || a.Results[1].Index != 1 || !strings.Contains(a.Results[1].Error, "quarantine") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.post("/plain", "not json", north, "north-key"); a.status != 422 || !strings.Contains(a.Detail, "not_json") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got, want := s.bodies("north"), []string{rec(1), "not json", rec(2), "not json"}; !slices.Equal(got, want) {
		t.Errorf("stored %q", got)
	}
}

func TestABodyThatIsNotWhatTheWayWantsIsRefusedWithTheReason(t *testing.T) {
	s := newStand(t, nil, "north")
	for name, c := range map[string]struct{ target, body, want string }{
		"no object":        {"/", `[]`, "not a JSON object"},
		"no event":         {"/", `{"intake_key":"north-key"}`, `lacks "json"`},
		"no events":        {"/batch", `{"intake_key":"north-key","jsons":"{}"}`, `lacks "jsons"`},
		"no list":          {"/array", `{}`, "not a JSON list"},
		"an empty batch":   {"/batch", `{"intake_key":"north-key","jsons":[]}`, "no event"},
		"an empty body":    {"/plain", "", "empty"},
		"broken at event":  {"/jsons", `[{"a":1},{"b":}]`, "behind event 1"},
		"list not there":   {"/jsons?path=$.a.c", `{"a":{"b":[]}}`, "there is no a.c"},
		"not a path":       {"/jsons?path=a..b", `[]`, "does not lead from the top"},
		"compressed event": {"/plain/batch", rec(1)[:0] + "x\n\x1f\x8b\x08", "compressed"},
	} {
		a := s.post(c.target, c.body, north, "north-key")
		if a.status != 400 && name != "compressed event" || !strings.Contains(a.body, c.want) && !strings.Contains(a.Detail, c.want) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestOneRequestMayBringEventsToSeveralIntakes(t *testing.T) {
	s := newStand(t, nil, "north", "south")
	of := func(key string, n int) string { return `{"intake_key":"` + key + `","json":` + quoted(rec(n)) + `}` }
	a := s.post("/array", "["+of("north-key", 1)+","+of("south-key", 2)+","+of("nobody", 3)+","+of("north-key", 4)+"]")
	if a.status != 200 || len(a.EventIDs) != 3 || a.Results[2].Status != 401 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := s.bodies("north"); !slices.Equal(got, []string{rec(1), rec(4)}) {
		t.Errorf("north has %q", got)
	}
	if got := s.bodies("south"); !slices.Equal(got, []string{rec(2)}) {
		t.Errorf("south has %q", got)
	}
	if a := s.post("/array", "["+of("nobody", 3)+"]"); a.status != 401 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestAnAnswerWaitsUntilTheEventsAreDurable(t *testing.T) {
	s := newStand(t, nil, "north")
	s.block = make(chan struct{})
	answered := make(chan answer)
	go func() { answered <- s.post("/plain", rec(1), north, "north-key") }()
	select {
	case a := <-answered:
		t.Errorf("it is answered before: %d %s", a.status, a.body)
	case <-time.After(50 * time.Millisecond):
	}
	close(s.block)
	if a := <-answered; a.status != 200 || len(s.bodies("north")) != 1 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestWhoeverSendsTooMuchIsToldWhenToTryAgain(t *testing.T) {
	retry := func(what string, a answer, status int) {
		t.Helper()
		if a.status != status || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v %s", what, a.status, a.header, a.body)
		}
	}
	s := newStand(t, nil)
	retry("paused", s.post("/plain", rec(1), north, "north-key"), 503)
	stopped := newStand(t, func(o *Options) { o.Stopped = func(intake string) string { return "The " + intake + " is away." } })
	if a := stopped.post("/plain", rec(1), north, "north-key"); a.status != 503 || a.header.Get("Retry-After") != "120" || !strings.Contains(a.body, "The north is away.") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	stop := s.run(SourceOptions{Intake: "north", Rate: 1})
	if a := s.post("/plain/batch", rec(1)+"\n"+rec(2), north, "north-key"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	retry("too fast", s.post("/plain/batch", rec(3)+"\n"+rec(4), north, "north-key"), 429)
	stop()

	full := newStand(t, func(o *Options) { o.Full = func() string { return "the disk is full" } }, "north")
	retry("full", full.post("/plain", rec(1), north, "north-key"), 503)
	cramped := newStand(t, func(o *Options) { o.Memory = 1 << 10 }, "north")
	retry("no memory", cramped.post("/plain", rec(1), north, "north-key"), 503)
	slow := newStand(t, func(o *Options) { o.Wait = 10 * time.Millisecond }, "north")
	slow.block = make(chan struct{})
	retry("late", slow.post("/plain", rec(1), north, "north-key"), 503)
	close(slow.block)
	failing := newStand(t, nil, "north")
	failing.fail = journal.ErrClosed
	retry("failing", failing.post("/plain/batch", rec(1)+"\n"+rec(2), north, "north-key"), 503)
	failing.fail = nil
	if a := failing.post("/plain", rec(1), north, "north-key"); a.status != 200 || failing.stored["north"][0].Position.Sequence != 0 {
		t.Errorf("once it goes on: %d, %+v", a.status, failing.stored)
	}
	large := failing.post("/plain/batch", rec(1)+"\n"+`{"a":"`+strings.Repeat("x", 250<<10)+`"}`, north, "north-key")
	if large.status != 200 || large.Results[1].Status != 413 {
		t.Errorf("%d %s", large.status, large.body)
	}
	if got := s.Traffic("north").Refused; len(got) != 2 || got[0].Reason != "paused" || got[1].Reason != "rate" || got[1].Count != 1 {
		t.Errorf("%+v", got)
	}
}

func TestARequestWithAnIdempotencyKeyIsTakenOnceAndAnsweredAlike(t *testing.T) {
	receipts := newReceipts(t)
	s := newStand(t, func(o *Options) { o.Receipts = receipts }, "north", "south")
	send := func(key, body string) answer {
		return s.post("/plain/batch", body, north, "north-key", "Idempotency-Key", key)
	}
	body := rec(1) + "\nnot json\n" + rec(2)
	first := send("a", body)
	if again := send("a", body); first.status != 200 || again.body != first.body || len(s.bodies("north")) != 3 {
		t.Errorf("%s, then %s; stored %q", first.body, again.body, s.bodies("north"))
	}
	if other := send("a", rec(3)); other.status != 422 || !strings.Contains(other.Detail, "another request") {
		t.Errorf("for something else: %d %s", other.status, other.body)
	}
	if a := s.post("/plain/batch", body, north, "south-key", "Idempotency-Key", "a"); a.status != 200 || len(s.bodies("south")) != 3 {
		t.Errorf("of another intake: %d %s", a.status, a.body)
	}
	s.fail = journal.ErrClosed
	if a := send("b", rec(4)); a.status != 503 {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.fail = nil
	if a := send("b", rec(4)); a.status != 200 || len(s.bodies("north")) != 4 {
		t.Errorf("what failed is not taken when it is sent again: %d %s", a.status, a.body)
	}
	// Another process on the same database.
	s = newStand(t, func(o *Options) { o.Receipts = NewReceipts(receipts.db) }, "north")
	if again := send("a", body); again.body != first.body || len(s.bodies("north")) != 0 {
		t.Errorf("after a restart: %s, stored %q", again.body, s.bodies("north"))
	}
	if a := send(strings.Repeat("x", 256), rec(5)); a.status != 400 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestTheSameRequestManyTimesAtOnceIsTakenOnce(t *testing.T) {
	s := newStand(t, func(o *Options) { o.Receipts = newReceipts(t) }, "north")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if a := s.post("/plain", rec(1), north, "north-key", "Idempotency-Key", "a"); a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	if got := s.bodies("north"); len(got) != 1 {
		t.Errorf("stored %q", got)
	}
}

func TestReceiptsAreBoundedInNumberAndTime(t *testing.T) {
	r := newReceipts(t)
	ctx := t.Context()
	old := time.Now().Add(-keepReceipts - time.Hour).UnixMilli()
	if _, err := r.db.Writer.ExecContext(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO push_receipt SELECT CASE WHEN i % 100 = 0 THEN 'old' ELSE 'north' END, 'k' || i, x'00', CASE WHEN i % 100 = 0 THEN ? ELSE ? + i END FROM n`,
		maxReceipts+1000, old, time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if err := r.keep(ctx, receipt{intake: "north"}, [sha256.Size]byte{}); err != nil {
		t.Fatal(err)
	}
	var n, olds int
	if err := r.db.Reader.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE intake = 'north'), count(*) FILTER (WHERE intake = 'old') FROM push_receipt`).Scan(&n, &olds); err != nil || n > maxReceipts || olds != 0 {
		t.Errorf("%d and %d are kept, %v", n, olds, err)
	}
	var of receipt
	of.intake = "late"
	if err := r.keep(ctx, of, [sha256.Size]byte{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Writer.ExecContext(ctx, `UPDATE push_receipt SET time = ? WHERE intake = 'late'`, old); err != nil {
		t.Fatal(err)
	}
	if known, err := r.find(ctx, of, [sha256.Size]byte{}); known || err != nil {
		t.Errorf("one that is too old is known: %v", err)
	}
}

func TestALargeBodyIsTakenApartIntoMessages(t *testing.T) {
	s := newStand(t, nil, "north")
	var lines []string
	for i := range 20_000 {
		lines = append(lines, rec(i))
	}
	lines[7] = "broken"
	a := s.post("/plain", strings.Join(lines, "\n"), north, "north-key")
	if a.status != 200 || len(a.Results) != len(lines) {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	all := strings.Join(s.bodies("north"), "\n")
	if n := strings.Count(all, "AdvancedHunting"); n != len(lines)-1 || len(s.bodies("north")) < 4 || !slices.Contains(s.bodies("north"), "broken") {
		t.Errorf("%d records in %d messages", n, len(s.bodies("north")))
	}
	if a := s.post("/jsons", "["+strings.TrimSuffix(strings.Repeat("1,", maxItems+1), ",")+"]", north, "north-key"); a.status != 413 {
		t.Errorf("too many: %d %.300s", a.status, a.body)
	}
	if a := s.post("/plain", strings.Repeat("{}\n", maxItems+1), north, "north-key"); a.status != 413 {
		t.Errorf("too many: %d %.300s", a.status, a.body)
	}
}
