package main

import (
	"strings"
	"testing"
	"time"

	"penstock/server"
)

func TestAnAlertIsShownWithItsHistory(t *testing.T) {
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	w := wholeAlert{
		Alert:    server.AlertDetail{},
		Comments: []server.AlertComment{{Time: at, Actor: "ann", Text: "It was me."}},
		History: []server.AlertEntry{
			{Time: at, Actor: "ann", What: "assignee", New: "bob"},
			{Time: at, What: "status", Old: "closed", New: "new", Note: "It was closed as true_positive,\nand it happened again."},
			{Time: at, Actor: "ann", What: "comment"},
		},
	}
	var out strings.Builder
	if err := w.show(&out); err != nil {
		t.Fatal(err)
	}
	squeezed := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"2026-11-26T12:00:00Z ann assignee – → bob 2026-11-26T12:00:00Z Penstock status closed → new It was closed as true_positive, and it happened again.",
		"ann, 2026-11-26T12:00:00Z: It was me.",
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
