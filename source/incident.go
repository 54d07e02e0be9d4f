package source

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// IncidentKind says what sort of thing happened.
type IncidentKind string

// The incidents that reading can bring.
const (
	GapExpired    IncidentKind = "gap_expired"    // the wanted messages had expired: below the hub's first
	GapRebuilt    IncidentKind = "gap_rebuilt"    // the hub was made anew: its last is below the wanted, or it is younger than the position
	GapHole       IncidentKind = "gap_hole"       // the hub delivered on from a later sequence number, twice
	Silence       IncidentKind = "silence"        // nothing arrived for the configured time
	ForeignReader IncidentKind = "foreign_reader" // someone else reads the consumer group
	NotRead       IncidentKind = "not_read"       // nobody reads the partition
)

// Incident is something about the delivery that an operator should know. It is the same incident as one before when
// kind, intake, hub, partition and first sequence number are the same.
type Incident struct {
	Kind                   IncidentKind
	Intake, Hub, Partition string // Hub and Partition are empty when the whole intake is concerned
	First, Last            *int64 // sequence numbers that were never read, both included; nil: not known
	Time                   time.Time
	Message                string // what happened, and what to do about it
}

// Incidents keeps what happened. Open does nothing when the incident is open already; Close ends all open ones of a
// kind, and does nothing when there is none. Gaps are never closed by the source: what is lost stays lost.
type Incidents interface {
	Open(ctx context.Context, i Incident) error
	Close(ctx context.Context, kind IncidentKind, intake, hub, partition string) error
}

// Report puts something on record as of now, and into the log; without somewhere to keep it (nil), into the log alone.
func (i Incident) Report(ctx context.Context, to Incidents, log *slog.Logger) error {
	i.Time = time.Now()
	log.Warn(i.Message, "incident", i.Kind, "hub", i.Hub, "partition", i.Partition)
	if to == nil {
		return nil
	}
	if err := to.Open(ctx, i); err != nil {
		return fmt.Errorf("record incident %s of %s/%s: %w", i.Kind, i.Hub, i.Partition, err)
	}
	return nil
}
