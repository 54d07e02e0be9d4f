package intake

import (
	"context"
	"time"

	"penstock/journal"
	"penstock/record"
)

// portion is what was decoded and is to become durable together.
type portion struct {
	messages []journal.Message
	bytes    int
	done     chan error // gets one value
}

// maxAppend is about how much is appended to the journal at once, in bytes.
const maxAppend = 8 << 20

// commitAll appends what is pending, as much at once as there is: one after the other, so that of two copies of a record
// that two partitions deliver at the same moment only the first is kept. It ends when the context does, or once all is
// read.
func (r *River) commitAll(ctx context.Context, read <-chan struct{}) {
	seen := make(map[record.ID]struct{})
	for {
		select {
		case p := <-r.pending:
			portions, size := []*portion{p}, p.bytes
			for more := true; more && size < maxAppend; {
				select {
				case p := <-r.pending:
					portions, size = append(portions, p), size+p.bytes
				default:
					more = false
				}
			}
			err := r.commitPortions(ctx, portions, seen)
			clear(seen)
			for _, p := range portions {
				p.done <- err
			}
		case <-read:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (r *River) commitPortions(ctx context.Context, portions []*portion, seen map[record.ID]struct{}) error {
	batch := journal.Batch{Intake: r.options.Name}
	for _, p := range portions {
		for i := range p.messages {
			r.dropRepeats(&p.messages[i], seen)
		}
		batch.Messages = append(batch.Messages, p.messages...)
	}
	begun := time.Now()
	r.tally.appending(begun)
	err := r.options.Journal.Append(ctx, batch)
	r.tally.appending(time.Time{})
	if err != nil {
		return err
	}
	r.metrics.append.Observe(time.Since(begun).Seconds())
	r.account(portions)
	return nil
}

// dropRepeats takes out of a message the records that were there already.
func (r *River) dropRepeats(m *journal.Message, seen map[record.ID]struct{}) {
	kept := m.Entries[:0]
	for _, e := range m.Entries {
		if !e.Rejected {
			_, repeated := seen[e.ID]
			if repeated || r.options.Window != nil && r.options.Window.Seen(e.ID, m.Read) {
				m.Repeated++
				continue
			}
			seen[e.ID] = struct{}{}
		}
		kept = append(kept, e)
	}
	m.Entries = kept
}

// account counts what has become durable, and remembers it in order to know it again.
func (r *River) account(portions []*portion) {
	now := time.Now()
	arrived := false
	for _, p := range portions {
		r.metrics.bytes.Add(float64(p.bytes))
		r.metrics.messages.Add(float64(len(p.messages)))
		for i := range p.messages {
			m := &p.messages[i]
			arrived = arrived || m.Records > 0
			for _, e := range m.Entries {
				if e.Rejected {
					r.metrics.rejected.WithLabelValues(e.Reason).Inc()
				} else if r.options.Window != nil {
					r.options.Window.Add(e.ID, m.Read)
				}
			}
			r.metrics.count(r.tally.message(m, now))
		}
	}
	if arrived {
		r.heard(now)
	}
}
