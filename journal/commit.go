package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// commitLoop writes what is appended: all that waits goes into one write and one fsync.
func (j *Journal) commitLoop(ctx context.Context) {
	defer close(j.done)
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-j.requests:
			j.commitGroup(ctx, j.gather(r))
		}
	}
}

// gather takes what else waits, as far as one group may hold it.
func (j *Journal) gather(first *request) []*request {
	group, total := []*request{first}, len(first.block)
	for total < groupBytes {
		select {
		case r := <-j.requests:
			group = append(group, r)
			total += len(r.block)
		default:
			return group
		}
	}
	return group
}

// commitGroup makes the group durable, however long that takes: while there is no room it waits and says so.
func (j *Journal) commitGroup(ctx context.Context, group []*request) {
	for {
		group = claim(group)
		if len(group) == 0 {
			return
		}
		reason := j.noRoom(group)
		if reason == "" {
			err := j.write(group)
			if err == nil {
				j.resumed()
				finish(group, nil)
				return
			}
			reason = writeProblem(err)
		}
		for _, r := range group {
			r.state.Store(pending)
		}
		if !j.wait(ctx, reason) {
			for _, r := range claim(group) {
				r.err = ErrClosed
				close(r.done)
			}
			return
		}
	}
}

// claim keeps those of the group that nobody has given up.
func claim(group []*request) []*request {
	kept := group[:0:0]
	for _, r := range group {
		if r.state.CompareAndSwap(pending, writing) {
			kept = append(kept, r)
		}
	}
	return kept
}

func finish(group []*request, err error) {
	for _, r := range group {
		r.err = err
		close(r.done)
	}
}

func (j *Journal) noRoom(group []*request) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.deletePassed()
	total := j.size()
	if total == 0 {
		return ""
	}
	for _, r := range group {
		total += int64(len(r.block))
	}
	if total <= j.options.MaxBytes || j.startOver() {
		return ""
	}
	return fmt.Sprintf("the journal has reached its limit of %d MiB because %s; it goes on by itself once that has caught up",
		j.options.MaxBytes>>20, j.slowest())
}

// startOver deletes also the segment that is written to, when every reader has read it; it is false when one has not.
// The caller holds mu.
func (j *Journal) startOver() bool {
	for _, c := range j.cursors {
		if uint64(c) < j.end {
			return false
		}
	}
	if len(j.cursors) == 0 || j.savePositions() != nil {
		return false
	}
	j.deletePassed()
	for _, s := range j.segments {
		s.file.Close()
		if err := os.Remove(s.path); err != nil {
			j.log.Warn("a segment of the journal cannot be deleted", "segment", s.name(), "error", err)
		}
	}
	j.segments = nil
	j.announce()
	return true
}

func writeProblem(err error) string {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return "the disk is full: free some space, and it goes on by itself"
	}
	return "the journal cannot be written (" + err.Error() + "); it is tried again"
}

// wait waits for room or for a while, and tells about it. It is false when the journal is to close.
func (j *Journal) wait(ctx context.Context, reason string) bool {
	j.mu.Lock()
	now := time.Now()
	if j.state.Waiting == "" {
		j.state.Since = now
		j.log.Error("nothing is acknowledged any more: " + reason)
		j.metrics.reminded = now
	} else if now.Sub(j.metrics.reminded) >= remindInterval {
		j.log.Error("still nothing is acknowledged: "+reason, "for", now.Sub(j.state.Since).Round(time.Second))
		j.metrics.reminded = now
	}
	j.state.Waiting = reason
	changed := j.changed
	j.mu.Unlock()
	timer := time.NewTimer(retryInterval)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// resumed tells that appending goes on, when it had stood still.
func (j *Journal) resumed() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.Waiting != "" {
		j.log.Info("the journal has room again", "waited", time.Since(j.state.Since).Round(time.Millisecond))
		j.state.Waiting, j.state.Since = "", time.Time{}
	}
}

// write appends the group to the last segment and syncs it. After an error the segment is as it was.
func (j *Journal) write(group []*request) error {
	j.mu.Lock()
	s, number, err := j.active()
	j.mu.Unlock()
	if err != nil {
		return err
	}
	end := s.size
	for i, r := range group {
		seal(r.block, number+uint64(i))
		if _, err = s.file.WriteAt(r.block, end); err != nil {
			break
		}
		end += int64(len(r.block))
	}
	if err == nil {
		started := time.Now()
		err = s.file.Sync()
		j.metrics.synced.Observe(time.Since(started).Seconds())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write to %s: %w", s.name(), err), j.abandon(s))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s.size = end
	j.next = number + uint64(len(group))
	j.end = j.next
	for _, r := range group {
		j.advance(r.batch)
	}
	j.announce()
	return nil
}

// abandon cuts off what a failed write left. What the kernel has of the file after a failed fsync is uncertain, so the
// next write goes to a new segment.
func (j *Journal) abandon(s *segment) error {
	j.mu.Lock()
	s.sealed = true
	j.mu.Unlock()
	if err := s.file.Truncate(s.size); err != nil {
		return fmt.Errorf("cut off a failed write of %s: %w", s.name(), err)
	}
	return nil
}

// advance moves the positions to the batch's messages. The caller holds mu.
func (j *Journal) advance(b *Batch) {
	for i := range b.Messages {
		if m := &b.Messages[i]; !m.Replay {
			j.positions[partition{b.Intake, m.Hub, m.Partition}] = m.Position
		}
	}
}
