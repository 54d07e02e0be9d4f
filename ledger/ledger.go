// Package ledger keeps account of what was read: every interval of sequence numbers, what became of the records, what
// is missing and why, where reading began, and how long events are on their way. It answers "was anything lost?".
//
// The account is derived from the journal alone, apart from reading, so that it shows what truly became durable.
package ledger

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/state"
)

// Options of a Ledger. Nil values mean: the default logger, no metrics.
type Options struct {
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Ledger is the account. Its methods may be called at the same time; Apply by state.DB.Follow alone.
type Ledger struct {
	db     *state.DB
	log    *slog.Logger
	clocks *clocks
}

// New makes the ledger that lies in db.
func New(db *state.DB, o Options) *Ledger {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	l := &Ledger{db: db, log: o.Logger, clocks: newClocks(o.Registerer)}
	if o.Registerer != nil {
		o.Registerer.MustRegister(openIncidents{l})
	}
	return l
}

// Counts is what became of records: Records is the sum of Kept, Repeated, Quarantined and Filtered.
type Counts struct {
	Messages, Records, Kept, Repeated, Quarantined, Filtered, Heartbeats int64
}

// Balanced reports whether every record that was read is accounted for.
func (c *Counts) Balanced() bool {
	return c.Records == c.Kept+c.Repeated+c.Quarantined+c.Filtered
}

func (c *Counts) add(o *Counts) {
	c.Messages += o.Messages
	c.Records += o.Records
	c.Kept += o.Kept
	c.Repeated += o.Repeated
	c.Quarantined += o.Quarantined
	c.Filtered += o.Filtered
	c.Heartbeats += o.Heartbeats
}

// milliseconds since 1970, as the database has times; 0 for a time that is not known.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
