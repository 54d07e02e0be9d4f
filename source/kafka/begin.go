package kafka

import (
	"fmt"
	"time"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
)

// bounds is what a topic has of a partition.
type bounds struct {
	first, end int64  // offset of the first message that is there, and that of the next to be written
	topic      string // id of the topic; empty: the broker tells none
	at         int64  // where a start at a time begins; -1: not asked
}

// beginning is where reading of a partition is to begin, and why.
type beginning struct {
	next       int64 // offset of the message that is wanted
	begins     string
	reason     string
	checkpoint *int64 // last offset that was read before
	gap        *gap
	stop       bool // do not begin: the operator is to decide
}

// gap is what was missed.
type gap struct {
	kind        source.IncidentKind
	first, last *int64
	message     string
}

// begin decides where to begin, given what the journal has (nil: nothing), the next offset that the group has committed (-1:
// none), and what the topic has.
func begin(own *journal.Position, committed int64, b bounds, start config.Start, onGap string) beginning {
	next, found := int64(-1), "the journal"
	if own != nil {
		next = own.Sequence + 1
		if own.Offset != "" && b.topic != "" && own.Offset != b.topic {
			return afterGap(onGap, b, own.Sequence, &gap{kind: source.GapRebuilt, first: &next, message: fmt.Sprintf(
				"The topic was made anew: it is another one than that of which the journal has offset %d. Whatever the old topic had beyond is lost.", own.Sequence)})
		}
	}
	// Another member of the group may have read on since. Beyond the end it says nothing of this topic: it is of one before.
	if committed > next && (committed <= b.end || own == nil) {
		next, found = committed, "what the group has committed"
	}
	if next < 0 {
		return atStart(b, start)
	}
	done := next - 1
	switch {
	case next > b.end:
		return afterGap(onGap, b, done, &gap{kind: source.GapRebuilt, first: &next, message: fmt.Sprintf(
			"The topic was made anew: %s says that offset %d was read, yet the topic ends at %d. Whatever the old topic had beyond is lost.", found, done, b.end-1)})
	case next < b.first:
		last := b.first - 1
		return afterGap(onGap, b, done, &gap{kind: source.GapExpired, first: &next, last: &last, message: fmt.Sprintf(
			"Offsets %d to %d (%d messages) expired before they were read. Lengthen the retention of the topic, or find out why reading stood still.", next, last, last-next+1)})
	}
	return beginning{next: next, begins: fmt.Sprintf("offset %d", next), reason: "it follows the last message in " + found, checkpoint: &done}
}

func atStart(b bounds, start config.Start) beginning {
	from := beginning{next: b.first, begins: start.String(), reason: "there is no position; this is the configured start"}
	switch {
	case start.Latest:
		from.next = b.end
	case !start.Time.IsZero():
		from.next, from.begins = b.at, start.Time.UTC().Format(time.RFC3339)
		if b.at < b.first {
			from.next = b.end // nothing is that new yet
		}
	}
	return from
}

// afterGap is where the operator wants reading to go on.
func afterGap(onGap string, b bounds, done int64, g *gap) beginning {
	from := beginning{next: b.first, begins: "earliest", checkpoint: &done, gap: g}
	switch onGap {
	case "stop":
		from.stop, from.begins = true, "nowhere"
		g.message += " Reading of the partition has stopped, as on_gap says: set it to earliest or latest and start again."
	case "latest":
		from.next, from.begins = b.end, "latest"
		if g.kind == source.GapExpired {
			last := b.end - 1
			g.last = &last
		}
		g.message += " Reading goes on with what comes from now on."
	default:
		g.message += " Reading goes on with the first message that the topic has."
	}
	from.reason = g.message
	return from
}
