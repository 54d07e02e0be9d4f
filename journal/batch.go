package journal

import (
	"time"

	"penstock/record"
)

// Position is a place in a partition of a source.
type Position struct {
	Sequence int64  // number of the message, without holes within the partition
	Offset   string // what the source itself calls the place; opaque
	Enqueued time.Time
}

// Batch is what is appended at once: all of it or nothing survives a crash.
type Batch struct {
	Intake   string
	Messages []Message
}

// Message is what became of one message of a source.
type Message struct {
	Hub, Partition string
	Position       Position
	Read           time.Time
	Records        int // how many records the message held: kept, rejected, repeated and filtered ones
	Repeated       int // of these, dropped because the same record was there already
	Filtered       int // of these, left out by configuration
	Heartbeats     int
	Entries        []Entry // what is kept, in order
}

// Entry is one record that is kept, or one piece of input that could not be decoded.
type Entry struct {
	Rejected bool
	Index    int // place in the message, from 0; -1: the whole message
	ID       record.ID
	Table    string
	Data     []byte // the record as it came, or what was rejected
	Reason   string // of a rejected entry
	Detail   string
	Matches  []string // ids of the rules that matched
}
