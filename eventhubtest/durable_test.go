package eventhubtest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/eventhubtest"
)

// serveEnv makes the test binary serve a hub from the directory that it names, for the test that kills it.
const serveEnv = "PENSTOCK_EVENTHUBTEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveEnv); dir != "" {
		s, err := eventhubtest.Start(context.Background(), eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{{Name: hubName, Partitions: 1}}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(s.ConnectionString(hubName))
		select {}
	}
	os.Exit(m.Run())
}

func serveElsewhere(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := 0
	for round := range 3 {
		cmd, connection := serveElsewhere(t, dir)
		p := newProducer(t, connection)
		var sent atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				b, err := p.NewEventDataBatch(context.Background(), nil)
				if err != nil {
					return
				}
				body := fmt.Sprintf("%d-%d %s", round, sent.Load(), strings.Repeat("x", 5000))
				if b.AddEventData(&azeventhubs.EventData{Body: []byte(body)}, nil) != nil || p.SendEventDataBatch(context.Background(), b, nil) != nil {
					return
				}
				sent.Add(1)
			}
		}()
		waitFor(t, "some events", func() bool { return sent.Load() > 50 })
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		<-done
		acknowledged += int(sent.Load())
	}
	s := start(t, eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{{Name: hubName, Partitions: 1}}})
	events, err := s.Events(hubName, "0", 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) < acknowledged || len(events) > acknowledged+3*2 { // what was under way may be there, and be there twice by the SDK's retry
		t.Errorf("%d events are there, %d were acknowledged", len(events), acknowledged)
	}
	last := map[string]int{}
	for i, e := range events {
		var round, n int
		if _, err := fmt.Sscanf(string(e.Body), "%d-%d", &round, &n); err != nil || e.Sequence != int64(i) {
			t.Fatalf("event %d: number %d, %v", i, e.Sequence, err)
		}
		key := fmt.Sprint(round)
		if n > last[key] {
			t.Fatalf("round %d: event %d is missing before %d", round, last[key], n)
		}
		last[key] = n + 1
	}
}

func TestATornTailIsCutOffAndADamagedMiddleIsReported(t *testing.T) {
	dir := t.TempDir()
	hub := []eventhubtest.Hub{{Name: hubName, Partitions: 1, Retention: 16 << 10}} // segments of 1 KiB
	open := func() (*eventhubtest.Server, error) {
		return eventhubtest.Start(t.Context(), eventhubtest.Options{Dir: dir, Hubs: hub})
	}
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := s.Append(hubName, "0", make([]byte, 400)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, hubName, "0", "*.log"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	info, err := os.Stat(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(files[len(files)-1], info.Size()-1); err != nil {
		t.Fatal(err)
	}
	if s, err = open(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Append(hubName, "0", []byte("again")); err != nil || n != 7 {
		t.Errorf("number %d, %v; the torn event 7 was expected to be replaced", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[100] ^= 1
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err == nil || !strings.Contains(err.Error(), "at byte 0") {
		t.Errorf("a damaged segment gave %v", err)
	}
}

func TestRetentionMovesTheFirstSequenceNumberUp(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s := start(t, eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{{Name: hubName, Partitions: 1, Retention: 100_000}}})
			for range 300 {
				if _, err := s.Append(hubName, "0", make([]byte, 1000)); err != nil {
					t.Fatal(err)
				}
			}
			p := s.Partitions(hubName)[0]
			if p.First < 180 || p.First > 220 || p.Last != 299 || p.Bytes > 110_000 {
				t.Fatalf("%+v", p)
			}
			old := &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{SequenceNumber: new(int64)}}
			if e := receive(t, newConsumer(t, s.ConnectionString(hubName), "$Default"), "0", old, 1)[0]; e.SequenceNumber != p.First {
				t.Errorf("an expired position begins at %d, %d was expected", e.SequenceNumber, p.First)
			}
		})
	}
}

func TestAHubIsMadeAnewAndGrows(t *testing.T) {
	dir := t.TempDir()
	spec := eventhubtest.Hub{Name: hubName, Partitions: 2}
	s := start(t, eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{spec}})
	if _, err := s.Append(hubName, "0", []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := s.RecreateHub(spec); err != nil {
		t.Fatal(err)
	}
	if err := s.GrowHub(hubName, 3); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Append(hubName, "2", []byte("new")); err != nil || n != 0 {
		t.Fatalf("number %d, %v", n, err)
	}
	if p := s.Partitions(hubName); len(p) != 3 || p[0].Last != -1 {
		t.Fatalf("%+v", p)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{spec}})
	if p := again.Partitions(hubName); len(p) != 3 || p[2].Last != 0 {
		t.Errorf("after a restart: %+v", p)
	}
}

func TestADirectoryHasOneServer(t *testing.T) {
	dir := t.TempDir()
	s := start(t, eventhubtest.Options{Dir: dir})
	if _, err := eventhubtest.Start(t.Context(), eventhubtest.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "another emulator") {
		t.Errorf("a second server gave %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, eventhubtest.Options{Dir: dir})
}
