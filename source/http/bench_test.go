package http

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/intake"
	"penstock/journal"
	"penstock/simulate"
)

// simulated are records of a simulated tenant, each with a line end.
func simulated(b *testing.B, count int64) [][]byte {
	b.Helper()
	tenant, err := simulate.New(simulate.Config{Seed: 1, Rate: 116, Start: time.Now().Add(-24 * time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "records.ndjson")
	file, err := simulate.OpenFile(path, true)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tenant.Run(b.Context(), file, simulate.Options{Records: count, Unpaced: true}); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return bytes.SplitAfter(bytes.TrimRight(text, "\n"), []byte("\n"))
}

// BenchmarkPush sends simulated records through one connection, 2,000 a request, into a journal that syncs them: all of
// the way to the answer, sender included. Processor time is that of the process.
func BenchmarkPush(b *testing.B) {
	plan, err := defender.Plan()
	if err != nil {
		b.Fatal(err)
	}
	lines := simulated(b, 40_000)
	var requests [][]byte
	size := 0
	for batch := range slices.Chunk(lines, 2000) {
		requests = append(requests, bytes.Join(batch, nil))
		size += len(requests[len(requests)-1])
	}
	log := slog.New(slog.DiscardHandler)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	var spent, took time.Duration
	for b.Loop() {
		dir := b.TempDir()
		j, err := journal.Open(dir, journal.Options{Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		w, err := journal.OpenWindow(b.Context(), j, journal.WindowDir(dir), journal.WindowOptions{Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		g, err := NewGate(Options{Keys: twoIntakes, Log: log})
		if err != nil {
			b.Fatal(err)
		}
		river, err := intake.New(intake.Options{Name: "north", Source: g.Source(SourceOptions{Intake: "north", Rate: 10_000_000, Log: log}), Journal: j, Window: w, Plan: plan, Log: log})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error, 1)
		go func() { done <- river.Run(ctx) }()
		for g.source("north") == nil {
			time.Sleep(time.Millisecond)
		}
		server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { g.Push(w, r, "") }))
		began, before := time.Now(), processorTime(b)
		for _, body := range requests {
			post(b, server.URL+"/plain/batch", body)
		}
		took, spent = took+time.Since(began), spent+processorTime(b)-before
		server.Close()
		cancel()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	events := float64(len(lines) * b.N)
	b.ReportMetric(events/took.Seconds(), "events/s")
	b.ReportMetric(float64(spent.Microseconds())/events, "µs-cpu/event")
}

func post(b *testing.B, target string, body []byte) {
	req, err := nethttp.NewRequest(nethttp.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set(north, "north-key")
	resp, err := nethttp.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != nethttp.StatusOK {
		b.Fatalf("%d %.200s, %v", resp.StatusCode, text, err)
	}
}

// processorTime is what the process has used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
