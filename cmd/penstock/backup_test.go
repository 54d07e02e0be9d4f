package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/server"
)

// run runs a command of the program to its end.
func (p *process) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), p.binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("penstock %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestABackupOfARunningPenstockIsRestoredAndEveryRecordIsThereOnce backs up under load, goes on, kills the program,
// restores, and compares with what the producer got acknowledged.
func TestABackupOfARunningPenstockIsRestoredAndEveryRecordIsThereOnce(t *testing.T) {
	t.Parallel()
	hub := startHub(t, 4)
	penstock := installPenstock(t, hub.ConnectionString("defender"))
	text, err := os.ReadFile(penstock.config)
	if err != nil {
		t.Fatal(err)
	}
	// Segments are made all the time, and merged.
	if err := os.WriteFile(penstock.config, append(text, "lake: {flush: 1s}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folder, archive := filepath.Join(dir, "backups"), filepath.Join(dir, "one.tar.zst")
	sent := produce(t, hub.ConnectionString("defender"))
	penstock.start(t)
	penstock.waitReady(t)
	waitFor(t, "the lake has segments", func() bool {
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(penstock.config), "data", "lake", "table=*", "day=*", "*.parquet"))
		return len(found) > 0 && penstock.count(t) > 500
	})
	penstock.run(t, "backup", "--config", penstock.config, "--to", folder)
	penstock.run(t, "backup", "--config", penstock.config, "--to", archive)
	time.Sleep(1500 * time.Millisecond) // another flush, so that the next backup shares some segments and adds others
	penstock.run(t, "backup", "--config", penstock.config, "--to", folder)
	var entries server.AuditPage
	penstock.get(t, "/audit", url.Values{"operation": {"backup"}}, &entries)
	if len(entries.Entries) != 3 {
		t.Errorf("the audit log tells of %d backups, want 3", len(entries.Entries))
	}
	time.Sleep(500 * time.Millisecond)
	penstock.kill(t)
	want := sent.stop(t)
	for i, from := range []string{folder, archive} {
		if out := penstock.run(t, "restore", "--from", from, "--check"); !strings.Contains(out, "as they were written") {
			t.Error(out)
		}
		restored := filepath.Join(dir, fmt.Sprint("restored", i))
		out := penstock.run(t, "restore", "--from", from, "--to", restored)
		if !strings.Contains(out, "after message") || strings.Contains(out, "audit log does not tell") {
			t.Errorf("restore says\n%s", out)
		}
		other := installPenstock(t, hub.ConnectionString("defender"))
		moveData(t, other, restored)
		other.start(t)
		other.waitReady(t)
		other.waitCount(t, len(want.events))
		expectAll(t, want, other.reportIDs(t), true)
		if report := other.ledger(t); !report.Complete {
			t.Errorf("the ledger misses something: %+v", report)
		}
		suspicious := len(want.events) / 500
		if got := other.waitOccurrences(t, suspicious); got < int64(suspicious) || got > int64(suspicious)+1 {
			t.Errorf("the alerts have %d occurrences, want %d", got, suspicious)
		}
		other.terminate(t)
	}
	// One that stands still is backed up too.
	penstock.run(t, "backup", "--config", penstock.config, "--to", folder, "--without-events", "--without-key", "--keep", "1")
	if list, err := filepath.Glob(filepath.Join(folder, "segments", "table=*", "day=*", "*")); err != nil || len(list) != 0 {
		t.Errorf("segments that no backup names stay: %v %q", err, list)
	}
}

// moveData makes a program use another data folder.
func moveData(t *testing.T, p *process, data string) {
	t.Helper()
	text, err := os.ReadFile(p.config)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(p.config, []byte("data: "+data+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
}
