package backend

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"penstock/format/defender"
	"penstock/server"
)

// description is what of OpenAPI a client needs that knows nothing else.
type description struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
	ops        []operation
}

type operation struct {
	OperationID string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   *schema
	}
	RequestBody struct{ Content map[string]media }
	Responses   map[string]struct{ Content map[string]media }

	method, path string
}

type media struct{ Schema *schema }

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Enum       []any
	Pattern    string
	Format     string
	Properties map[string]*schema
	Required   []string
	Items      *schema
}

// left are operations that go on until somebody ends them, or that go out to the network.
var left = map[string]bool{"tailEvents": true, "testTarget": true, "testIntake": true}

func readDescription(t testing.TB) *description {
	t.Helper()
	text, err := server.OpenAPI("test")
	if err != nil {
		t.Fatal(err)
	}
	d := &description{}
	if err := json.Unmarshal(text, d); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			op.method, op.path = strings.ToUpper(method), path
			if !left[op.OperationID] {
				d.ops = append(d.ops, op)
			}
		}
	}
	return d
}

// hostile are texts that break what takes them for something else.
var hostile = []string{
	"", " ", "a", "*", "null", "-1", "0", "1", "999999999999999999999", "host.name: a*", `"`, `'; DROP TABLE alert; --`, "<script>alert(1)</script>",
	"\u202e\u0000\x1b[31m", "../../etc/passwd", "%00", "{{7*7}}", strings.Repeat("ä", 300), "2026-11-26T10:00:00Z", "now-1h", "T1059", "DeviceProcessEvents",
	"00000000000000000000000000000001", "title: x\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}", "(((((((((((",
}

// value draws what a schema lets through, and now and then what it does not.
func (d *description) value(r *rand.Rand, s *schema, depth int) any {
	if s == nil || depth > 6 || r.IntN(24) == 0 {
		return hostile[r.IntN(len(hostile))]
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.value(r, d.Components.Schemas[name], depth+1)
	}
	if len(s.Enum) > 0 && r.IntN(10) > 0 {
		return s.Enum[r.IntN(len(s.Enum))]
	}
	kind, _ := s.Type.(string)
	if list, ok := s.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[r.IntN(len(list))].(string)
	}
	switch kind {
	case "integer":
		return []any{0, 1, 2, 50, -1, 1 << 40}[r.IntN(6)]
	case "number":
		return []any{0, 1.5, -3e9}[r.IntN(3)]
	case "boolean":
		return r.IntN(2) == 0
	case "array":
		list := []any{}
		for range r.IntN(4) {
			list = append(list, d.value(r, s.Items, depth+1))
		}
		return list
	case "object":
		object := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, name) && r.IntN(16) > 0 || r.IntN(3) == 0 {
				object[name] = d.value(r, s.Properties[name], depth+1)
			}
		}
		return object
	case "null":
		return nil
	}
	if s.Format == "date-time" && r.IntN(4) > 0 {
		return []string{"2026-11-26T10:00:00Z", "2026-11-25T10:00:00+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}[r.IntN(4)]
	}
	return hostile[r.IntN(len(hostile))]
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// request draws a request of an operation.
func (d *description) request(r *rand.Rand, op *operation) *http.Request {
	path, query := op.path, url.Values{}
	for _, p := range op.Parameters {
		v := d.value(r, p.Schema, 0)
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text(v)))
		case p.In == "query" && (p.Required || r.IntN(3) == 0):
			query.Add(p.Name, text(v))
		}
	}
	body, kind := "", ""
	for _, name := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
		body, kind = text(d.value(r, op.RequestBody.Content[name].Schema, 0)), name
	}
	q := httptest.NewRequest(op.method, "http://127.0.0.1"+path+"?"+query.Encode(), strings.NewReader(body))
	q.Host = "127.0.0.1"
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	return q
}

// allServer has the rooms that the tests of this package have.
func allServer(t testing.TB) http.Handler {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	d := newDetectionAPI(t)
	l := openLake(t)
	s, err := server.New(server.Options{Rate: 1e9}, server.Backends{
		Events: Events(l, plan), Lake: Lake(l), Investigator: Investigator(l, plan, d.alerts), Explain: Explain(d.catalogue, d.router, plan, l),
		Alerts: Alerts(d.alerts), Assets: Assets(d.alerts), Rules: Rules(d.catalogue, d.alerts), Exceptions: Exceptions(d.catalogue),
		Packs: Packs(d.catalogue), Coverage: Coverage(d.catalogue), Notifications: Notifications(d.notifier), Vocabulary: Vocabulary(d.router),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.raise("ws-1", 1)
	return s.Handler()
}

// tryRequest asks, and holds the answer against the description.
func (d *description) tryRequest(t *testing.T, h http.Handler, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test that repeats itself
	op := &d.ops[r.IntN(len(d.ops))]
	request := d.request(r, op)
	what := fmt.Sprintf("seed %d: %s %s", seed, request.Method, request.URL)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	if w.Code >= 500 && w.Code != http.StatusServiceUnavailable { // of a room that is not there
		t.Errorf("%s: %d %s", what, w.Code, w.Body)
		return
	}
	kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if w.Body.Len() == 0 {
		return
	}
	if err != nil {
		t.Errorf("%s: an answer of no kind: %v", what, err)
		return
	}
	if strings.HasSuffix(kind, "json") && !json.Valid(w.Body.Bytes()) {
		t.Errorf("%s: the answer is no JSON: %.200s", what, w.Body)
	}
	said, ok := op.Responses[fmt.Sprint(w.Code)]
	if !ok {
		said = op.Responses["default"]
	}
	if w.Code < 300 || w.Code >= 400 {
		if _, ok := said.Content[kind]; len(said.Content) > 0 && !ok {
			t.Errorf("%s: %d is %s, which the description does not say", what, w.Code, kind)
		}
	}
}

func TestRequestsThatTheDescriptionAllowsNeverFailTheServer(t *testing.T) {
	d, h := readDescription(t), allServer(t)
	for seed := range uint64(3000) {
		d.tryRequest(t, h, seed)
	}
}

func FuzzRequestsThatTheDescriptionAllows(f *testing.F) {
	d, h := readDescription(f), allServer(f)
	f.Add(uint64(1 << 40))
	f.Fuzz(func(t *testing.T, seed uint64) { d.tryRequest(t, h, seed) })
}
