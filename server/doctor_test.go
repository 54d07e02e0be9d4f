package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"penstock/doctor"
)

func TestOneDoctorLooksAtATime(t *testing.T) {
	looking, done, answered := make(chan struct{}), make(chan struct{}), make(chan int)
	s := newServer(t, Options{}, Backends{Doctor: func(_ context.Context, intake string) (*doctor.Report, error) {
		switch intake {
		case "nobody":
			return nil, ErrNotFound
		case "slow":
			close(looking)
			<-done
		}
		return &doctor.Report{Worst: doctor.Warn, Findings: []doctor.Finding{{ID: "disk.slow", Severity: doctor.Warn, Found: "It is slow."}}}, nil
	}})
	look := func(body string) (int, string) {
		status, _, text := do(t, s, "POST", "/api/v1/doctor", withJSON(body))
		return status, text
	}
	go func() {
		status, _ := look(`{"intake":"slow"}`)
		answered <- status
	}()
	<-looking
	if status, text := look(`{}`); status != http.StatusConflict || !strings.Contains(text, "looking already") {
		t.Errorf("a second one: %d %s", status, text)
	}
	close(done)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the first one: %d", status)
	}
	if status, text := look(`{}`); status != http.StatusOK || !strings.Contains(text, `"id":"disk.slow"`) {
		t.Errorf("once it is over: %d %s", status, text)
	}
	if status, _ := look(`{"intake":"nobody"}`); status != http.StatusNotFound {
		t.Errorf("an intake that there is not: %d", status)
	}
}
