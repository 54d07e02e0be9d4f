package server

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"penstock/access"
)

// taker takes every POST to /plain and notes where it came from.
type taker struct {
	from  []string
	bytes int64
}

func (*taker) Takes(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/plain"
}

func (k *taker) Push(w http.ResponseWriter, r *http.Request, from string) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
	k.from, k.bytes = append(k.from, from), n
}

func pushTo(h http.Handler, target, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEventsAreTakenWithoutASessionUnderAnyNameAndLargerThanOtherBodies(t *testing.T) {
	k := &taker{}
	s := newHouse(t, Backends{}, func(o *Options, _ *access.Options) { o.Push = k })
	large := strings.Repeat("x", 2*maxBody)
	w := pushTo(s.Handler(), "http://intake.example.com/plain", large, func(r *http.Request) {
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Authorization", "Basic Om5vbmU=")
	})
	if w.Code != http.StatusOK || k.bytes != int64(len(large)) || len(k.from) != 1 || k.from[0] != "192.0.2.1" {
		t.Errorf("%d %s, %+v", w.Code, w.Body, k)
	}
	if w := pushTo(s.Handler(), "http://127.0.0.1:8400/other", "x", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("another path: %d", w.Code)
	}
	if entries := s.entries(); len(entries) != 0 {
		t.Errorf("the audit log has %q", entries)
	}
}

func TestAnAddressThatSendsTooOftenIsToldToWait(t *testing.T) {
	k := &taker{}
	s := newServer(t, Options{Push: k, PushRate: 1}, Backends{})
	for n := range 6 {
		w := pushTo(s.Handler(), "/plain", "x", nil)
		if limited := n >= 5; limited != (w.Code == http.StatusTooManyRequests) || limited && w.Header().Get("Retry-After") == "" {
			t.Errorf("request %d: %d %s", n, w.Code, w.Body)
		}
	}
	if w := pushTo(s.Handler(), "/plain", "x", func(r *http.Request) { r.RemoteAddr = "198.51.100.1:1" }); w.Code != http.StatusOK {
		t.Errorf("another address: %d", w.Code)
	}
}

func TestAnAddressOfItsOwnTakesEventsAndNothingElse(t *testing.T) {
	k := &taker{}
	s := newServer(t, Options{Push: k, PushAddress: "127.0.0.1:0"}, Backends{})
	l, err := s.ListenPush(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.ServePush(ctx, l) }()
	base := "http://" + l.Addr().String()
	for path, want := range map[string]int{"/plain": 200, "/api/v1/intakes": 404, "/": 404} {
		resp, err := http.Post(base+path, "", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if resp, err := http.Get(base + "/healthz"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", resp, err)
	}
	if w := pushTo(s.Handler(), "http://127.0.0.1:8400/plain", "x", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("where the page is: %d", w.Code)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it does not end")
	}
}

func TestAnAddressForEventsBeyondLoopbackNeedsTLS(t *testing.T) {
	for address, want := range map[string]string{"0.0.0.0:8401": "server.push.insecure", "8401": "host:port"} {
		if _, err := New(Options{Push: &taker{}, PushAddress: address}, Backends{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := New(Options{Push: &taker{}, PushAddress: "0.0.0.0:8401", PushInsecure: true}, Backends{}); err != nil {
		t.Error(err)
	}
}
