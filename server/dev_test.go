package server

import (
	"os"
	"os/signal"
	"runtime"
	"testing"
	"time"

	"penstock/web"
)

// TestDevelopPage serves the fake tenant for work on the page, until it is interrupted:
//
//	PENSTOCK_DEV=127.0.0.1:8400 go test ./server -run TestDevelopPage -timeout 0
func TestDevelopPage(t *testing.T) {
	address := os.Getenv("PENSTOCK_DEV")
	if address == "" {
		t.Skip("set PENSTOCK_DEV to an address to serve the fake tenant")
	}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	f := newFake(time.Now().UTC(), 5000)
	go feed(f)
	s, err := New(Options{
		Address: address, Page: web.Assets(), Token: os.Getenv("PENSTOCK_DEV_TOKEN"),
		Version: Version{Version: "dev", Go: runtime.Version(), Started: time.Now()},
	}, allOf(f))
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(ctx, l); err != nil {
		t.Fatal(err)
	}
}

// feed lets events arrive for as long as the process lives.
func feed(f *fake) {
	var readers []chan Event
	for i := 100_000; ; i++ {
		time.Sleep(300 * time.Millisecond)
		e := fakeEvent(i, time.Now().UTC())
		f.mu.Lock()
		f.events = append([]StoredEvent{e}, f.events...)
		f.mu.Unlock()
		for more := true; more; {
			select {
			case r := <-f.subscribed:
				readers = append(readers, r)
			default:
				more = false
			}
		}
		for _, r := range readers {
			select {
			case r <- Event{ID: e.ID, Table: e.Table, Time: e.Time, Document: e.Document}:
			case <-time.After(50 * time.Millisecond): // gone
			}
		}
	}
}

func allOf(f *fake) Backends {
	return Backends{Events: f, Intakes: f, Ledger: f, Quarantine: f, Lake: f}
}
