// Package simulate is a Defender tenant that does not exist: devices, people, mailboxes and cloud applications with
// working hours and background noise, and attacks that leave coherent traces over several tables. It writes records in
// the form in which Microsoft's streaming API writes them: the envelope, the columns of each table as they occur on the
// wire, nulls, AdditionalFields as text or as object, delays and repeats.
//
// A Tenant is a stream of records in the order of their publication, drawn by Append; Run writes it to a Sink, what lies
// in the past as fast as the sink takes it, the rest when its time comes. The same Config always gives the same bytes.
package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Config describes a tenant. Zero values are replaced by what is said at each field.
type Config struct {
	Seed    uint64
	Devices int    // 200; at least 10
	Users   int    // 150; at least 5
	Domain  string // halden.example
	Tenant  string // id of the tenant; made from the seed
	Start   time.Time
	// Rate is the mean number of records a second over a week; 20. Working hours have up to three times of it.
	Rate float64
	// Steady keeps to Rate at all hours.
	Steady bool
	// Repeats is the share of records that come again, with the same properties and a fresh time; 0.025. Negative: none.
	Repeats float64
	// Stories is the time between two attacks; 20 minutes. Negative: none. The first one begins 15 seconds after Start.
	Stories time.Duration
	// Only names the attacks that happen, as Stories() lists them; all, in turn.
	Only []string
}

func (c Config) withDefaults() (Config, error) {
	if c.Devices == 0 {
		c.Devices = 200
	}
	if c.Users == 0 {
		c.Users = 150
	}
	if c.Domain == "" {
		c.Domain = "halden.example"
	}
	if c.Rate == 0 {
		c.Rate = 20
	}
	if c.Repeats == 0 {
		c.Repeats = 0.025
	}
	if c.Stories == 0 {
		c.Stories = 20 * time.Minute
	}
	switch {
	case c.Devices < 10 || c.Devices > 500_000:
		return c, fmt.Errorf("simulated tenant: %d devices, wanted 10 to 500000", c.Devices)
	case c.Users < 5 || c.Users > 500_000:
		return c, fmt.Errorf("simulated tenant: %d users, wanted 5 to 500000", c.Users)
	case c.Rate < 0 || c.Rate > 1e7 || math.IsNaN(c.Rate):
		return c, fmt.Errorf("simulated tenant: rate %g, wanted up to 10000000 records a second", c.Rate)
	case c.Repeats > 0.5:
		return c, fmt.Errorf("simulated tenant: a share of %g repeats, wanted at most 0.5", c.Repeats)
	case c.Start.Year() < 1971 || c.Start.Year() > 2200:
		return c, fmt.Errorf("simulated tenant: starts in the year %d, wanted a real date", c.Start.Year())
	}
	for _, name := range c.Only {
		if findStory(name) == nil {
			return c, fmt.Errorf("simulated tenant: no attack is called %q; there are %v", name, Stories())
		}
	}
	return c, nil
}

// Meta tells about one record.
type Meta struct {
	Table  string
	Time   time.Time // when it is published: the record's time, rising from record to record
	Event  time.Time // when it happened: Timestamp of its properties
	Repeat bool
}

// Tenant is the stream of a simulated tenant's records. It is not for concurrent use.
type Tenant struct {
	config  Config
	world   *world
	rng     *rand.Rand
	now     int64 // publication of the record that is being written
	next    int64
	row     row
	extra   row // scratch for JSON that is embedded as text
	pending []job
	steps   stepHeap
	turn    int // which story comes next
	attack  int64
	held    [256]heldRecord
	meta    Meta
	event   int64
}

// heldRecord waits to be repeated.
type heldRecord struct {
	data  []byte
	table table
	event int64
}

// New makes a tenant whose first record is published at c.Start.
func New(c Config) (*Tenant, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	start := c.Start.UTC().Truncate(time.Microsecond).UnixNano()
	t := &Tenant{config: c, world: newWorld(c), rng: rand.New(rand.NewPCG(c.Seed, uint64(start))), next: start, attack: start + 15*second}
	for _, d := range t.world.devices {
		t.start(d)
	}
	return t, nil
}

// Next is when the next record is published.
func (t *Tenant) Next() time.Time { return time.Unix(0, t.next).UTC() }

// Append appends the next record, without a line end, and moves on.
func (t *Tenant) Append(dst []byte) ([]byte, Meta) {
	from := len(dst)
	t.now = t.next
	t.row.b = dst
	t.meta = Meta{Time: time.Unix(0, t.now).UTC()}
	t.plan()
	switch {
	case len(t.steps) > 0 && t.steps[0].at <= t.now:
		t.steps.pop().emit()
	case len(t.pending) > 0:
		t.followUp()
	case t.rng.Float64() < t.config.Repeats && t.repeat():
	default:
		t.noise()
	}
	dst = t.row.b
	t.meta.Event = time.Unix(0, t.event).UTC()
	if !t.meta.Repeat && t.rng.Float64() < t.config.Repeats {
		t.hold(dst[from:])
	}
	t.next = t.now + t.gap()
	return dst, t.meta
}

// gap is the time to the next record, in whole ticks of the wire's clock.
func (t *Tenant) gap() int64 {
	rate := t.config.Rate
	if !t.config.Steady {
		rate *= rhythm(t.now)
	}
	return int64(t.rng.ExpFloat64()/rate*1e7)*100 + 100
}

// rhythm is how busy the tenant is, 1 on the average of a week: offices work from Monday to Friday, servers always.
func rhythm(at int64) float64 {
	const night, weekend = 0.51, 0.44
	h := float64(at%day) / float64(hour)
	weekday := (at/day + 4) % 7
	if weekday == 0 || weekday == 6 {
		return weekend
	}
	return night + 3.18*bump(h, 6.2, 11.2) + 2.57*bump(h, 11.2, 17)
}

// bump is a smooth hill between two hours of the day.
func bump(h, from, to float64) float64 {
	if h <= from || h >= to {
		return 0
	}
	s := math.Sin(math.Pi * (h - from) / (to - from))
	return s * math.Sqrt(s)
}

// begin opens a record of a table: the envelope, up to the members of properties.
func (t *Tenant) begin(kind table, event int64) {
	if event > t.now {
		event = t.now
	}
	t.event = event
	t.meta.Table = kind.String()
	received := max(event, t.now-10*second-t.rng.Int64N(85*second)) / 100 * 100
	b := t.row.b
	b = append(b, `{"time":"`...)
	b = appendTime(b, t.now, true)
	b = append(append(b, `","tenantId":"`...), t.world.tenant...)
	b = append(append(b, `","operationName":"Publish","category":"AdvancedHunting-`...), kind.String()...)
	b = append(b, `","_TimeReceivedBySvc":"`...)
	b = appendTime(b, received, true)
	b = append(b, `","properties":{`...)
	t.row.b = b
}

func (t *Tenant) finish() { t.row.b = append(t.row.b, `},"Tenant":"DefaultTenant"}`...) }

// timeAt is where the envelope's time begins.
const timeAt = len(`{"time":"`)

func (t *Tenant) hold(record []byte) {
	h := &t.held[t.rng.IntN(len(t.held))]
	h.data = append(h.data[:0], record...)
	h.table = tableOf(t.meta.Table)
	h.event = t.event
}

// repeat writes a record again that was held, if it finds one.
func (t *Tenant) repeat() bool {
	i := t.rng.IntN(len(t.held))
	for n := range t.held {
		h := &t.held[(i+n)%len(t.held)]
		if len(h.data) == 0 {
			continue
		}
		at := len(t.row.b) + timeAt
		t.row.b = append(t.row.b, h.data...)
		appendTime(t.row.b[:at], t.now, true)
		t.meta.Table, t.meta.Repeat, t.event = h.table.String(), true, h.event
		h.data = h.data[:0]
		return true
	}
	return false
}

// ago is a time before now of the given median delay: mostly near it, sometimes much longer.
func (t *Tenant) ago(median int64) int64 {
	return (t.now - int64(float64(median)*math.Exp(t.rng.NormFloat64()*0.7))) / 100 * 100
}

// clock is when a device's next event happened. Devices hand their events in after a while, which differs from device to
// device and changes; the events of one device never go back in time, so that what a process does comes after its start.
func (t *Tenant) clock(d *device) int64 {
	if t.now >= d.pinnedUntil {
		d.lag = int64(float64(2*minute) * math.Exp(t.rng.NormFloat64()*0.8))
		if t.rng.IntN(60) == 0 {
			d.lag = 30*minute + t.rng.Int64N(4*hour)
		}
		d.pinnedUntil = t.now + 10*minute + t.rng.Int64N(hour)
	}
	at := t.now - d.lag - t.rng.Int64N(second)
	if at <= d.clock {
		at = d.clock + 100*(1+t.rng.Int64N(200_000))
	}
	at = min(at, t.now)
	at = max(at, d.clock+100) / 100 * 100
	d.clock = at
	return at
}
