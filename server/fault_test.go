package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAFaultInAHandlerIsAnErrorInTheLogAndEndsItsRequestAlone(t *testing.T) {
	var log bytes.Buffer
	s := &Server{log: slog.New(slog.NewTextHandler(&log, nil))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /bad/{key}", func(http.ResponseWriter, *http.Request) { panic("no such row") })
	mux.HandleFunc("GET /gone", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("GET /good", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	hs := httptest.NewServer(s.tellingFaults(mux))
	for _, path := range []string{"/gone", "/bad/s3cret"} {
		if resp, err := http.Get(hs.URL + path); err == nil {
			resp.Body.Close()
			t.Errorf("%s is answered: %s", path, resp.Status)
		}
	}
	resp, err := http.Get(hs.URL + "/good")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	hs.Close() // no handler writes to the log any more
	text := log.String()
	if !strings.Contains(text, "level=ERROR") || !strings.Contains(text, `endpoint="GET /bad/{key}"`) || !strings.Contains(text, "no such row") || !strings.Contains(text, "fault_test.go") {
		t.Errorf("the log says %q", text)
	}
	if strings.Contains(text, "s3cret") || strings.Count(text, "level=") != 1 {
		t.Errorf("the log says too much: %q", text)
	}
}
