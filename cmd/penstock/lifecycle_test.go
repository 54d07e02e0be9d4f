package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"penstock/server"
	"penstock/source/eventhub/azuritetest"
)

// terminate ends the process as a service manager does, and expects it to go in good order.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("SIGTERM ended the program with %v", err)
		}
		p.cmd = nil
	case <-time.After(30 * time.Second):
		t.Fatalf("SIGTERM did not end the program; its log ends with:\n%s", p.log.tail())
	}
}

// expectAll compares what the producer got acknowledged with what programs have found: once each in all, or at least
// once where several read.
func expectAll(t *testing.T, want sentRecords, found map[string]int, once bool) {
	t.Helper()
	for id := range want.events {
		if n := found[id]; n == 0 || once && n > 1 {
			t.Errorf("record %s was acknowledged to the producer and is found %d times", id, n)
		}
	}
	for id, n := range found {
		if !want.events[id] {
			t.Errorf("record %s is found %d times and was never sent", id, n)
		}
	}
}

func TestTerminationAndReloadUnderLoadLoseNothing(t *testing.T) {
	t.Parallel()
	hub := startHub(t, 4)
	penstock := installPenstock(t, hub.ConnectionString("defender"))
	sent := produce(t, hub.ConnectionString("defender"))
	for range 3 {
		penstock.start(t)
		penstock.waitReady(t)
		time.Sleep(700 * time.Millisecond)
		if err := penstock.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		penstock.waitReady(t)
		penstock.terminate(t)
	}
	want := sent.stop(t)
	penstock.start(t)
	penstock.waitReady(t)
	penstock.waitCount(t, len(want.events))
	expectAll(t, want, penstock.reportIDs(t), true)
	if report := penstock.ledger(t); !report.Complete {
		t.Errorf("the ledger misses something: %+v", report)
	}
}

func TestAMistakeInAReloadedConfigurationLeavesTheProgramAsItWas(t *testing.T) {
	t.Parallel()
	hub := startHub(t, 1)
	penstock := installPenstock(t, hub.ConnectionString("defender"))
	penstock.start(t)
	penstock.waitReady(t)
	text, err := os.ReadFile(penstock.config)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(text), "intakes:", "intake:", 1)
	if err := os.WriteFile(penstock.config, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(penstock.log.tail(), "intake"+`"`); time.Sleep(100 * time.Millisecond) {
		if strings.Contains(penstock.log.tail(), "level=ERROR") || time.Now().After(deadline) {
			break
		}
	}
	if log := penstock.log.tail(); !strings.Contains(log, "penstock.yaml:5:") {
		t.Errorf("the log does not point at the mistake:\n%s", log)
	}
	sent := produce(t, hub.ConnectionString("defender"))
	time.Sleep(500 * time.Millisecond)
	want := sent.stop(t)
	penstock.waitReady(t)
	penstock.waitCount(t, len(want.events))
}

// TestTwoProcessesShareAGroupAndOneIsKilled lets the second take over once the claims of the first have run out.
func TestTwoProcessesShareAGroupAndOneIsKilled(t *testing.T) {
	t.Parallel()
	azurite := azuritetest.Start(t)
	azurite.Container("checkpoints", true)
	hub := startHub(t, 4)
	connection := hub.ConnectionString("defender")
	first, second := installPenstock(t, connection), installPenstock(t, connection)
	for _, p := range []*process{first, second} {
		storage := fmt.Sprintf("      storage:\n        connection_string: %q\n        container: checkpoints\n", azurite.ConnectionString())
		text, err := os.ReadFile(p.config)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.config, append(text, storage...), 0o600); err != nil {
			t.Fatal(err)
		}
		p.start(t)
		p.waitReady(t)
	}
	waitFor(t, "each process owns two partitions", func() bool { return len(lags(t, first)) == 2 && len(lags(t, second)) == 2 })
	sent := produce(t, connection)
	time.Sleep(2 * time.Second)
	first.kill(t)
	time.Sleep(time.Second)
	want := sent.stop(t)
	waitFor(t, "the second reads on where the first was", func() bool {
		list := lags(t, second)
		return len(list) == 4 && slices.Max(list) == 0
	})
	first.start(t)
	first.waitReady(t)
	waitFor(t, "both lakes have it all", func() bool { return first.count(t)+second.count(t) >= int64(len(want.events)) })
	ids := map[string]map[string]bool{}
	found := map[string]int{}
	for _, p := range []*process{first, second} {
		for report, n := range p.reportIDs(t) {
			found[report] += n
			if n > 1 {
				t.Errorf("record %s is %d times in one lake", report, n)
			}
		}
		p.eachEvent(t, func(id, report string) {
			if ids[report] == nil {
				ids[report] = map[string]bool{}
			}
			ids[report][id] = true
		})
	}
	expectAll(t, want, found, false)
	both := 0
	for report, set := range ids {
		if len(set) != 1 {
			t.Errorf("record %s has %d ids", report, len(set))
		}
		if found[report] > 1 {
			both++
		}
	}
	t.Logf("%d records, %d of them in both lakes", len(want.events), both)
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}

// lags are the messages that are still to be read of each partition that a program owns; very many where that is not
// known yet.
func lags(t *testing.T, p *process) (list []int64) {
	t.Helper()
	unknown := int64(math.MaxInt64)
	var page server.IntakeList
	p.get(t, "/intakes", nil, &page)
	for _, i := range page.Intakes {
		for _, part := range i.Partitions {
			if part.Owned {
				list = append(list, *cmp.Or(part.LagMessages, &unknown))
			}
		}
	}
	return list
}

func TestAFullDiskHoldsReadingBackUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a disk that can be filled needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	hub := startHub(t, 2)
	penstock := installPenstock(t, hub.ConnectionString("defender"))
	text, err := os.ReadFile(penstock.config)
	if err != nil {
		t.Fatal(err)
	}
	text = append([]byte("data: "+filepath.Join(disk, "data")+"\n"), text[strings.IndexByte(string(text), '\n')+1:]...)
	if err := os.WriteFile(penstock.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	penstock.start(t)
	penstock.waitReady(t)
	sent := produce(t, hub.ConnectionString("defender"))
	time.Sleep(time.Second)
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	waitStatus(t, penstock, http.StatusServiceUnavailable)
	time.Sleep(2 * time.Second)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	waitStatus(t, penstock, http.StatusOK)
	time.Sleep(time.Second)
	want := sent.stop(t)
	penstock.waitCount(t, len(want.events))
	expectAll(t, want, penstock.reportIDs(t), true)
	if log := penstock.log.tail(); !strings.Contains(log, "space") {
		t.Errorf("the log does not say that space is what is missing:\n%s", log)
	}
}

// fill writes a file until the disk has no more room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err = f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func waitStatus(t *testing.T, p *process, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == want {
			return
		}
	}
	t.Fatalf("/readyz does not say %d within a minute; the log ends with:\n%s", want, p.log.tail())
}
