package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/eventhubtest"
	"penstock/server"
	"penstock/simulate"
)

// BenchmarkFileToLake lets the real program read a file of simulated records into its lake, merging included:
// PENSTOCK_BENCH_RECORDS of them (200,000). Memory is the most that was resident.
func BenchmarkFileToLake(b *testing.B) {
	records := int64(200_000)
	if n, err := strconv.ParseInt(os.Getenv("PENSTOCK_BENCH_RECORDS"), 10, 64); err == nil {
		records = n
	}
	dir := b.TempDir()
	file := filepath.Join(dir, "records.ndjson.zst")
	simulateTo(b, file, records, false)
	for b.Loop() {
		p := installPenstock(b, "")
		text := fmt.Sprintf("data: %s\nserver: {listen: %s, sign_in: off}\nintakes:\n  - name: file\n    file: {path: %s}\n", filepath.Join(filepath.Dir(p.config), "data"), p.address, file)
		if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		started := time.Now()
		p.start(b)
		p.waitReady(b)
		for p.metric(b, `penstock_intake_messages_total{intake="file"}`) == 0 || !p.caughtUp(b, records) {
			time.Sleep(200 * time.Millisecond)
		}
		took := time.Since(started)
		b.ReportMetric(p.metric(b, "penstock_lake_events_total")/took.Seconds(), "events/s")
		b.ReportMetric(p.metric(b, "process_cpu_seconds_total")/float64(records)*1e6, "µs-cpu/event")
		b.ReportMetric(resident(b, p.cmd.Process.Pid), "MiB-resident")
		p.kill(b)
	}
}

// caughtUp tells whether all records were read, and all that was kept of them is in the lake.
func (p *process) caughtUp(t testing.TB, records int64) bool {
	kept := p.metric(t, `penstock_intake_records_total{intake="file",outcome="kept"}`)
	repeated := p.metric(t, `penstock_intake_records_total{intake="file",outcome="repeated"}`)
	return int64(kept+repeated) >= records && p.metric(t, "penstock_lake_events_total") >= kept
}

// simulateTo writes simulated messages to a file, or records, one a line.
func simulateTo(t testing.TB, path string, count int64, records bool) {
	t.Helper()
	tenant, err := simulate.New(simulate.Config{Seed: 1, Rate: 116, Start: time.Now().Add(-24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	file, err := simulate.OpenFile(path, records)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.Run(t.Context(), file, simulate.Options{Records: count, Unpaced: true}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkSearchable sends 2,000 records a second through emulator, SDK, journal and lake of the real program, and tells
// how long after the hub had them a search could find them: PENSTOCK_BENCH_SECONDS long (15).
func BenchmarkSearchable(b *testing.B) {
	duration := 15 * time.Second
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_BENCH_SECONDS")); err == nil {
		duration = time.Duration(n) * time.Second
	}
	hub, err := eventhubtest.Start(context.WithoutCancel(b.Context()), eventhubtest.Options{
		Hubs: []eventhubtest.Hub{{Name: "defender", Partitions: 4, ConsumerGroups: []string{"penstock"}, Retention: 1 << 30}},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer hub.Close()
	for b.Loop() {
		p := installPenstock(b, hub.ConnectionString("defender"))
		p.start(b)
		p.waitReady(b)
		sink, err := simulate.OpenEventHub(b.Context(), hub.ConnectionString("defender"), "", nil)
		if err != nil {
			b.Fatal(err)
		}
		tenant, err := simulate.New(simulate.Config{Seed: 1, Rate: 2000, Steady: true, Start: time.Now()})
		if err != nil {
			b.Fatal(err)
		}
		_, err = tenant.Run(b.Context(), sink, simulate.Options{Until: time.Now().Add(duration), Partitions: sink.Partitions()})
		if err = errors.Join(err, sink.Close(b.Context())); err != nil {
			b.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		var list server.ClockList
		p.get(b, "/clocks", nil, &list)
		var events int64
		var p50, p99, worst float64 // of the table that waits longest
		for _, c := range list.Clocks {
			if c.Stage == "enqueued_searchable" {
				events += c.Count
				p50, p99, worst = max(p50, c.P50), max(p99, c.P99), max(worst, c.Max)
			}
		}
		b.ReportMetric(p50*1000, "ms-p50")
		b.ReportMetric(p99*1000, "ms-p99")
		b.ReportMetric(worst*1000, "ms-max")
		b.ReportMetric(float64(events)/duration.Seconds(), "events/s")
		p.kill(b)
	}
}

// metric reads one of the program's metrics; 0 while it is not there.
func (p *process) metric(t testing.TB, name string) float64 {
	t.Helper()
	resp, err := http.Get("http://" + p.address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return 0
}

// resident is the most memory that a process had at a time, in MiB.
func resident(t testing.TB, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return 0 // no Linux
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseFloat(kilobytes, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n / 1024
}

// BenchmarkPush sends simulated records to the real program through one connection, 2,000 a request, and tells how many a
// second were acknowledged, while lake and rules take what they can: PENSTOCK_BENCH_RECORDS of them (200,000).
func BenchmarkPush(b *testing.B) {
	records := int64(200_000)
	if n, err := strconv.ParseInt(os.Getenv("PENSTOCK_BENCH_RECORDS"), 10, 64); err == nil {
		records = n
	}
	const perRequest = 2000
	file := filepath.Join(b.TempDir(), "records.ndjson")
	simulateTo(b, file, records, true)
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimRight(text, "\n"), []byte("\n"))
	for b.Loop() {
		p := installForPush(b, "")
		p.start(b)
		p.waitReady(b)
		began := time.Now()
		taken := 0
		for batch := range slices.Chunk(lines, perRequest) {
			s, err := pushOne(b.Context(), "http://"+p.address+"/plain/batch", bytes.Join(batch, nil))
			if err != nil || s.status != http.StatusOK {
				b.Fatalf("%d %s, %v", s.status, s.text, err)
			}
			taken += len(s.EventIDs)
		}
		took := time.Since(began)
		b.ReportMetric(float64(taken)/took.Seconds(), "events/s")
		b.ReportMetric(float64(len(text))/took.Seconds()/1e6, "MB/s")
		b.ReportMetric(p.metric(b, "process_cpu_seconds_total")/float64(taken)*1e6, "µs-cpu/event")
		b.ReportMetric(resident(b, p.cmd.Process.Pid), "MiB-resident")
		p.kill(b)
	}
}
