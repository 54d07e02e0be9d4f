package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Sink takes messages. Write may keep messages back until Flush, but not their Body: it is used again after Write. An error
// is final; a sink that can recover does so by itself until ctx ends.
type Sink interface {
	Write(ctx context.Context, m Message) error
	Flush(ctx context.Context) error
	Close(ctx context.Context) error
}

// Clock is the time that Run goes by.
type Clock interface {
	Now() time.Time
	// Wait returns at the given time, or with ctx's error.
	Wait(ctx context.Context, until time.Time) error
}

// Options of a Run. Zero values are replaced by what is said at each field.
type Options struct {
	Records        int64         // stop after so many; no end
	Until          time.Time     // stop before the first record published after it; no end
	HistoryOnly    bool          // stop at the present instead of going on as time goes by
	Unpaced        bool          // write all as fast as the sink takes it, also what lies in the future
	MessageBytes   int           // largest body of a message; 200 KiB
	MessageRecords int           // most records in a message; 100
	Partitions     int           // over how many the messages are spread; 1
	Tick           time.Duration // how often live records are written; 200 ms
	Clock          Clock         // the system's
	// Saved is called with the state after everything up to it was taken by the sink; at most once a second of Clock.
	Saved func(State) error
}

// State is where a run stopped. A tenant that starts at State.Start continues: its history is not written again.
type State struct {
	Last    time.Time `json:"last"`
	Records int64     `json:"records"` // of the run
}

// Start is the Config.Start of a run that goes on after s, with at most the given history before now: for the zero State,
// all of it.
func (s State) Start(now time.Time, backfill time.Duration) time.Time {
	begin := now.Add(-backfill)
	if s.Last.After(begin) {
		return s.Last.Add(time.Microsecond)
	}
	return begin
}

// LoadState reads a state file; the zero State if there is none.
func LoadState(path string) (State, error) {
	var s State
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read state of the simulation %s (remove it to begin anew): %w", path, err)
	}
	return s, nil
}

// Save writes a state file so that there is always a whole one.
func (s State) Save(path string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save state of the simulation: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save state of the simulation: %w", err)
	}
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return fmt.Errorf("save state of the simulation: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("save state of the simulation: %w", err)
	}
	return nil
}

// Run writes the tenant's records to a sink: what lies in the past as fast as the sink takes it, the rest when its time
// comes. It returns where it stopped, with ctx's error if that ended it. It does not close the sink.
func (t *Tenant) Run(ctx context.Context, sink Sink, o Options) (State, error) {
	r := newRunner(t, sink, o)
	err := r.run(ctx)
	return r.state, err
}

type runner struct {
	Options
	tenant *Tenant
	sink   Sink
	pack   messages
	drawn  int64 // records that were taken from the tenant
	state  State // as of the last flush
	sent   State // as of the last write
	saved  time.Time
	now    time.Time
}

func newRunner(t *Tenant, sink Sink, o Options) *runner {
	if o.MessageBytes <= 0 {
		o.MessageBytes = defaultMessageBytes
	}
	if o.MessageRecords <= 0 {
		o.MessageRecords = defaultMessageRecords
	}
	if o.Partitions <= 0 {
		o.Partitions = 1
	}
	if o.Tick <= 0 {
		o.Tick = 200 * time.Millisecond
	}
	if o.Clock == nil {
		o.Clock = wallClock{}
	}
	return &runner{Options: o, tenant: t, sink: sink, pack: messages{maxBytes: o.MessageBytes, maxRecords: o.MessageRecords, partitions: o.Partitions}}
}

func (r *runner) run(ctx context.Context) error {
	for {
		r.now = r.Clock.Now()
		more, err := r.due(ctx)
		if err != nil {
			return err
		}
		if err := r.flush(ctx, !more); err != nil || !more {
			return err
		}
		if next := r.tenant.Next(); next.After(r.now) && !r.Unpaced {
			wake := r.now.Add(r.Tick)
			if next.After(wake) {
				wake = next
			}
			if err := r.Clock.Wait(ctx, wake); err != nil {
				return err
			}
		}
	}
}

// chunk is how many records are written at most before a flush.
const chunk = 5000

// due writes the records whose time has come; more is false at the end of the run.
func (r *runner) due(ctx context.Context) (more bool, err error) {
	for range chunk {
		next := r.tenant.Next()
		if r.Records > 0 && r.drawn >= r.Records || !r.Until.IsZero() && next.After(r.Until) {
			return false, nil
		}
		if next.After(r.now) && (r.HistoryOnly || !r.Unpaced) {
			return !r.HistoryOnly, nil
		}
		r.drawn++
		if full, ok := r.pack.add(r.tenant); ok {
			if err := r.write(ctx, full); err != nil {
				return false, err
			}
		}
	}
	return true, ctx.Err()
}

func (r *runner) write(ctx context.Context, m Message) error {
	if err := r.sink.Write(ctx, m); err != nil {
		return fmt.Errorf("write simulated records: %w", err)
	}
	r.pack.release(m.Body)
	r.sent.Last, r.sent.Records = m.Last, r.sent.Records+int64(m.Records)
	return nil
}

func (r *runner) flush(ctx context.Context, end bool) error {
	if r.pack.open.Records > 0 {
		if err := r.write(ctx, r.pack.rest()); err != nil {
			return err
		}
	}
	if err := r.sink.Flush(ctx); err != nil {
		return fmt.Errorf("write simulated records: %w", err)
	}
	r.state = r.sent
	if r.Saved == nil || r.state.Records == 0 || !end && r.now.Sub(r.saved) < time.Second {
		return nil
	}
	r.saved = r.now
	return r.Saved(r.state)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
