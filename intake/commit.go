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
	misfits  [][]misfit // by message
	bytes    int
	done     chan error // gets one value
}

// maxAppend is about how much is appended to the journal at once, in bytes.
const maxAppend = 8 << 20

// commitAll appends what is pending, as much at once as there is. It ends when the context does, or once all is read.
func (r *River) commitAll(ctx context.Context, read <-chan struct{}) {
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
			err := r.commitPortions(ctx, portions)
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

func (r *River) commitPortions(ctx context.Context, portions []*portion) error {
	batch := journal.Batch{Intake: r.options.Name}
	for _, p := range portions {
		batch.Messages = append(batch.Messages, p.messages...)
	}
	begun := time.Now()
	r.tally.appending(begun)
	defer r.tally.appending(time.Time{})
	claim, err := r.options.Window.Begin(ctx, recordIDs(batch.Messages))
	if err != nil {
		return err
	}
	dropRepeats(batch.Messages, claim)
	if err := r.options.Journal.Append(ctx, batch); err != nil {
		claim.Abort()
		return err
	}
	if err := claim.Commit(); err != nil {
		// What was appended is durable, and its repeats are told as long as the process runs.
		r.log.Error("the window of recent records could not be written", "error", err)
	}
	r.metrics.append.Observe(time.Since(begun).Seconds())
	r.account(batch.Messages, portions)
	return nil
}

func recordIDs(messages []journal.Message) []record.ID {
	var ids []record.ID
	for i := range messages {
		for j := range messages[i].Entries {
			if e := &messages[i].Entries[j]; !e.Rejected {
				ids = append(ids, e.ID)
			}
		}
	}
	return ids
}

// dropRepeats takes out of messages the records that were there already.
func dropRepeats(messages []journal.Message, claim *journal.Claim) {
	id := 0
	for i := range messages {
		m := &messages[i]
		kept := m.Entries[:0]
		for _, e := range m.Entries {
			if !e.Rejected {
				id++
				if claim.Seen(id - 1) {
					m.Repeated++
					continue
				}
			}
			kept = append(kept, e)
		}
		m.Entries = kept
	}
}

// account counts what has become durable. The messages replace those of the portions, which do not know the repeats.
func (r *River) account(messages []journal.Message, portions []*portion) {
	now := time.Now()
	arrived := false
	for _, p := range portions {
		copy(p.messages, messages)
		messages = messages[len(p.messages):]
		r.metrics.bytes.Add(float64(p.bytes))
		r.metrics.messages.Add(float64(len(p.messages)))
		for i := range p.messages {
			m := &p.messages[i]
			arrived = arrived || m.Records > 0
			for _, e := range m.Entries {
				if e.Rejected {
					r.metrics.rejected.WithLabelValues(e.Reason).Inc()
				}
			}
			r.metrics.count(r.tally.message(m, now))
			for _, u := range p.misfits[i] {
				u = r.tally.countMisfit(u)
				r.metrics.misfits.WithLabelValues(u.table, u.field).Inc()
			}
		}
	}
	if arrived {
		r.heard(now)
	}
}
