// Package source is the contract of everything events are read from; the packages below it fulfil it. Package
// sourcetest holds the tests of the contract, which every one of them runs.
package source

import (
	"context"
	"time"

	"penstock/journal"
)

// Message is one message as it lay in the source.
type Message struct {
	Hub, Partition string
	Position       journal.Position
	Read           time.Time
	Body           []byte // holds until the handler of its batch returns
}

// ReplayPrefix stands before the partition of messages that were put through intake a second time, out of the
// quarantine: their sequence numbers are those of old, have holes, and say nothing of where reading is.
const ReplayPrefix = "replay:"

// Batch is a run of consecutive messages of one partition; never empty.
type Batch struct {
	Messages []Message
	// Ack tells the source that the batch is durable, so that it may move its own checkpoint. To be called once the
	// journal has the batch; calling it again does no harm. An error means only that the checkpoint is behind: the
	// journal's position counts.
	Ack func(context.Context) error
}

// Handler makes a batch durable. The source calls it with the batches of a partition one after the other, in order;
// those of different partitions concurrently. After an error the batch is delivered again before anything behind it.
type Handler func(context.Context, Batch) error

// Source is where messages are read from.
type Source interface {
	// Run reads until the context ends or there is nothing more to come, and returns nil then; once it has returned, no
	// handler runs. Trouble that may pass (network, rights, throttling) does not end it but shows in Status: Run
	// returns an error only for what no waiting mends.
	Run(ctx context.Context, handle Handler) error
	// Status may be called at any time.
	Status() Status
}

// Resume tells the last position of a partition that the journal has. It wins over every checkpoint elsewhere.
type Resume func(hub, partition string) (journal.Position, bool)

// Restored tells the source of an intake that was put back from a backup what is to be taken back to it: what a storage
// container or a consumer group says of a partition may be of the Penstock that was lost, and beyond what the journal has.
type Restored interface {
	// Untouched reports whether no partition of a hub was taken back yet. As long as none was, the source reads nothing
	// while somebody else reads the hub: it may be the Penstock that was thought lost.
	Untouched(hub string) bool
	// Due reports whether a partition is to be taken back: the journal counts, whatever others say.
	Due(hub, partition string) bool
	// Done notes for good that others say now what the journal says.
	Done(hub, partition string) error
}

// State is how a source or the reading of a partition goes.
type State string

// The states.
const (
	Starting  State = "starting"
	Running   State = "running"
	Failing   State = "failing"   // trouble, retried by itself
	Stopped   State = "stopped"   // needs the operator, or ended
	Elsewhere State = "elsewhere" // another process reads the partition
	Unowned   State = "unowned"   // nobody reads the partition
	Contested State = "contested" // someone who does not share the checkpoints took the partition
)

// Status is how a source is doing.
type Status struct {
	Kind       string // "eventhub", "blob", "kafka", "http", "file"
	State      State
	Since      time.Time // when the state was entered
	Problem    *Problem  // nil when there is none
	Partitions []Partition
}

// Partition is how the reading of one partition is doing. A nil pointer or zero time means not known.
type Partition struct {
	Hub, Partition string
	State          State
	Owner          string // who reads it, in the words of the checkpoint store
	Owned          bool   // by this process
	HubFirst       *int64 // sequence number of the first message in the hub
	HubLast        *int64 // and of the last
	LastSequence   *int64 // of the last message that is durable
	LastRead       time.Time
	LastEnqueued   time.Time
	LagMessages    *int64
	LagBytes       *int64   // what is not read yet, where messages cannot be counted
	LagSeconds     *float64 // age of the oldest message that is not read yet
	RunwaySeconds  *float64 // until unread messages expire, at this rate; nil while reading keeps up
	Start          *Start
	Problem        *Problem
}

// Start says where reading began, and why.
type Start struct {
	Time              time.Time
	Checkpoint        *int64 // last sequence number that was durable before
	HubFirst, HubLast *int64
	Begins            string // "sequence 17", "earliest", "latest", a time
	Reason            string
}

// Problem is trouble in plain words: what is wrong, and what to do about it.
type Problem struct {
	Message string
	Hint    string
	Time    time.Time
	Cause   error
}

func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Message
	}
	return p.Message + " " + p.Hint
}

func (p *Problem) Unwrap() error { return p.Cause }
