package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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
	segments := func() int {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(penstock.config), "data", "lake", "table=*", "day=*", "*.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	waitFor(t, "the lake has segments", func() bool { return segments() > 0 })
	penstock.run(t, "backup", "--config", penstock.config, "--to", folder)
	penstock.run(t, "backup", "--config", penstock.config, "--to", archive)
	before := segments()
	waitFor(t, "the lake has others", func() bool { return segments() > before }) // the next backup shares some and adds these
	penstock.run(t, "backup", "--config", penstock.config, "--to", folder)
	var entries server.AuditPage
	penstock.get(t, "/audit", url.Values{"operation": {"backup"}}, &entries)
	if len(entries.Entries) != 3 {
		t.Errorf("the audit log tells of %d backups, want 3", len(entries.Entries))
	}
	was := penstock.count(t)
	waitFor(t, "more has come than was backed up", func() bool { return penstock.count(t) > was })
	penstock.kill(t)
	want := sent.stop(t)
	for _, from := range []string{folder, archive} {
		if out := penstock.run(t, "restore", "--from", from, "--check"); !strings.Contains(out, "as they were written") {
			t.Error(out)
		}
	}
	restored := filepath.Join(dir, "restored")
	out := penstock.run(t, "restore", "--from", folder, "--to", restored)
	if !strings.Contains(out, "after message") || strings.Contains(out, "audit log does not tell") {
		t.Errorf("restore says\n%s", out)
	}
	other := installPenstock(t, hub.ConnectionString("defender"))
	moveData(t, other, restored)
	other.start(t)
	other.waitReady(t)
	other.waitCount(t, len(want.events))
	expectAll(t, want, other.reportIDs(t), true)
	// Where reading began is noted for good, so that from the next start on others of the group count again.
	if mark, err := os.ReadFile(filepath.Join(restored, "restored.json")); err != nil || strings.Count(string(mark), `"defender/`) != 4 {
		t.Errorf("the mark of the restore is %s, %v", mark, err)
	}
	if report := other.ledger(t); !report.Complete {
		t.Errorf("the ledger misses something: %+v", report)
	}
	suspicious := 0
	for id := range want.events {
		if n, err := strconv.Atoi(id); err == nil && isSuspicious(n) {
			suspicious++
		}
	}
	if got := other.waitOccurrences(t, suspicious); got != int64(suspicious) {
		t.Errorf("the alerts have %d occurrences, want %d", got, suspicious)
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
