// Package sourcetest holds the tests of the contract of package source.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"penstock/journal"
	"penstock/source"
)

// patience is how long something may take before the test is given up; no measure of what is good.
const patience = time.Minute

// Stage is what a kind of source needs to be tested.
type Stage struct {
	// Fill makes the bodies available to be read, in this order within a partition; it may spread them.
	Fill func(t *testing.T, bodies []string)
	// Open makes a source that reads them.
	Open func(t *testing.T, resume source.Resume) source.Source
}

// Run tests one kind of source; prepare makes a fresh Stage for each test.
func Run(t *testing.T, prepare func(t *testing.T) Stage) {
	for name, test := range map[string]func(*testing.T, Stage){
		"delivers every message once and in order":               deliversAll,
		"goes on after the last message that is durable":         resumes,
		"delivers again what the handler could not store":        redelivers,
		"ends when its context ends and runs no handler after":   ends,
		"delivers a batch of one partition that can be acked":    batches,
		"does not move its position without the handler's leave": holds,
	} {
		t.Run(name, func(t *testing.T) { test(t, prepare(t)) })
	}
}

// store stands for the journal: it keeps what was handled, and the positions.
type store struct {
	mu        sync.Mutex
	messages  map[string][]source.Message // by hub and partition
	bodies    []string
	positions map[string]journal.Position
}

func newStore() *store {
	return &store{messages: make(map[string][]source.Message), positions: make(map[string]journal.Position)}
}

func key(hub, partition string) string { return hub + "\x00" + partition }

func (s *store) resume(hub, partition string) (journal.Position, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.positions[key(hub, partition)]
	return p, ok
}

func (s *store) keep(b source.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range b.Messages {
		k := key(m.Hub, m.Partition)
		s.bodies = append(s.bodies, string(m.Body))
		m.Body = nil
		s.messages[k] = append(s.messages[k], m)
		s.positions[k] = m.Position
	}
}

func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

// check compares what was kept with what was put in.
func (s *store) check(t *testing.T, want []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, messages := range s.messages {
		for i := 1; i < len(messages); i++ {
			if a, b := messages[i-1].Position.Sequence, messages[i].Position.Sequence; b != a+1 {
				t.Errorf("partition %q: sequence %d comes after %d", k, b, a)
			}
		}
	}
	got, want := slices.Sorted(slices.Values(s.bodies)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("kept %d messages, want %d, each once", len(got), len(want))
	}
}

func bodies(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"records":[{"category":"AdvancedHunting-DeviceInfo","properties":{"n":%05d}}]}`, i))
	}
	return list
}

// readUntil runs a source until enough was kept, and waits for it to end.
func readUntil(t *testing.T, src source.Source, s *store, enough int, handle source.Handler) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := src.Run(ctx, func(ctx context.Context, b source.Batch) error {
		err := handle(ctx, b)
		if s.count() >= enough {
			cancel()
		}
		return err
	})
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	if n := s.count(); n < enough {
		t.Fatalf("kept %d of %d messages", n, enough)
	}
}

func (s *store) handle(ctx context.Context, b source.Batch) error {
	s.keep(b)
	return b.Ack(ctx)
}

func deliversAll(t *testing.T, stage Stage) {
	want, s := bodies(500), newStore()
	stage.Fill(t, want)
	src := stage.Open(t, s.resume)
	readUntil(t, src, s, len(want), s.handle)
	s.check(t, want)
	for _, p := range src.Status().Partitions {
		if last, ok := s.resume(p.Hub, p.Partition); ok && (p.LastSequence == nil || *p.LastSequence != last.Sequence) {
			t.Errorf("status of partition %s says last sequence %v, want %d", p.Partition, p.LastSequence, last.Sequence)
		}
	}
}

func resumes(t *testing.T, stage Stage) {
	want, s := bodies(400), newStore()
	stage.Fill(t, want[:300])
	readUntil(t, stage.Open(t, s.resume), s, 300, s.handle)
	stage.Fill(t, want[300:])
	readUntil(t, stage.Open(t, s.resume), s, len(want), s.handle)
	s.check(t, want)
}

func redelivers(t *testing.T, stage Stage) {
	want, s := bodies(200), newStore()
	stage.Fill(t, want)
	var mu sync.Mutex
	failures := 0
	readUntil(t, stage.Open(t, s.resume), s, len(want), func(ctx context.Context, b source.Batch) error {
		mu.Lock()
		fail := failures < 2
		failures++
		mu.Unlock()
		if fail {
			return errors.New("no room")
		}
		return s.handle(ctx, b)
	})
	s.check(t, want)
}

func holds(t *testing.T, stage Stage) {
	want, s := bodies(100), newStore()
	stage.Fill(t, want)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := stage.Open(t, s.resume).Run(ctx, func(context.Context, source.Batch) error {
		cancel()
		return errors.New("no room")
	})
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	readUntil(t, stage.Open(t, s.resume), s, len(want), s.handle)
	s.check(t, want)
}

func ends(t *testing.T, stage Stage) {
	stage.Fill(t, bodies(50))
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	running := 0
	done := make(chan error, 1)
	started := make(chan struct{}, 1)
	go func() {
		done <- stage.Open(t, newStore().resume).Run(ctx, func(ctx context.Context, _ source.Batch) error {
			mu.Lock()
			running++
			mu.Unlock()
			select {
			case started <- struct{}{}:
			default:
			}
			<-ctx.Done()
			mu.Lock()
			running--
			mu.Unlock()
			return ctx.Err()
		})
	}()
	select {
	case <-started:
	case <-time.After(patience):
		t.Fatal("nothing was delivered")
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Run does not end")
	}
	mu.Lock()
	defer mu.Unlock()
	if running != 0 {
		t.Errorf("%d handlers run after Run has returned", running)
	}
}

func batches(t *testing.T, stage Stage) {
	want, s := bodies(100), newStore()
	stage.Fill(t, want)
	readUntil(t, stage.Open(t, s.resume), s, len(want), func(ctx context.Context, b source.Batch) error {
		if len(b.Messages) == 0 {
			t.Error("a batch is empty")
			return nil
		}
		for _, m := range b.Messages {
			if m.Hub != b.Messages[0].Hub || m.Partition != b.Messages[0].Partition {
				t.Error("a batch is of several partitions")
			}
			if m.Read.IsZero() || m.Position.Enqueued.IsZero() {
				t.Error("a message lacks its times")
			}
		}
		if err := s.handle(ctx, b); err != nil {
			t.Errorf("Ack: %v", err)
		}
		return b.Ack(ctx)
	})
	s.check(t, want)
}
