// Package blob reads what Defender XDR exports to a storage account: a container for each table, in it a blob for each
// hour, to which records are appended, one a line.
//
// The hub of a message is its container. Its partition is a day of a tenant: the beginning of the blob names with the
// date behind it. The sequence number counts the lines of that day that were read, from 0. The offset of the last message
// of a batch says for every blob of the day up to where it was read, so that the journal, which keeps the last offset of a
// partition together with the events, knows it for all of them.
package blob

import (
	"log/slog"
	"time"

	"penstock/config"
	"penstock/source"
)

// Kind of this source.
const Kind = "blob"

// Options of a Source. Intake and Config are needed.
type Options struct {
	Intake    string
	Config    config.Blob      // as Load has checked it
	Resume    source.Resume    // may be nil
	Incidents source.Incidents // may be nil
	Log       *slog.Logger     // slog.Default()

	// Chunk is how much of a blob is asked for at once, and about how much a batch holds; 4 MiB.
	Chunk int64
	// MaxLine bounds a line, in bytes; 16 MiB. What is longer is delivered in pieces, for the quarantine to keep.
	MaxLine int64
	// Turn is how much of a day is read before others have their turn, in bytes; 64 MiB.
	Turn int64
	// Settled is how long an hour must be over for its last line to count without an end, if it is whole; 15 min.
	Settled time.Duration
}

func (o *Options) setDefaults() {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Config.Poll == 0 {
		o.Config.Poll = config.Duration(30 * time.Second)
	}
	if o.Config.Sweep == 0 {
		o.Config.Sweep = config.Duration(10 * time.Minute)
	}
	if o.Config.Parallel == 0 {
		o.Config.Parallel = 4
	}
	if o.Chunk == 0 {
		o.Chunk = 4 << 20
	}
	if o.MaxLine == 0 {
		o.MaxLine = 16 << 20
	}
	if o.Turn == 0 {
		o.Turn = 64 << 20
	}
	if o.Settled == 0 {
		o.Settled = 15 * time.Minute
	}
}
