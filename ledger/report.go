package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"penstock/source"
)

// Report answers whether anything was lost of what was read from From to To, full hours both.
type Report struct {
	From, To time.Time
	Complete bool // no gap, and the sums agree
	Balanced bool // every record that was read is accounted for, in every partition
	Counts
	Partitions []Partition
}

// Partition is the account of one partition.
type Partition struct {
	Intake, Hub, Partition string
	Intervals              []Interval // that were read, in order; none for what came out of the quarantine
	Gaps                   []Gap
	Starts                 []Start
	Counts
}

// Interval is a range of sequence numbers, both ends included.
type Interval struct {
	First, Last int64
	Generation  int64 // counts how often the hub was made anew
}

// Gap is a range of sequence numbers that was never read.
type Gap struct {
	First    int64
	Last     *int64 // nil: what the old hub had beyond First is not known
	Cause    string // "expired", "rebuilt", "hole": the hub has none of them; "unexplained"
	Detail   string
	Detected time.Time
}

var causes = map[source.IncidentKind]string{
	source.GapExpired: "expired", source.GapRebuilt: "rebuilt", source.GapHole: "hole", GapUnexplained: "unexplained",
}

// Report makes the report of what was read from the hour of from up to the end of the hour that to is in.
func (l *Ledger) Report(ctx context.Context, from, to time.Time) (*Report, error) {
	from = from.UTC().Truncate(time.Hour)
	if end := to.UTC().Truncate(time.Hour); end.Before(to) {
		to = end.Add(time.Hour)
	}
	r := &Report{From: from, To: to.UTC(), Balanced: true}
	places := map[place]int{}
	if err := l.reportSpans(ctx, r, places); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	complete, err := l.reportGaps(ctx, r, places)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := l.reportStarts(ctx, r, places); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	for i := range r.Partitions {
		r.add(&r.Partitions[i].Counts)
		r.Balanced = r.Balanced && r.Partitions[i].Balanced()
	}
	r.Complete = complete && r.Balanced
	return r, nil
}

// Within leaves of the report what came by the intakes that are seen.
func (r *Report) Within(sees func(intake string) bool) {
	r.Partitions = slices.DeleteFunc(r.Partitions, func(p Partition) bool { return !sees(p.Intake) })
	r.Counts, r.Balanced, r.Complete = Counts{}, true, true
	for i := range r.Partitions {
		p := &r.Partitions[i]
		r.add(&p.Counts)
		r.Balanced = r.Balanced && p.Balanced()
		r.Complete = r.Complete && len(p.Gaps) == 0
	}
	r.Complete = r.Complete && r.Balanced
}

// at gives the account of a place, a new one when there is none yet.
func (r *Report) at(p place, places map[place]int) *Partition {
	i, ok := places[p]
	if !ok {
		i = len(r.Partitions)
		places[p] = i
		r.Partitions = append(r.Partitions, Partition{Intake: p.intake, Hub: p.hub, Partition: p.partition})
	}
	return &r.Partitions[i]
}

func (l *Ledger) reportSpans(ctx context.Context, r *Report, places map[place]int) error {
	rows, err := l.db.Reader.QueryContext(ctx, `
		SELECT intake, hub, partition, generation, replay, first, last, messages, records, kept, repeated, quarantined, filtered, heartbeats
		FROM ledger_span WHERE hour >= ? AND hour < ? ORDER BY intake, hub, partition, generation, first, last`, r.From.UnixMilli(), r.To.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p place
		var i Interval
		var replay bool
		var c Counts
		if err := rows.Scan(&p.intake, &p.hub, &p.partition, &i.Generation, &replay, &i.First, &i.Last,
			&c.Messages, &c.Records, &c.Kept, &c.Repeated, &c.Quarantined, &c.Filtered, &c.Heartbeats); err != nil {
			return err
		}
		part := r.at(p, places)
		part.add(&c)
		if !replay {
			part.Intervals = merge(part.Intervals, i)
		}
	}
	return rows.Err()
}

// merge adds an interval to those before it, of which none begins later.
func merge(list []Interval, i Interval) []Interval {
	if n := len(list); n > 0 && list[n-1].Generation == i.Generation && i.First <= list[n-1].Last+1 {
		list[n-1].Last = max(list[n-1].Last, i.Last)
		return list
	}
	return append(list, i)
}

// reportGaps adds the gaps; it is false when there is one.
func (l *Ledger) reportGaps(ctx context.Context, r *Report, places map[place]int) (bool, error) {
	gaps, err := l.incidents(ctx, selectIncidents+`WHERE opened >= ? AND opened < ? AND kind IN (?,?,?,?) ORDER BY opened, id`,
		r.From.UnixMilli(), r.To.UnixMilli(), source.GapExpired, source.GapRebuilt, source.GapHole, GapUnexplained)
	if err != nil {
		return false, err
	}
	for _, i := range gaps {
		g := Gap{Cause: causes[i.Kind], Last: i.Last, Detail: i.Message, Detected: i.Time}
		if i.First != nil {
			g.First = *i.First
		}
		part := r.at(place{i.Intake, i.Hub, i.Partition}, places)
		part.Gaps = append(part.Gaps, g)
	}
	return len(gaps) == 0, nil
}
