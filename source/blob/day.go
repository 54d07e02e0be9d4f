package blob

import (
	"maps"
	"slices"
	"time"

	"penstock/source"
)

// key is a partition.
type key struct{ container, partition string }

// day is a day of a container of which blobs are read, or were a moment ago. Whoever reads it changes it alone, apart from
// what status asks for, which is guarded by the source's mu.
type day struct {
	key
	root, date string
	next       int64 // sequence number of the line to come
	places     places
	blobs      map[string]*blob // those that may be read, by rest

	state    source.State
	problem  *source.Problem
	start    *source.Start
	last     int64 // sequence number that is durable; -1: none
	read     time.Time
	enqueued time.Time
}

// blob is one blob as it was last seen.
type blob struct {
	name
	size     int64
	tag      string
	created  int64
	modified time.Time // when it last grew
	seen     string    // tag with which nothing was left to read but half a line
	again    time.Time // when the half line is worth another look; zero: never
	caughtUp time.Time // when it last grew before all of it was read; zero: that never was
}

// unread reports whether there is something to look at in a blob, given up to where it was read.
func (b *blob) unread(p place) bool {
	switch {
	case b.tag == b.seen:
		return !b.again.IsZero() && !time.Now().Before(b.again)
	case b.size > p.Offset, b.size < p.Offset:
		return true
	}
	return p.Offset > 0 && (p.Tag != "" && b.tag != p.Tag || p.Created != 0 && b.created != 0 && b.created != p.Created)
}

// behind is what is not read of a blob, in bytes, and since when.
func (b *blob) behind(p place) (bytes int64, since time.Time) {
	if b.size <= p.Offset {
		return 0, time.Time{}
	}
	since = b.caughtUp
	if since.IsZero() && p.Offset == 0 {
		since = time.Unix(b.created, 0)
	}
	if since.IsZero() || since.After(b.modified) || b.created == 0 && p.Offset == 0 {
		since = b.modified
	}
	return b.size - p.Offset, since
}

// todo are the blobs of a day with something to read, oldest first.
func (d *day) todo() []*blob {
	var list []*blob
	for _, rest := range slices.Sorted(maps.Keys(d.blobs)) {
		if b := d.blobs[rest]; b.unread(d.places[rest]) {
			list = append(list, b)
		}
	}
	return list
}

// status is what is told of a day.
func (d *day) status(now time.Time) source.Partition {
	p := source.Partition{
		Hub: d.container, Partition: d.partition, State: d.state, Owned: true, Start: d.start, Problem: d.problem, LastRead: d.read, LastEnqueued: d.enqueued,
	}
	if d.last >= 0 {
		last := d.last
		p.LastSequence = &last
	}
	lag, age := int64(0), 0.0
	for rest, b := range d.blobs {
		bytes, since := b.behind(d.places[rest])
		if bytes > 0 {
			lag, age = lag+bytes, max(age, now.Sub(since).Seconds())
		}
	}
	p.LagBytes, p.LagSeconds = &lag, &age
	return p
}
