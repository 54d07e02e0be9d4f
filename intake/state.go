package intake

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"penstock/journal"
	"penstock/source"
)

// Waiting is the state of an intake that is held back because the journal has no room.
const Waiting source.State = "waiting"

// slow is how long an append may take before the intake counts as waiting.
const slow = 2 * time.Second

// State is how an intake is doing.
type State struct {
	Name            string
	State           source.State // that of the source, or Waiting
	Since           time.Time
	Source          source.Status
	LastMessage     time.Time // zero: none yet
	EventsPerSecond float64   // kept ones, over the last minute
	Counts          Counts
	Tables          []Table // by name
	Unfit           []Unfit // the most frequent first
	Warnings        []string
}

// Counts is what became of records since the process started. Records is the sum of Kept, Repeated, Rejected and
// Filtered.
type Counts struct {
	Messages, Records, Kept, Repeated, Rejected, Filtered, Heartbeats int64
}

// Table is what came of one table.
type Table struct {
	Table           string
	Events          int64
	Last            time.Time
	EventsPerSecond float64 // over the last minute
	Unmapped        bool    // there is no mapping for it: it is kept by the general rule
}

// Unfit is where values could not be what their field holds, since the process started.
type Unfit struct {
	Table, Field string
	Values       int64
	Last         time.Time
}

// State may be asked for at any time.
func (r *River) State() State {
	t := r.tally
	now := time.Now()
	s := State{Name: r.options.Name, Source: r.options.Source.Status()}
	s.State, s.Since = s.Source.State, s.Source.Since
	t.mu.Lock()
	s.LastMessage, s.Counts, s.EventsPerSecond = t.last, t.counts, t.all.perSecond(now)
	if !t.since.IsZero() && now.Sub(t.since) > slow {
		s.State, s.Since = Waiting, t.since
	}
	for name, k := range t.tables {
		unmapped := r.options.Known != nil && name != otherTables && !r.options.Known(name)
		s.Tables = append(s.Tables, Table{Table: name, Events: k.events, Last: k.last, EventsPerSecond: k.rate.perSecond(now), Unmapped: unmapped})
	}
	t.mu.Unlock()
	slices.SortFunc(s.Tables, func(a, b Table) int { return strings.Compare(a.Table, b.Table) })
	s.Unfit = t.unfit()
	s.Warnings = r.warnings(&s)
	return s
}

func (r *River) warnings(s *State) []string {
	var list []string
	r.silence.mu.Lock()
	if r.silence.open {
		list = append(list, fmt.Sprintf("Nothing has arrived since %s.", r.silence.last.UTC().Format(time.RFC3339)))
	}
	r.silence.mu.Unlock()
	if s.State == Waiting {
		list = append(list, "Reading waits for room in the journal: the lake cannot keep up, or the disk is full.")
	}
	for _, t := range s.Tables {
		if t.Unmapped {
			list = append(list, fmt.Sprintf("There is no mapping for the table %s: its events are kept by the general rule.", t.Table))
		}
	}
	if w := misfitWarning(s.Unfit); w != "" {
		list = append(list, w)
	}
	if c := s.Counts; c.Rejected > 0 {
		list = append(list, fmt.Sprintf("%d of %d records could not be decoded and are in quarantine.", c.Rejected, c.Records))
	}
	return list
}

// tally counts what became durable.
type tally struct {
	mu      sync.Mutex
	counts  Counts
	last    time.Time
	since   time.Time // when the append under way began; zero: there is none
	all     meter
	tables  map[string]*tableTally
	misfits map[misfit]*Unfit
}

type tableTally struct {
	events int64
	last   time.Time
	rate   meter
}

func newTally() *tally {
	return &tally{tables: make(map[string]*tableTally), misfits: make(map[misfit]*Unfit)}
}

func (t *tally) appending(since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = since
}

// maxTables bounds the memory when somebody sends ever new tables; those beyond are counted together.
const maxTables = 1024

const otherTables = "(other)"

// message counts one message and returns what it counted.
func (t *tally) message(m *journal.Message, now time.Time) Counts {
	c := Counts{Messages: 1, Records: int64(m.Records), Repeated: int64(m.Repeated), Filtered: int64(m.Filtered), Heartbeats: int64(m.Heartbeats)}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = m.Read
	for i := range m.Entries {
		if m.Entries[i].Rejected {
			c.Rejected++
			continue
		}
		c.Kept++
		k := t.table(m.Entries[i].Table)
		k.events++
		k.last = m.Read
		k.rate.add(now, 1)
	}
	t.all.add(now, c.Kept)
	s := &t.counts
	s.Messages += c.Messages
	s.Records += c.Records
	s.Kept += c.Kept
	s.Repeated += c.Repeated
	s.Rejected += c.Rejected
	s.Filtered += c.Filtered
	s.Heartbeats += c.Heartbeats
	return c
}

func (t *tally) table(name string) *tableTally {
	k := t.tables[name]
	if k == nil {
		if len(t.tables) >= maxTables {
			name = otherTables
			if k = t.tables[name]; k != nil {
				return k
			}
		}
		k = new(tableTally)
		t.tables[name] = k
	}
	return k
}

// meter counts the events of the last minute by second.
type meter struct {
	second int64 // of the newest count
	counts [60]int64
}

func (m *meter) advance(now time.Time) {
	second := now.Unix()
	if second-m.second >= int64(len(m.counts)) {
		m.counts = [60]int64{}
		m.second = second
	}
	for m.second < second {
		m.second++
		m.counts[m.second%int64(len(m.counts))] = 0
	}
}

func (m *meter) add(now time.Time, n int64) {
	m.advance(now)
	m.counts[m.second%int64(len(m.counts))] += n
}

func (m *meter) perSecond(now time.Time) float64 {
	m.advance(now)
	var sum int64
	for _, n := range m.counts {
		sum += n
	}
	return float64(sum) / float64(len(m.counts))
}
