package http

import (
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/source"
	"penstock/source/sourcetest"
)

// TestContract lets a sender that tries again, as Retry-After asks for, stand for what is there to be read.
func TestContract(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Stage {
		g, err := NewGate(Options{Keys: twoIntakes})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { g.Push(w, r, "") }))
		var sending sync.WaitGroup
		ended := make(chan struct{})
		t.Cleanup(func() {
			close(ended)
			server.CloseClientConnections()
			sending.Wait()
			server.Close()
		})
		return sourcetest.Stage{
			Fill: func(t *testing.T, bodies []string) {
				sending.Go(func() {
					for _, body := range bodies {
						for !send(t, server.URL+"/plain", body) {
							select {
							case <-ended:
								return
							case <-time.After(time.Millisecond):
							}
						}
					}
				})
			},
			Open: func(_ *testing.T, resume source.Resume) source.Source {
				return g.Source(SourceOptions{Intake: "north", Resume: resume})
			},
		}
	})
}

// send sends one event, and says whether it was taken.
func send(t *testing.T, target, body string) bool {
	req, err := nethttp.NewRequest(nethttp.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return true
	}
	req.Header.Set(north, "north-key")
	resp, err := nethttp.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	// Some of the bodies of the contract are no JSON: those are kept, and the sender is told.
	return resp.StatusCode == nethttp.StatusOK || resp.StatusCode == nethttp.StatusUnprocessableEntity
}
