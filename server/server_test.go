package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const token = "0123456789abcdef0123456789abcdef"

func newServer(t *testing.T, o Options, b Backends) *Server {
	t.Helper()
	s, err := New(o, b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do asks the handler and returns status, headers and body.
func do(t *testing.T, s *Server, method, target string, change ...func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Host = "127.0.0.1:8400"
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

func TestEveryEndpointAnswers(t *testing.T) {
	s := newServer(t, Options{Version: Version{Version: "1.2.3"}}, allOf(newFake(time.Now().UTC(), 50)))
	id := strings.Repeat("0", 31) + "1"
	for _, c := range []struct {
		method, target string
		status         int
		contains       string
	}{
		{"GET", "/api/v1/events", 200, `"events":[{"id":`},
		{"GET", "/api/v1/events?q=host.name:+nobody", 200, `{"events":[],"warnings":[]}`},
		{"GET", "/api/v1/events?limit=3", 200, `"next":`},
		{"GET", "/api/v1/events/count", 200, `{"count":50}`},
		{"GET", "/api/v1/events/histogram?split=host.name", 200, `"split":{"ws-`},
		{"GET", "/api/v1/events/histogram?interval=1h", 200, `"intervalSeconds":3600`},
		{"GET", "/api/v1/events/top?field=user.name&limit=2", 200, `"values":[{"value":`},
		{"GET", "/api/v1/events/" + id, 200, `"record":"{\"time\"`},
		{"GET", "/api/v1/events/" + strings.Repeat("f", 32), 404, `"status":404`},
		{"GET", "/api/v1/events/xyz", 422, "validation failed"},
		{"GET", "/api/v1/fields", 200, `"name":"host.name"`},
		{"GET", "/api/v1/query/check?q=host.name:+a", 200, `{"valid":true}`},
		{"GET", "/api/v1/intakes", 200, `"lagMessages":412`},
		{"GET", "/api/v1/ledger", 200, `"cause":"expired"`},
		{"GET", "/api/v1/incidents", 200, `"kind":"gap"`},
		{"GET", "/api/v1/clocks", 200, `"stage":"enqueued_read"`},
		{"GET", "/api/v1/lake", 200, `"segments":214`},
		{"GET", "/api/v1/version", 200, `"version":"1.2.3"`},
		{"GET", "/api/v1/quarantine?reason=truncated", 200, `"reasons":[{"reason":"not_json"`},
		{"GET", "/api/v1/quarantine/q0", 200, `"body":"eyJyZWNvcmRz`},
		{"GET", "/api/v1/quarantine/none", 404, `"status":404`},
		{"POST", "/api/v1/quarantine/q0/replay", 200, `"kept":1`},
		{"DELETE", "/api/v1/quarantine/q1", 204, ""},
		{"DELETE", "/api/v1/quarantine/q1", 404, `"status":404`},
		{"POST", "/api/v1/incidents/1/acknowledge", 204, ""},
		{"POST", "/api/v1/incidents/2/acknowledge", 404, `"status":404`},
		{"GET", "/api/v1/nothing", 404, "no such endpoint"},
		{"GET", "/api/openapi.json", 200, `"openapi":"3.1.0"`},
		{"GET", "/healthz", 200, "ok"},
		{"GET", "/readyz", 200, "ready"},
	} {
		status, _, body := do(t, s, c.method, c.target)
		if status != c.status || !strings.Contains(body, c.contains) {
			t.Errorf("%s %s: %d %.300s\nwant %d with %s", c.method, c.target, status, body, c.status, c.contains)
		}
	}
}

func TestPagesOfASearchFollowEachOther(t *testing.T) {
	s := newServer(t, Options{}, allOf(newFake(time.Now().UTC(), 25)))
	seen, after := map[string]bool{}, ""
	for pages := 0; ; pages++ {
		_, _, body := do(t, s, "GET", "/api/v1/events?limit=10&after="+after)
		var page EventPage
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			seen[e.ID] = true
		}
		if after = page.Next; after == "" {
			if pages != 2 || len(seen) != 25 {
				t.Fatalf("%d pages after the first, %d events; want 2 and 25", pages, len(seen))
			}
			return
		}
	}
}

func TestProblemsSayWhatToMend(t *testing.T) {
	s := newServer(t, Options{QueryTimeout: 20 * time.Millisecond}, allOf(newFake(time.Now().UTC(), 5)))
	for _, c := range []struct {
		target string
		want   Problem
	}{
		{"/api/v1/events?q=host.name:+((a", problem(400, "a parenthesis is not closed", 12)},
		{"/api/v1/query/check?q=((", problem(400, "a parenthesis is not closed", 1)},
		{"/api/v1/events/tail?q=((", problem(400, "a parenthesis is not closed", 1)},
		{"/api/v1/events?q=slow", problem(504, "took too long", 0)},
		{"/api/v1/events?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", problem(400, "time range is empty", 0)},
		{"/api/v1/events/histogram?interval=soon", problem(400, "interval is not understood", 0)},
		{"/api/v1/events/histogram?interval=1s", problem(400, "interval is too short", 0)},
		{"/api/v1/events?limit=1001", problem(422, "validation failed", 0)},
		{"/api/v1/events?quary=x", problem(422, "validation failed", 0)},
		{"/api/v1/events?q=" + strings.Repeat("x", 9000), problem(422, "validation failed", 0)},
		{"/api/v1/events?q=" + strings.Repeat("x", 17<<10), problem(414, "longer than 16 KiB", 0)},
		{"/api/v1/events/top", problem(422, "validation failed", 0)},
	} {
		status, header, body := do(t, s, "GET", c.target)
		var got Problem
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Errorf("%.60s: %v in %s", c.target, err, body)
			continue
		}
		if status != c.want.Status || got.Status != c.want.Status || !strings.Contains(got.Detail, c.want.Detail) || got.Column != c.want.Column {
			t.Errorf("%.60s: %d %s", c.target, status, body)
		}
		if header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60s: content type %q", c.target, header.Get("Content-Type"))
		}
	}
}

func problem(status int, detail string, column int) Problem {
	p := newProblem(status, detail)
	p.Column = column
	return *p
}

func TestAMissingRoomIsSaid(t *testing.T) {
	s := newServer(t, Options{}, Backends{})
	for _, target := range []string{"events", "events/count", "events/histogram", "events/top?field=a", "events/" + strings.Repeat("0", 32),
		"events/tail", "fields", "query/check", "intakes", "ledger", "incidents", "clocks", "lake", "quarantine", "quarantine/a"} {
		if status, _, body := do(t, s, "GET", "/api/v1/"+target); status != 503 || !strings.Contains(body, "This process has no") {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
}

func TestNotReadySaysWhy(t *testing.T) {
	s := newServer(t, Options{}, Backends{Ready: func(context.Context) error { return errors.New("the journal is full") }})
	if status, _, body := do(t, s, "GET", "/readyz"); status != 503 || !strings.Contains(body, "the journal is full") {
		t.Errorf("%d %s", status, body)
	}
}

func TestTheTokenIsAskedForWhereThereIsSomethingToSee(t *testing.T) {
	s := newServer(t, Options{Token: token, Gatherer: prometheus.NewRegistry(), Pprof: true}, allOf(newFake(time.Now(), 1)))
	bearer := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", v) }
	}
	for target, open := range map[string]bool{
		"/api/v1/events": false, "/api/v1/version": false, "/api/openapi.json": false, "/metrics": false, "/debug/pprof/": false,
		"/healthz": true, "/readyz": true,
	} {
		if status, _, _ := do(t, s, "GET", target); (status == 200) != open {
			t.Errorf("%s without a token: %d", target, status)
		}
		if status, _, _ := do(t, s, "GET", target, bearer("Bearer "+token)); status != 200 {
			t.Errorf("%s with the token: %d", target, status)
		}
		for _, wrong := range []string{"Bearer ", "Bearer x" + token, "Basic " + token, token} {
			if status, h, _ := do(t, s, "GET", target, bearer(wrong)); !open && (status != 401 || h.Get("WWW-Authenticate") == "") {
				t.Errorf("%s with %q: %d", target, wrong, status)
			}
		}
	}
}

func TestOnlyOwnNamesAreAnsweredTo(t *testing.T) {
	s := newServer(t, Options{Address: "siem.corp.example:8400", Token: token, Insecure: true, Hosts: []string{"penstock.example"}}, Backends{})
	for host, known := range map[string]bool{
		"127.0.0.1:8400": true, "[::1]:8400": true, "localhost": true, "10.0.0.9:8400": true, "siem.corp.example:8400": true,
		"Penstock.example": true, "evil.example:8400": false, "127.0.0.1.evil.example": false, "": false,
	} {
		status, _, _ := do(t, s, "GET", "/healthz", func(r *http.Request) { r.Host = host })
		if (status == 200) != known {
			t.Errorf("Host %q: %d", host, status)
		}
	}
}

func TestOtherSitesMayNotChangeAnything(t *testing.T) {
	f := newFake(time.Now(), 1)
	s := newServer(t, Options{}, allOf(f))
	crossSite := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	if status, _, _ := do(t, s, "DELETE", "/api/v1/quarantine/q0", crossSite); status != 403 {
		t.Errorf("drop from another site: %d", status)
	}
	if len(f.quarantine) != 3 {
		t.Error("it was dropped all the same")
	}
}

func TestAnOpenAddressNeedsATokenAndTLS(t *testing.T) {
	for address, fine := range map[string]bool{"": true, "127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, ":8400": false, "0.0.0.0:8400": false, "10.0.0.1:1": false, "nonsense": false} {
		if _, err := New(Options{Address: address}, Backends{}); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := New(Options{Address: ":8400", Token: token}, Backends{}); err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("in the clear: %v", err)
	}
	for _, o := range []Options{{Address: ":8400", Token: token, Insecure: true}, {Address: ":8400", Token: token, TLS: &tls.Config{}}} { //nolint:gosec // nothing is served
		if _, err := New(o, Backends{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := New(Options{Token: "short"}, Backends{}); err == nil {
		t.Error("a short token was taken")
	}
}

func TestHeadersKeepThePageToItself(t *testing.T) {
	s := newServer(t, Options{}, Backends{})
	_, h, _ := do(t, s, "GET", "/")
	for name, want := range map[string]string{"Content-Security-Policy": "script-src 'self'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
		if !strings.Contains(h.Get(name), want) {
			t.Errorf("%s: %q", name, h.Get(name))
		}
	}
	if h.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
}

func TestThePageIsServedUnderEveryAddressOfItsOwn(t *testing.T) {
	page := fstest.MapFS{
		"index.html":         {Data: []byte("<!doctype html><title>Penstock</title>")},
		"static/app-1234.js": {Data: []byte("console.log(" + strings.Repeat("1+", 2000) + "1)")},
		".gitignore":         {Data: []byte("*")},
	}
	s := newServer(t, Options{Page: page}, Backends{})
	for _, c := range []struct {
		target, contains, cache string
		status                  int
	}{
		{"/", "<title>", "no-cache", 200},
		{"/events?q=a", "<title>", "no-cache", 200},
		{"/intakes/tenant", "<title>", "no-cache", 200},
		{"/.gitignore", "<title>", "no-cache", 200},
		{"/static/app-1234.js", "console.log", "public, max-age=31536000, immutable", 200},
		{"/static/app-0000.js", "reload the page", "", 404},
	} {
		status, h, body := do(t, s, "GET", c.target)
		if status != c.status || !strings.Contains(body, c.contains) || h.Get("Cache-Control") != c.cache {
			t.Errorf("%s: %d %q %.80s", c.target, status, h.Get("Cache-Control"), body)
		}
	}
	if _, h, _ := do(t, s, "GET", "/static/app-1234.js", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }); h.Get("Content-Encoding") != "gzip" {
		t.Error("a script is not compressed")
	}
	if status, _, _ := do(t, s, "POST", "/events"); status != 405 {
		t.Errorf("POST to the page: %d", status)
	}
	if _, _, body := do(t, newServer(t, Options{Page: fstest.MapFS{}}, Backends{}), "GET", "/"); !strings.Contains(body, "make build") {
		t.Errorf("a page that is not built: %s", body)
	}
	var _ fs.FS = page
}

func TestMetricsCountRequestsByPattern(t *testing.T) {
	r := prometheus.NewRegistry()
	s := newServer(t, Options{Gatherer: r, Registerer: r}, allOf(newFake(time.Now(), 1)))
	do(t, s, "GET", "/api/v1/events/"+strings.Repeat("0", 32))
	_, _, body := do(t, s, "GET", "/metrics")
	if want := `penstock_server_requests_total{pattern="GET /api/v1/events/{id}",status="404"} 1`; !strings.Contains(body, want) {
		t.Errorf("want %s in\n%s", want, body)
	}
}

func TestPprofIsOnlyServedOnRequest(t *testing.T) {
	if _, _, body := do(t, newServer(t, Options{}, Backends{}), "GET", "/debug/pprof/"); strings.Contains(body, "goroutine") {
		t.Error("pprof is served unasked")
	}
	if _, _, body := do(t, newServer(t, Options{Pprof: true}, Backends{}), "GET", "/debug/pprof/"); !strings.Contains(body, "goroutine") {
		t.Error("pprof is not served")
	}
}

// serve runs the server on a free port until stop is called, which waits for it.
func serve(t *testing.T, s *Server) (base string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s.options.Address = "127.0.0.1:0"
	l, err := s.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return "http://" + l.Addr().String(), func() error { cancel(); return <-ended }
}

func TestATailSendsEventsAndEndsWhenTheServerStops(t *testing.T) {
	f := newFake(time.Now(), 0)
	s := newServer(t, Options{MaxTails: 1}, allOf(f))
	base, stop := serve(t, s)
	res, err := http.Get(base + "/api/v1/events/tail?q=host.name:+a")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %q", ct)
	}
	if other, err := http.Get(base + "/api/v1/events/tail"); err != nil || other.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a tail too many: %v %v", other, err)
	} else {
		other.Body.Close()
	}
	arrivals := <-f.subscribed
	arrivals <- Event{ID: "abc", Document: json.RawMessage(`{"a":1}`)}
	lines := bufio.NewScanner(res.Body)
	expect(t, lines, "event: beat")
	expect(t, lines, `data: {"id":"abc"`)
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	expect(t, lines, `data: {"reason":"Penstock is stopping."}`)
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	if len(s.tails) != 0 {
		t.Error("the slot of the tail is not free again")
	}
}

func expect(t *testing.T, lines *bufio.Scanner, prefix string) {
	t.Helper()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), prefix) {
			return
		}
	}
	t.Fatalf("the stream ended without %s: %v", prefix, lines.Err())
}

func TestAReaderThatLeavesATailFreesItsSlot(t *testing.T) {
	f := newFake(time.Now(), 0)
	s := newServer(t, Options{MaxTails: 1}, allOf(f))
	base, stop := serve(t, s)
	for range 3 {
		var res *http.Response
		for { // the slot of the one before is free once its connection is seen to be gone
			var err error
			if res, err = http.Get(base + "/api/v1/events/tail"); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode == http.StatusOK {
				break
			}
			res.Body.Close()
		}
		<-f.subscribed
		res.Body.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestStoppingLetsRequestsUnderWayFinish(t *testing.T) {
	s := newServer(t, Options{QueryTimeout: 200 * time.Millisecond}, allOf(newFake(time.Now(), 1)))
	base, stop := serve(t, s)
	began := make(chan struct{})
	answered := make(chan int, 1)
	go func() {
		close(began)
		res, err := http.Get(base + "/api/v1/events?q=slow")
		if err != nil {
			answered <- 0
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		answered <- res.StatusCode
	}()
	<-began
	for len(s.queries) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if status := <-answered; status != 504 {
		t.Errorf("the request under way got %d", status)
	}
}

func TestQueriesWaitForASlot(t *testing.T) {
	s := newServer(t, Options{MaxQueries: 1, QueryTimeout: 50 * time.Millisecond}, allOf(newFake(time.Now(), 1)))
	s.queries <- struct{}{}
	if status, _, body := do(t, s, "GET", "/api/v1/events"); status != 503 || !strings.Contains(body, "Too many queries") {
		t.Errorf("%d %s", status, body)
	}
	<-s.queries
	if status, _, _ := do(t, s, "GET", "/api/v1/events"); status != 200 {
		t.Errorf("with a free slot: %d", status)
	}
}

func TestAQueryEndsWithItsCaller(t *testing.T) {
	s := newServer(t, Options{MaxQueries: 1, QueryTimeout: time.Hour}, allOf(newFake(time.Now(), 1)))
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	ctx, giveUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+"/api/v1/events?q=slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			res.Body.Close()
		}
		gone <- err
	}()
	for len(s.queries) == 0 {
		time.Sleep(time.Millisecond)
	}
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gets %v", err)
	}
	for len(s.queries) > 0 { // the test's own time limit ends it
		time.Sleep(time.Millisecond)
	}
}

func TestTheDescriptionNamesEveryOperation(t *testing.T) {
	doc, err := OpenAPI("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Info  struct{ Version string }
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(doc, &parsed); err != nil {
		t.Fatal(err)
	}
	if parsed.Info.Version != "1.2.3" || len(parsed.Paths) < 60 {
		t.Errorf("version %q, %d paths", parsed.Info.Version, len(parsed.Paths))
	}
	for path, ops := range parsed.Paths {
		for method, op := range ops {
			if op.OperationID == "" || op.Responses["default"] == nil {
				t.Errorf("%s %s lacks an id or its problems", method, path)
			}
			inPath := 0
			for _, p := range op.Parameters {
				if p.In == "path" {
					inPath++
				}
			}
			if inPath != strings.Count(path, "{") { // an input that embeds one that is not exported loses its parameters
				t.Errorf("%s %s takes %d parameters from its path", method, path, inPath)
			}
		}
	}
}

func TestBucketWidthsAreThoseAPersonWouldChoose(t *testing.T) {
	for span, want := range map[time.Duration]time.Duration{
		time.Minute: time.Second, 15 * time.Minute: 15 * time.Second, time.Hour: time.Minute, 24 * time.Hour: 30 * time.Minute, 7 * 24 * time.Hour: 3 * time.Hour, 90 * 24 * time.Hour: 7 * 24 * time.Hour,
	} {
		if got, err := bucketWidth("", span); err != nil || got != want {
			t.Errorf("%v: %v, %v", span, got, err)
		}
	}
}
