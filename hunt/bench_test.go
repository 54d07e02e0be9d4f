package hunt

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/lake"
)

// BenchmarkHunt asks the lake in the folder that PENSTOCK_BENCH_LAKE names what analysts ask: one day of a table, a summary over a week,
// a join, and what only the words of segments find. The day and the week are those before the newest event.
func BenchmarkHunt(b *testing.B) {
	dir := os.Getenv("PENSTOCK_BENCH_LAKE")
	if dir == "" {
		b.Skip("PENSTOCK_BENCH_LAKE is to name a folder")
	}
	plan, err := defender.Plan()
	if err != nil {
		b.Fatal(err)
	}
	tables, err := defender.HuntingTables()
	if err != nil {
		b.Fatal(err)
	}
	l, err := lake.Open(b.Context(), dir, plan, lake.Options{ReadOnly: true, Threads: runtime.NumCPU()})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	stats := l.Stats()
	h := New(l, tables, Options{Now: func() time.Time { return stats.Newest }})
	defer h.Close()
	b.Logf("%d events in %d segments, %d MB, %s to %s", stats.Events, stats.Segments, stats.Bytes>>20, stats.Oldest.Format(time.RFC3339), stats.Newest.Format(time.RFC3339))
	for _, c := range []struct{ name, query string }{
		{"filterOfADay", `DeviceProcessEvents | where Timestamp > ago(1d) and FileName =~ "powershell.exe" and ProcessCommandLine has "-enc" | project Timestamp, DeviceName, AccountName, ProcessCommandLine`},
		{"containsOfADay", `DeviceProcessEvents | where Timestamp > ago(1d) and ProcessCommandLine contains "ncodedcomm" | take 100`},
		{"summaryOfAWeek", `DeviceProcessEvents | where Timestamp > ago(7d) | summarize n = count(), devices = dcount(DeviceId), last = max(Timestamp) by FileName | top 20 by n`},
		{"timechartOfAWeek", `DeviceProcessEvents | where Timestamp > ago(7d) | summarize count() by bin(Timestamp, 1h), InitiatingProcessFileName | render timechart`},
		{"joinOfADay", `DeviceProcessEvents | where Timestamp > ago(1d) and FileName in~ ("powershell.exe", "cmd.exe", "rundll32.exe")
			| join kind=inner (DeviceNetworkEvents | where Timestamp > ago(1d)) on DeviceId, $left.ProcessId == $right.InitiatingProcessId | summarize count() by FileName, RemoteUrl | top 20 by count_`},
		{"joinOfWholeDay", `DeviceProcessEvents | where Timestamp > ago(1d) | join kind=inner (DeviceNetworkEvents | where Timestamp > ago(1d)) on DeviceId, $left.ProcessId == $right.InitiatingProcessId | count`},
		{"hashAmongAll", `DeviceFileEvents | where Timestamp > ago(30d) and SHA256 == "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"`},
		{"searchOfADay", `search "mimikatz" | where Timestamp > ago(1d) | summarize count() by $table`},
		{"firstSeenOfAWeek", `DeviceProcessEvents | where Timestamp > ago(7d) | summarize arg_min(Timestamp, *) by SHA256 | project Timestamp, SHA256, FileName, DeviceName | top 100 by Timestamp`},
	} {
		b.Run(c.name, func(b *testing.B) {
			var s *Summary
			before := processorTime(b)
			for b.Loop() {
				var err error
				if s, err = h.Run(b.Context(), Request{Query: c.query, Quiet: true}, discard{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "ms-processor")
			total := s.Segments()
			b.ReportMetric(float64(total.Segments), "segments")
			b.ReportMetric(float64(total.Skipped), "skipped")
			b.ReportMetric(float64(total.Rows), "rows-in-them")
			b.ReportMetric(float64(s.Rows), "rows-out")
			b.ReportMetric(float64(s.Compiled.Microseconds())/1000, "ms-compile")
		})
	}
}

// processorTime is what this process has used, on all processors together.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
