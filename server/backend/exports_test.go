package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/export"
	"penstock/saved"
	"penstock/search"
	"penstock/server"
	"penstock/state/statetest"
)

// oneEvent is a shelf that has no further page.
type oneEvent struct{ hit search.Hit }

func (o oneEvent) Search(context.Context, search.Request) (*search.Page, error) {
	return &search.Page{Hits: []search.Hit{o.hit}}, nil
}

func (o oneEvent) Walk(_ context.Context, _ search.Request, visit func(search.Hit) error) (search.ScanSummary, error) {
	return search.ScanSummary{Events: 1}, visit(o.hit)
}

func (o oneEvent) Count(context.Context, search.Request) (int64, error) { return 1, nil }

// asked serves saved queries and exports over a shelf with one event, and gives a function that asks as somebody.
func asked(t *testing.T) func(who, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	one := oneEvent{search.Hit{ID: fmt.Sprintf("%032x", 7), Table: "AlertInfo", Time: time.Unix(7, 0).UTC(), Document: json.RawMessage(`{"a":1}`)}}
	x, err := export.New(db, t.TempDir(), one, export.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		db.Close()
	})
	s, err := server.New(server.Options{}, server.Backends{Saved: SavedQueries(saved.New(db)), Exports: Exports(x)})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return func(who, method, path, body string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.URL+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Penstock-Actor", who)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(b)
	}
}

func TestAnExportCanBeTakenByItsOwnerAlone(t *testing.T) {
	ask := asked(t)
	res, body := ask("ada", "POST", "/exports", `{"from":"1970-01-01T00:00:00Z","to":"1970-01-02T00:00:00Z","format":"csv","columns":["@timestamp","a"]}`)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	for !strings.Contains(body, `"state":"done"`) {
		time.Sleep(time.Millisecond)
		if _, body = ask("ada", "GET", "/exports/1", ""); strings.Contains(body, `"failed"`) {
			t.Fatal(body)
		}
	}
	res, body = ask("ada", "GET", "/exports/1/file", "")
	if body != "@timestamp,a\n1970-01-01T00:00:07Z,1\n" || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		!strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment; filename=penstock-") {
		t.Errorf("%d %q, %v", res.StatusCode, body, res.Header)
	}
	if res, body = ask("ada", "GET", "/exports/1/file", "", "Range", "bytes=0-9"); res.StatusCode != http.StatusPartialContent || body != "@timestamp" {
		t.Errorf("a range: %d %q", res.StatusCode, body)
	}
	for _, c := range []struct{ method, path string }{
		{"GET", "/exports/1"}, {"GET", "/exports/1/file"}, {"POST", "/exports/1/cancel"}, {"DELETE", "/exports/1"},
	} {
		if res, body := ask("bob", c.method, c.path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s by another: %d %s", c.method, c.path, res.StatusCode, body)
		}
	}
	if res, body := ask("ada", "DELETE", "/exports/1", ""); res.StatusCode != http.StatusNoContent {
		t.Errorf("delete: %d %s", res.StatusCode, body)
	}
	if _, body := ask("ada", "GET", "/exports", ""); body != `{"exports":[]}`+"\n" {
		t.Errorf("what is left: %s", body)
	}
}

func TestAnExportThatMakesNoSenseNamesTheField(t *testing.T) {
	ask := asked(t)
	res, body := ask("ada", "POST", "/exports", `{"from":"1970-01-01T00:00:00Z","to":"1970-01-02T00:00:00Z","format":"csv"}`)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `"field":"columns"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	res, body = ask("ada", "POST", "/exports", `{"query":"a: (","from":"1970-01-01T00:00:00Z","to":"1970-01-02T00:00:00Z","format":"ndjson"}`)
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"column":`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestSavedQueriesAreSharedThroughTheAPI(t *testing.T) {
	ask := asked(t)
	search := `{"name":"Logons","query":"event.category: authentication","from":"now-24h","to":"now","columns":["host.name~180"],"shared":true}`
	if res, body := ask("ada", "POST", "/saved-queries", search); res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	var list server.SavedQueryList
	_, body := ask("bob", "GET", "/saved-queries", "")
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Queries) != 1 || list.Queries[0].Owner != "ada" || list.Queries[0].Columns[0] != "host.name~180" {
		t.Fatalf("%s, %v", body, err)
	}
	for _, c := range []struct {
		who, method, path, body string
		status                  int
		says                    string
	}{
		{"ada", "POST", "/saved-queries", search, http.StatusUnprocessableEntity, `"field":"name"`},
		{"bob", "PUT", "/saved-queries/1", search, http.StatusConflict, "Only ada"},
		{"bob", "DELETE", "/saved-queries/1", "", http.StatusConflict, "Only ada"},
		{"ada", "PUT", "/saved-queries/1", strings.Replace(search, "true", "false", 1), http.StatusOK, `"owner":"ada"`},
		{"bob", "GET", "/saved-queries", "", http.StatusOK, `{"queries":[]}`},
		{"bob", "DELETE", "/saved-queries/1", "", http.StatusNotFound, ""},
		{"ada", "DELETE", "/saved-queries/1", "", http.StatusNoContent, ""},
	} {
		if res, body := ask(c.who, c.method, c.path, c.body); res.StatusCode != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s %s by %s: %d %s, want %d with %s", c.method, c.path, c.who, res.StatusCode, body, c.status, c.says)
		}
	}
}
