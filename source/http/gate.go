package http

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	nethttp "net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options of a Gate. Keys and Receipts are needed; zero values mean the default that is named.
type Options struct {
	Keys     Keys
	Receipts *Receipts
	// KeyInQuery takes the key from the address as well. Proxies write addresses into their logs.
	KeyInQuery bool
	MaxBody    int64 // bytes of a body, as it came and decompressed; 32 MiB
	MaxEvent   int   // bytes of one event; DefaultMaxEvent
	Memory     int64 // bytes of all bodies that are under way; 256 MiB
	// Wait is how long a request may take to become durable; 15 s.
	Wait time.Duration
	// Full tells why nothing can be made durable at this moment; empty: it can. nil: it always can.
	Full func() string
	// Stopped tells, in a sentence for whoever sends, why an intake that does not run takes nothing; empty: it is paused, or
	// being restarted. nil: it always is.
	Stopped    func(intake string) string
	Registerer prometheus.Registerer // nil: no metrics
	Log        *slog.Logger          // slog.Default()
}

// DefaultMaxBody is how large a body may be.
const DefaultMaxBody = 32 << 20

// Gate answers what programs send, and hands it to the intake that their key opens.
type Gate struct {
	options Options
	log     *slog.Logger
	memory  *memory
	// strangers is the memory of those whose key is in the body, and who are not known before it is read.
	strangers *memory
	count     *counter

	mu      sync.RWMutex
	sources map[string]*Source // those that run
}

// NewGate makes a gate. Sources made by it are found while they run.
func NewGate(o Options) (*Gate, error) {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.MaxEvent == 0 {
		o.MaxEvent = DefaultMaxEvent
	}
	if o.Memory == 0 {
		o.Memory = 256 << 20
	}
	if o.Wait == 0 {
		o.Wait = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	c, err := newCounter(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register metrics of what is sent: %w", err)
	}
	return &Gate{
		options: o, log: o.Log, memory: newMemory(o.Memory), strangers: newMemory(max(o.Memory/2, 3*o.MaxBody)), count: c, sources: map[string]*Source{},
	}, nil
}

func (g *Gate) open(s *Source) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sources[s.options.Intake] = s
}

// shut takes a source out, unless another one has taken its place.
func (g *Gate) shut(s *Source) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sources[s.options.Intake] == s {
		delete(g.sources, s.options.Intake)
	}
}

func (g *Gate) source(intake string) *Source {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.sources[intake]
}

// Takes says whether a request is one that brings events.
func (g *Gate) Takes(r *nethttp.Request) bool {
	return r.Method == nethttp.MethodPost && wayOf(r) != nil
}

// Push answers a request that Takes; from is the address that it comes from.
func (g *Gate) Push(w nethttp.ResponseWriter, r *nethttp.Request, from string) {
	v := &visit{gate: g, r: r, way: wayOf(r), from: from, received: time.Now()}
	r.Pattern = "POST " + v.way.path // for metrics
	memory := g.memory
	if v.way.keyInBody {
		memory = g.strangers
	}
	v.lease = memory.lease()
	defer v.lease.release()
	results, refused := v.take()
	if refused != nil {
		v.countRefusal(refused)
		writeRefusal(w, refused, nil)
		return
	}
	writeResults(w, v.way.single, results)
}

// visit is one request under way.
type visit struct {
	gate     *Gate
	r        *nethttp.Request
	way      *way
	from     string
	received time.Time
	lease    *lease
	known    string   // the intake that the key outside of the body opens
	intakes  []string // that it brings something to
	counted  bool     // its refusal is, already
}

// take makes durable what the request brings, and says what became of each event; or why nothing is taken.
func (v *visit) take() ([]result, *refusal) {
	key, refused := v.key()
	if refused != nil {
		return nil, refused
	}
	if !v.way.keyInBody {
		// Whoever may not come in is told before he has sent everything.
		if v.known, refused = v.opens(key); refused != nil {
			return nil, refused
		}
	}
	body, refused := readBody(v.r, v.gate.options.MaxBody, v.lease)
	if refused != nil {
		return nil, refused
	}
	in := &reading{body: body, jsonPath: v.r.URL.Query().Get("path"), lease: v.lease}
	if refused := v.time(in); refused != nil {
		return nil, refused
	}
	if refused := v.way.read(in); refused != nil {
		return nil, refused
	}
	if in.key != "" {
		key = in.key
	}
	s := &sorter{maxEvent: v.gate.options.MaxEvent, received: v.received, lease: v.lease}
	s.open = v.opener(s, key)
	if v.way.path != "/array" {
		if _, refused := s.open(""); refused != nil {
			return nil, refused
		}
	}
	if refused := s.sort(in.items); refused != nil {
		return nil, refused
	}
	if len(s.results) == 0 {
		return nil, wrongBody("There is no event in the body.")
	}
	return s.results, v.send(s, body)
}

// key is that of the request, where it may be.
func (v *visit) key() (string, *refusal) {
	key, inQuery := keyOf(v.r)
	if inQuery && !v.gate.options.KeyInQuery {
		return "", &refusal{status: nethttp.StatusUnauthorized, reason: malformed, detail: "A key in the address is not taken here, since proxies write addresses into their logs. " +
			"Send it as the header " + header + ", or set server.push.key_in_query."}
	}
	return key, nil
}

// time is when the sender says that the events were.
func (v *visit) time(in *reading) (refused *refusal) {
	text := v.r.Header.Get("X-SEKOIAIO-EVENT-TIMESTAMP")
	if text == "" {
		return nil
	}
	var err error
	if in.time, err = parseTime(text); err != nil {
		return wrongBody("X-SEKOIAIO-EVENT-TIMESTAMP is " + err.Error() + ".")
	}
	return nil
}

// opens is the intake that a key opens. What is said to others is the same for every key that opens nothing.
func (v *visit) opens(key string) (string, *refusal) {
	var o Opening
	if key != "" {
		o = v.gate.options.Keys.Opens(key)
	}
	if o.Intake != "" && !o.Ended {
		return o.Intake, nil
	}
	v.counted = true
	if o.Ended {
		v.gate.count.refuse(o.Intake, endedKey, 1, v.from)
	} else if v.gate.count.stranger(v.from) {
		v.gate.log.Warn("somebody sends events with a key that opens no intake", "address", v.from)
	}
	return "", &refusal{status: nethttp.StatusUnauthorized, reason: unknownKey, detail: "The request shows no valid intake key. Send it as the header " + header + "."}
}

// opener finds the parcel of the intake that a key opens; each intake is asked once whether it takes anything.
func (v *visit) opener(s *sorter, key string) func(string) (*parcel, *refusal) {
	type answer struct {
		parcel  *parcel
		refused *refusal
	}
	known, byIntake := map[string]answer{}, map[string]*parcel{}
	return func(own string) (*parcel, *refusal) {
		if own == "" {
			own = key
		}
		if a, ok := known[own]; ok {
			return a.parcel, a.refused
		}
		var a answer
		var intake string
		if intake, a.refused = v.opens(own); a.refused == nil {
			if a.parcel = byIntake[intake]; a.parcel == nil {
				a.parcel = &parcel{intake: intake, source: v.gate.source(intake)}
				byIntake[intake] = a.parcel
				s.parcels = append(s.parcels, a.parcel)
				v.intakes = append(v.intakes, intake)
				v.gate.count.request(intake)
			}
		}
		if len(known) < maxKeys {
			known[own] = a
		}
		return a.parcel, a.refused
	}
}

// maxKeys bounds how many keys of one request are remembered: more than there are intakes are none.
const maxKeys = 1000

// send makes the parcels durable, and writes into the results what became of those that are not.
func (v *visit) send(s *sorter, body []byte) *refusal {
	ctx, cancel := context.WithTimeout(v.r.Context(), v.gate.options.Wait)
	defer cancel()
	for _, p := range s.parcels {
		refused := v.parcel(ctx, p, body)
		if refused == nil {
			continue
		}
		if len(s.parcels) == 1 && p.events == len(s.results) {
			return refused
		}
		v.gate.count.refuse(p.intake, refused.reason, p.events, v.from)
		for i := range s.results {
			if r := &s.results[i]; r.parcel == p {
				r.Status, r.Error, r.EventID, r.retry = refused.status, refused.detail, "", refused.retry
			}
		}
	}
	v.tally(s)
	return nil
}

// tally counts what was taken, and the events that were not.
func (v *visit) tally(s *sorter) {
	taken, refused := map[*parcel]int{}, map[int]int{}
	for i := range s.results {
		switch r := &s.results[i]; {
		case r.Status == nethttp.StatusOK:
			taken[r.parcel]++
		case r.parcel == nil || r.Status == nethttp.StatusUnprocessableEntity:
			refused[r.Status]++
		}
	}
	for p, n := range taken {
		v.gate.count.took(p.intake, n)
	}
	if len(v.intakes) != 1 {
		return // whose they were meant to be is not known
	}
	for status, n := range refused {
		why := malformed
		if status == nethttp.StatusRequestEntityTooLarge {
			why = tooLarge
		}
		if status != nethttp.StatusUnauthorized {
			v.gate.count.refuse(v.intakes[0], why, n, v.from)
		}
	}
}

// parcel makes one parcel durable.
func (v *visit) parcel(ctx context.Context, p *parcel, body []byte) *refusal {
	if p.events == 0 {
		return nil
	}
	end, refused, durable := v.receipt(ctx, p, body)
	if refused != nil || durable {
		return refused
	}
	refused = v.put(ctx, p)
	if end != nil {
		if err := end(refused == nil); err != nil {
			// The events are durable. Sent again, they are known as repeats.
			v.gate.log.Warn("a request with an Idempotency-Key is not remembered", "intake", p.intake, "error", err)
		}
	}
	return refused
}

func (v *visit) put(ctx context.Context, p *parcel) *refusal {
	if p.source == nil {
		return v.gate.notRunning(p.intake)
	}
	if full := v.gate.options.Full; full != nil {
		if why := full(); why != "" {
			return &refusal{status: nethttp.StatusServiceUnavailable, reason: busy, retry: 10, detail: "Nothing can be stored at this moment: " + why + "."}
		}
	}
	if wait := p.source.mayTake(p.events); wait > 0 {
		return &refusal{status: nethttp.StatusTooManyRequests, reason: tooFast, retry: seconds(wait), detail: fmt.Sprintf("The intake takes %d events a second. Send it again after the time that Retry-After says.", p.source.options.Rate)}
	}
	switch err := p.source.put(ctx, p.messages, v.lease); {
	case err == nil:
		return nil
	case errors.Is(err, errLate):
		return &refusal{status: nethttp.StatusServiceUnavailable, reason: busy, retry: 5, detail: "It took too long to store. Send it again: what is stored by then is known as a repeat."}
	case errors.Is(err, errStopped):
		return &refusal{status: nethttp.StatusServiceUnavailable, reason: paused, retry: 1, detail: "The intake is being paused or restarted. Send it again."}
	case errors.Is(err, errBusy):
		return &refusal{status: nethttp.StatusServiceUnavailable, reason: busy, retry: 1, detail: "Too many requests wait. Send it again."}
	}
	return &refusal{status: nethttp.StatusServiceUnavailable, reason: busy, retry: 5, detail: "It could not be stored. Send it again."}
}

// notRunning refuses what is sent to an intake that does not run. One that somebody has to mend first is asked less often.
func (g *Gate) notRunning(intake string) *refusal {
	if stopped := g.options.Stopped; stopped != nil {
		if why := stopped(intake); why != "" {
			return &refusal{status: nethttp.StatusServiceUnavailable, reason: paused, retry: 120, detail: why}
		}
	}
	return &refusal{status: nethttp.StatusServiceUnavailable, reason: paused, retry: 30, detail: "The intake takes nothing at this moment: it is paused, or being restarted. Send it again later."}
}

const (
	idempotencyKey    = "Idempotency-Key"
	maxIdempotencyKey = 255
)

// receipt asks whether the parcel of a request with an Idempotency-Key is durable already.
func (v *visit) receipt(ctx context.Context, p *parcel, body []byte) (end func(durable bool) error, refused *refusal, durable bool) {
	key := v.r.Header.Get(idempotencyKey)
	if key == "" {
		return nil, nil, false
	}
	if len(key) > maxIdempotencyKey {
		return nil, wrongBody(fmt.Sprintf("The %s is longer than %d characters.", idempotencyKey, maxIdempotencyKey)), false
	}
	digest := sha256.New()
	for _, text := range []string{v.way.path, v.r.URL.Query().Get("path"), v.r.Header.Get("X-SEKOIAIO-EVENT-TIMESTAMP")} {
		digest.Write([]byte(text + "\n"))
	}
	digest.Write(body)
	durable, end, err := v.gate.options.Receipts.begin(ctx, receipt{p.intake, sha256.Sum256([]byte(key))}, [sha256.Size]byte(digest.Sum(nil)))
	switch {
	case err == nil:
		return end, nil, durable
	case errors.Is(err, errReused):
		return nil, &refusal{status: nethttp.StatusUnprocessableEntity, reason: reused, detail: "The " + idempotencyKey + " was used for another request. Use a new one for each, and the same for the same sent again."}, false
	case errors.Is(err, errLate):
		return nil, &refusal{status: nethttp.StatusConflict, reason: busy, retry: 5, detail: "The same request is still under way."}, false
	}
	v.gate.log.Error("it cannot be found out whether a request was sent before", "error", err)
	return nil, &refusal{status: nethttp.StatusServiceUnavailable, reason: busy, retry: 5, detail: "It could not be found out whether this was sent before. Send it again."}, false
}

// countRefusal counts a request of which nothing was taken, at the intake that it was for.
func (v *visit) countRefusal(f *refusal) {
	if v.counted {
		return
	}
	if len(v.intakes) == 0 && v.known != "" {
		v.intakes = []string{v.known}
	}
	for _, intake := range v.intakes {
		v.gate.count.refuse(intake, f.reason, 1, v.from)
	}
}
