package eventhub

import (
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
)

// bounds is what a hub has of a partition.
type bounds struct {
	first, last int64 // sequence numbers
	empty       bool
	created     time.Time // of the hub; zero: not known
	geo         bool      // replicated over regions: only offsets are understood everywhere
}

// Offsets that Event Hubs understands as places.
const (
	offsetEarliest = "-1"
	offsetLatest   = "@latest"
)

// beginning is where reading of a partition is to begin, and why.
type beginning struct {
	offset   string // begin after it; empty: see sequence
	sequence *int64 // begin after it; nil and no offset: at the configured start
	done     int64  // messages up to this sequence number are not wanted; -1: all are
	begins   string
	reason   string
	gap      *gap
	stop     bool // do not begin: the operator is to decide
}

// gap is what was missed.
type gap struct {
	kind        source.IncidentKind
	first, last *int64
	message     string
}

// madeAfter is by how much a hub must be younger than a position for the position to be of another hub; clocks differ.
const madeAfter = time.Minute

// begin decides where to begin, given the last position that is durable (nil: none), where that was found, and what the
// hub has.
func begin(at *journal.Position, found string, b bounds, start config.Start, onGap string) beginning {
	if at == nil {
		return beginning{done: -1, begins: start.String(), reason: "there is no checkpoint; this is the configured start"}
	}
	next := at.Sequence + 1
	switch {
	case at.Sequence > b.last:
		return afterGap(onGap, b, &gap{kind: source.GapRebuilt, first: &next, message: fmt.Sprintf(
			"The hub was made anew: %s says that sequence number %d was read, yet the hub ends at %d. Whatever the old hub had beyond is lost.", found, at.Sequence, b.last)})
	case !b.created.IsZero() && !at.Enqueued.IsZero() && b.created.After(at.Enqueued.Add(madeAfter)):
		return afterGap(onGap, b, &gap{kind: source.GapRebuilt, first: &next, message: fmt.Sprintf(
			"The hub was made anew: it was created at %s, yet %s has a message that was enqueued at %s. Whatever the old hub had beyond sequence number %d is lost.",
			b.created.UTC().Format(time.RFC3339), found, at.Enqueued.UTC().Format(time.RFC3339), at.Sequence)})
	case b.empty && b.last > at.Sequence || !b.empty && b.first > next:
		end := b.first - 1
		if b.empty {
			end = b.last
		}
		return afterGap(onGap, b, &gap{kind: source.GapExpired, first: &next, last: &end, message: fmt.Sprintf(
			"Sequence numbers %d to %d (%d messages) expired before they were read. Lengthen the retention of the hub, or find out why reading stood still.", next, end, end-next+1)})
	}
	from := beginning{done: at.Sequence, begins: fmt.Sprintf("sequence %d", next), reason: "it follows the last message in " + found}
	if b.geo && at.Offset != "" {
		from.offset = at.Offset
	} else {
		from.sequence = &at.Sequence
	}
	return from
}

// afterGap is where the operator wants reading to go on.
func afterGap(onGap string, b bounds, g *gap) beginning {
	from := beginning{done: -1, gap: g, reason: g.message}
	switch onGap {
	case "stop":
		from.stop, from.begins = true, "nowhere"
		g.message += " Reading of the partition has stopped, as on_gap says: set it to earliest or latest and start again."
	case "latest":
		from.offset, from.begins = offsetLatest, "latest"
		if g.kind == source.GapExpired {
			end := b.last
			g.last = &end
		}
		g.message += " Reading goes on with what comes from now on."
	default:
		from.offset, from.begins = offsetEarliest, "earliest"
		g.message += " Reading goes on with the first message that the hub has."
	}
	return from
}

// startPosition is the configured start for the SDK.
func startPosition(s config.Start) azeventhubs.StartPosition {
	yes := true
	switch {
	case s.Latest:
		return azeventhubs.StartPosition{Latest: &yes}
	case !s.Time.IsZero():
		return azeventhubs.StartPosition{EnqueuedTime: &s.Time, Inclusive: true}
	default:
		return azeventhubs.StartPosition{Earliest: &yes}
	}
}
