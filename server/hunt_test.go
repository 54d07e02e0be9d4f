package server

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"penstock/access"
)

// trail is hunts whose results are known.
type trail struct {
	Hunts
	asked HuntWho
	order HuntOrder
}

// printed is a row of a result.
type printed []string

func (r printed) AppendJSON(dst []byte) []byte {
	text, _ := json.Marshal([]string(r))
	return append(dst, text...)
}

func (r printed) Texts() []string { return r }

func (h *trail) Run(_ context.Context, who HuntWho, o *HuntOrder, sink HuntSink) (*HuntEnd, error) {
	h.asked, h.order = who, *o
	switch o.Query {
	case "wrong":
		return nil, &HuntError{[]HuntRemark{{Message: "unknown column x", Hint: "did you mean y?", Severity: "error", Start: 3, End: 4, Line: 1, Column: 4}}}
	case "busy":
		return nil, &BusyError{Message: "Too many."}
	case "large":
		return nil, &BusyError{Message: "Too large.", Memory: true}
	case "long":
		return nil, context.DeadlineExceeded
	}
	if err := sink.Begin(&HuntBegin{ID: o.ID, Columns: []HuntColumn{{Name: "=a", Type: "string"}}, TimeSetInQuery: true}); err != nil {
		return nil, err
	}
	for _, text := range []string{"x", "=1+1"} {
		if err := sink.Row(printed{text}); err != nil {
			return nil, err
		}
	}
	if o.Query == "breaks" {
		return nil, &BusyError{Message: "Too large.", Memory: true}
	}
	return &HuntEnd{Rows: 2, Cut: true, CutBy: "rows", Statistics: HuntStatistics{Rows: 2, Segments: 3}}, nil
}

func (h *trail) UnderWay(HuntWho) []HuntProgress { return nil }

func hunting(accept string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Accept", accept) }
}

func TestAHuntIsAnsweredInTheFormThatIsAskedFor(t *testing.T) {
	hunts := &trail{}
	h := newHouse(t, Backends{Hunts: hunts})
	vera := h.user("vera", access.Viewer, "a", "b")
	w := h.ask("POST", "/api/v1/hunt", vera, `{"query":"T","id":"one","rows":7,"parameters":[{"name":"p","type":"long","value":"1"}]}`, hunting("application/json"))
	var result struct {
		ID         string
		Columns    []HuntColumn
		Rows       [][]string
		Cut        bool
		Statistics HuntStatistics
	}
	if err := json.Unmarshal(w.Body.Bytes(), &result); err != nil || w.Code != 200 || result.ID != "one" || len(result.Rows) != 2 || !result.Cut || result.Statistics.Segments != 3 || w.Header().Get("Penstock-Hunt") != "one" {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
	if hunts.asked.Name != "vera" || hunts.asked.Role != access.Viewer || strings.Join(hunts.asked.Intakes, " ") != "a b" || hunts.order.Rows != 7 || hunts.order.Parameters[0].Value != "1" {
		t.Errorf("%+v asks for %+v", hunts.asked, hunts.order)
	}
	w = h.ask("POST", "/api/v1/hunt", vera, `{"query":"T"}`, hunting("text/csv"))
	if got, want := w.Body.String(), "'=a\nx\n'=1+1\n"; got != want || w.Result().Trailer.Get(cutTrailer) != "true" {
		t.Errorf("%q with %v, want %q", got, w.Result().Trailer, want)
	}
	w = h.ask("POST", "/api/v1/hunt", vera, `{"query":"T"}`, hunting(ndjsonType))
	var kinds []string
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		var line map[string]json.RawMessage
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || len(line) != 1 {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		for kind, value := range line {
			if kind != "progress" {
				kinds = append(kinds, kind)
			}
			if kind == "rows" && string(value) != `[["x"],["=1+1"]]` {
				t.Errorf("rows %s", value)
			}
		}
	}
	if got := strings.Join(kinds, " "); got != "begin rows end" {
		t.Errorf("lines %s", got)
	}
}

func TestAHuntThatFailsSaysWhy(t *testing.T) {
	h := newHouse(t, Backends{Hunts: &trail{}})
	ada := h.user("ada", access.Analyst)
	for query, c := range map[string]struct {
		status int
		kind   string
	}{"wrong": {400, queryProblemType}, "busy": {429, busyProblemType}, "large": {413, memoryProblemType}, "long": {504, ""}} {
		for _, accept := range []string{"application/json", ndjsonType, csvType} {
			w := h.ask("POST", "/api/v1/hunt", ada, `{"query":"`+query+`"}`, hunting(accept))
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != c.status || p.Type != c.kind {
				t.Errorf("%s as %s: %d %s", query, accept, w.Code, w.Body)
			}
			if query == "wrong" && (len(p.Diagnostics) != 1 || p.Diagnostics[0].Start != 3 || p.Column != 4 || p.Hint == "") {
				t.Errorf("%+v", p)
			}
		}
	}
	w := h.ask("POST", "/api/v1/hunt", ada, `{"query":"breaks"}`, hunting(ndjsonType))
	if lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n"); w.Code != 200 || !strings.HasPrefix(lines[len(lines)-1], `{"error":`) {
		t.Errorf("one that breaks off: %d %s", w.Code, w.Body)
	}
	if got := strings.Join(h.entries(), "; "); !strings.Contains(got, "hunt done ada") || !strings.Contains(got, "hunt failed ada") {
		t.Errorf("the audit log has %s", got)
	}
}
