package doctor

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Probe looks at one thing. A kind of source, or any other part, gives a list of them; what one of them finds stops no
// other.
type Probe struct {
	// Name is what is looked at, as "hub defender".
	Name    string
	Subject string
	// Timeout bounds it; 15 s when 0.
	Timeout time.Duration
	// Look tells what it finds until its context ends. It need not be told twice: nothing found is nothing said.
	Look func(ctx context.Context, tell func(Finding))
}

const (
	usualTimeout = 15 * time.Second
	// atOnce is how many probes look at the same time: most of them wait for the network.
	atOnce = 8
)

var timedOut = Kind{
	ID: "probe.slow", Severity: Warn, Title: "The doctor got no answer in time",
	Why:  "What does not answer now will hold up reading as well.",
	Mend: "Look at the findings about the network beside this one, and run the doctor again.",
}

// Options of a run.
type Options struct {
	// Hidden are secrets that no finding may show, whatever a server has put into its answer.
	Hidden []string
	// Tell gets each finding as it comes, one at a time; nil: nobody does.
	Tell func(Finding)
}

// Run lets every probe look and reports what they found, in the order of the probes. It ends with its context: what was
// not looked at by then is missing, and a finding says so.
func Run(ctx context.Context, probes []Probe, o Options) *Report {
	r := &Report{Began: time.Now().UTC(), Worst: OK, Findings: []Finding{}}
	hide := hider(o.Hidden)
	found := make([][]Finding, len(probes))
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range probes {
		p := &probes[i]
		g.Go(func() error {
			p.look(ctx, func(f Finding) {
				f.hide(hide)
				mu.Lock()
				defer mu.Unlock()
				found[i] = append(found[i], f)
				if o.Tell != nil {
					o.Tell(f)
				}
			})
			return nil
		})
	}
	_ = g.Wait() // probes have no errors: what is wrong is a finding
	for _, list := range found {
		r.Findings = append(r.Findings, list...)
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; !r.Worst.AtLeast(f.Severity) {
			r.Worst = f.Severity
		}
	}
	r.Seconds = time.Since(r.Began).Seconds()
	return r
}

func (p *Probe) look(ctx context.Context, tell func(Finding)) {
	timeout := p.Timeout
	if timeout == 0 {
		timeout = usualTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began, told := time.Now(), false
	p.Look(ctx, func(f Finding) {
		told = true
		f.Subject, f.Seconds = p.Subject, time.Since(began).Seconds()
		tell(f)
	})
	if ctx.Err() != nil && !told {
		f := timedOut.Found("Looking at %s took longer than %s.", p.Name, time.Since(began).Round(time.Second/10))
		f.Subject, f.Seconds = p.Subject, time.Since(began).Seconds()
		tell(f)
	}
}
