package journal

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"penstock/record"
)

// role tells the test binary to play a part in a process of its own.
const role = "PENSTOCK_JOURNAL_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "append":
		playAppender()
	case "limit":
		playLimited()
	default:
		os.Exit(m.Run())
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

const appenders = 4

// playAppender appends from several goroutines, each to its own partition, and prints what is acknowledged.
func playAppender() {
	j, err := Open(".", Options{SegmentBytes: 64 << 10, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fatal(err)
	}
	var print sync.Mutex
	var group sync.WaitGroup
	for a := range appenders {
		group.Go(func() {
			part := strconv.Itoa(a)
			next := int64(0)
			if at, ok := j.Resume("test", "defender", part); ok {
				next = at.Sequence + 1
			}
			for ; ; next++ {
				b := batch(next, 1+int(next%20))
				b.Messages[0].Partition = part
				if err := j.Append(context.Background(), b); err != nil {
					fatal(err)
				}
				print.Lock()
				fmt.Println(part, next)
				print.Unlock()
			}
		})
	}
	group.Wait()
}

func play(t *testing.T, part, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), role+"="+part)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func TestWhatWasAcknowledgedIsThereOnceAfterAKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]int64{}
	for round := range 5 {
		cmd, lines := play(t, "append", dir)
		time.AfterFunc(time.Duration(150+70*round)*time.Millisecond, func() { cmd.Process.Kill() })
		for lines.Scan() {
			var part string
			var sequence int64
			if n, _ := fmt.Sscan(lines.Text(), &part, &sequence); n == 2 {
				acknowledged[part] = sequence
			}
		}
		cmd.Wait()
	}
	j := open(t, dir, Options{})
	r, err := j.Reader("check")
	if err != nil {
		t.Fatal(err)
	}
	next := map[string]int64{}
	for r.at < j.End() {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range b.Batches {
			m := batch.Messages[0]
			if m.Position.Sequence != next[m.Partition] || len(m.Entries) != 1+int(m.Position.Sequence%20) {
				t.Fatalf("partition %s: message %d with %d records, want message %d", m.Partition, m.Position.Sequence, len(m.Entries), next[m.Partition])
			}
			next[m.Partition]++
		}
	}
	for part, sequence := range acknowledged {
		if next[part] <= sequence {
			t.Errorf("partition %s: %d is acknowledged, the journal ends before %d", part, sequence, next[part])
		}
		if at, ok := j.Resume("test", "defender", part); !ok || at.Sequence != next[part]-1 {
			t.Errorf("partition %s resumes at %d, the last is %d", part, at.Sequence, next[part]-1)
		}
	}
	if len(acknowledged) != appenders || len(j.Damages()) != 0 {
		t.Errorf("acknowledged %v, damaged %v", acknowledged, j.Damages())
	}
}

// playLimited appends until files may not grow further, then has the limit lifted, and goes on.
func playLimited() {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fatal(err)
	}
	low := limit
	low.Cur = 3000
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &low); err != nil {
		fatal(err)
	}
	j, err := Open(".", Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fatal(err)
	}
	// A write that fails goes on in a new segment, so a batch that no segment can hold brings it to a stand.
	large := batch(1, 1)
	large.Messages[0].Entries[0].Data = noise(10_000)
	done := make(chan error)
	go func() { done <- j.Append(context.Background(), large) }()
	for j.State().Waiting == "" {
		time.Sleep(time.Millisecond)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fatal(err)
	}
	if err := <-done; err != nil {
		fatal(err)
	}
	if err := j.Close(); err != nil {
		fatal(err)
	}
	fmt.Println("done")
}

// noise does not compress.
func noise(n int) []byte {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

func TestAWriteThatFailsHalfWayIsTriedUntilItSucceeds(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, Options{})
	appendAll(t, first, 0, 1)
	first.Close()
	cmd, lines := play(t, "limit", dir)
	ended := lines.Scan() && lines.Text() == "done"
	if err := cmd.Wait(); err != nil || !ended {
		t.Fatalf("%v, %v", ended, err)
	}
	j := open(t, dir, Options{})
	wantSequences(t, sequences(t, j, "r"), 0, 2)
	if len(j.Damages()) != 0 {
		t.Errorf("damaged %v", j.Damages())
	}
}

func TestAFullDiskStopsAcknowledgingUntilThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 128<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := Open(filepath.Join(dir, "journal"), Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const total = 20
	done := make(chan error, 1)
	go func() {
		for s := range int64(total) {
			b := batch(s, 1)
			b.Messages[0].Entries[0].Data = noise(8000)
			if err := j.Append(context.Background(), b); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(j.State().Waiting, "disk is full"); {
		if time.Now().After(deadline) {
			t.Fatalf("a full disk is not told: %q", j.State().Waiting)
		}
		time.Sleep(5 * time.Millisecond)
	}
	select {
	case err := <-done:
		t.Fatalf("everything was acknowledged though the disk is full: %v", err)
	default:
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if j.State().Waiting != "" {
		t.Errorf("it still waits: %s", j.State().Waiting)
	}
	wantSequences(t, sequences(t, j, "r"), 0, total)
}

func TestAReaderThatHadReadADamagedEndMissesNothingThatFollows(t *testing.T) {
	for name, harm := range map[string]func(b []byte) []byte{
		"flipped": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"gone":    func(b []byte) []byte { return b[:0] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, Options{})
			appendAll(t, j, 0, 5)
			wantSequences(t, sequences(t, j, "r"), 0, 5)
			r, err := j.Reader("r")
			if err != nil {
				t.Fatal(err)
			}
			r.Commit(j.End())
			j.Close()
			files, _ := filepath.Glob(filepath.Join(dir, "*.log"))
			b, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(files[0], harm(b), 0o600); err != nil {
				t.Fatal(err)
			}
			j = open(t, dir, Options{})
			appendAll(t, j, 5, 9)
			wantSequences(t, sequences(t, j, "r"), 5, 9)
			j.Close()
			j = open(t, dir, Options{})
			appendAll(t, j, 9, 11)
			wantSequences(t, sequences(t, j, "r"), 5, 11)
		})
	}
}

func TestALimitSmallerThanASegmentIsNoDeadEnd(t *testing.T) {
	j := open(t, t.TempDir(), Options{MaxBytes: 2000, Logger: slog.New(slog.DiscardHandler)})
	r, err := j.Reader("r")
	if err != nil {
		t.Fatal(err)
	}
	for s := range int64(30) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if err := j.Append(ctx, batch(s, 3)); err != nil {
			t.Fatalf("append %d: %v", s, err)
		}
		b, err := r.Next(ctx)
		if err != nil || b.Batches[0].Messages[0].Position.Sequence != s {
			t.Fatalf("read %d: %v", s, err)
		}
		if err := r.Commit(b.Cursor); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
}

func TestTheWindowOpensThoughTheEndIsLost(t *testing.T) {
	dir, windowDir := t.TempDir(), t.TempDir()
	j := open(t, dir, Options{SegmentBytes: 1})
	w := openWindow(t, j, windowDir, WindowOptions{})
	keep(t, j, w, []record.ID{{1}})
	keep(t, j, w, []record.ID{{2}})
	keep(t, j, w, []record.ID{{3}})
	j.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(files) != 3 {
		t.Fatalf("segments %v, %v", files, err)
	}
	// The last segment is torn as a whole, and the one before it has gone bad.
	for _, harm := range []struct {
		path  string
		bytes []byte
	}{{files[1], noise(200)}, {files[2], noise(50)}} {
		if err := os.WriteFile(harm.path, harm.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j = open(t, dir, Options{SegmentBytes: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	w, err = OpenWindow(ctx, j, windowDir, WindowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if fresh := keep(t, j, w, []record.ID{{1}, {2}, {3}}); len(fresh) != 2 {
		t.Errorf("%d ids are new, want the two that were lost", len(fresh))
	}
}
