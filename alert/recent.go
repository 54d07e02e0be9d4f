package alert

import "github.com/hashicorp/golang-lru/v2/simplelru"

// recent is alerts that Apply has written lately, so that their next occurrence need not read them. One of them is what
// lies in the database exactly when both have the same stamp, which is new with every write: what came to nothing in the
// end, or what somebody has changed meanwhile, is read.
type recent struct {
	alerts *simplelru.LRU[int64, *draft]
	bytes  int
}

const (
	maxRecent      = 20_000
	maxRecentBytes = 16 << 20 // of entities as they are written; in memory they are about twice that
)

func newRecent() *recent {
	r := new(recent)
	r.alerts, _ = simplelru.NewLRU(maxRecent, func(_ int64, d *draft) { r.bytes -= d.size }) // it refuses no number above 0
	return r
}

// take gives the draft of an alert whose stamp in the database is the given one; nil: it has to be read.
func (r *recent) take(id, stamp int64) *draft {
	if r == nil {
		return nil
	}
	d, known := r.alerts.Get(id)
	if !known {
		return nil
	}
	r.alerts.Remove(id) // it is about to change
	if d.stamp != stamp {
		return nil
	}
	return d
}

// put keeps what is left of a draft once it is written.
func (r *recent) put(d *draft) {
	if r == nil || !d.loaded {
		return
	}
	for _, e := range d.entities.list {
		e.news = false
	}
	d.entities.news = false
	r.alerts.Remove(d.ID)
	r.alerts.Add(d.ID, &draft{
		Alert: d.Alert, key: d.key, stamp: d.stamp, size: d.size, referred: d.referred, stored: d.stored, hosts: d.hosts, users: d.users, entities: d.entities, loaded: true,
		intakes: d.intakes, noted: d.noted,
	})
	for r.bytes += d.size; r.bytes > maxRecentBytes; {
		r.alerts.RemoveOldest()
	}
}
