package journal

import (
	"time"

	"penstock/record"
)

// Position is where a source stands in one partition: everything up to and with Sequence has been read.
type Position struct {
	Sequence int64     // sequence number of the message
	Offset   string    // its offset, as the service writes it
	Enqueued time.Time // when the hub took it
}

// Batch is what one Append makes durable: all of it, with the positions that its messages carry, or nothing.
type Batch struct {
	Intake   string
	Messages []Message
}

// Message is one message of a source and what became of its records. A message without entries still moves the position.
type Message struct {
	Hub, Partition string
	Position       Position
	Read           time.Time // when Penstock had it
	Records        int       // records that it held, whatever became of them
	Repeated       int       // of these, those that were here already
	Filtered       int       // of these, those whose category is not wanted
	Heartbeats     int       // signs of life that it held beside records
	Replay         bool      // it comes from quarantine: it says nothing about a position
	Entries        []Entry   // what is kept, in order
}

// Entry is one record, or what could not be understood as one.
type Entry struct {
	Rejected bool
	Index    int // place in the message, from 0; -1: the whole message
	ID       record.ID
	Table    string
	Data     []byte   // the record, or the rejected bytes, as they came
	Reason   string   // why it was rejected
	Detail   string   // the same for a person to read
	Matches  []string // ids of the rules that matched
}
