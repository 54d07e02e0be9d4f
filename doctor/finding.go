// Package doctor finds out what is wrong with an installation: probes look at one thing each and tell findings, which say
// what was found, why it matters and how to mend it. The package holds what every installation has (names, ports,
// certificates, clocks, the disk, limits); a kind of source brings the probes of its own, see Probe.
package doctor

import (
	"fmt"
	"time"
)

// Severity is how much a finding matters.
type Severity string

// The severities, the mildest first.
const (
	OK   Severity = "ok"
	Info Severity = "info" // worth knowing
	Warn Severity = "warn" // it works, and will not always
	Fail Severity = "fail" // it does not work
)

// Severities are all of them, the mildest first.
var Severities = []Severity{OK, Info, Warn, Fail}

// rank orders severities.
func (s Severity) rank() int {
	for i, other := range Severities {
		if s == other {
			return i
		}
	}
	return -1
}

// AtLeast says whether s matters as much as other.
func (s Severity) AtLeast(other Severity) bool { return s.rank() >= other.rank() }

// Kind is what can be found: the documentation lists every one. Where nothing is wrong, why and how to mend are empty.
type Kind struct {
	ID       string // as tls.intercepted: what was looked at, then what is the matter with it
	Severity Severity
	Title    string // in the words of whoever has the trouble
	Why      string
	Mend     string
}

// Finding is what a probe has found.
type Finding struct {
	ID       string   `json:"id" doc:"Of the kind of finding; docs/doctor.md lists them" example:"tls.intercepted"`
	Subject  string   `json:"subject" doc:"What it is about" example:"intake headquarters"`
	Severity Severity `json:"severity" enum:"ok,info,warn,fail"`
	Found    string   `json:"found" doc:"What was found"`
	Why      string   `json:"why,omitempty" doc:"Why it matters"`
	Mend     string   `json:"mend,omitempty" doc:"How to mend it"`
	Seconds  float64  `json:"seconds" doc:"How long looking took"`
	Facts    []Fact   `json:"facts,omitempty" doc:"What was seen, to tell others"`
}

// Fact is something that was seen.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Found makes a finding of a kind; the format and what follows say what was found.
func (k *Kind) Found(format string, args ...any) Finding {
	return Finding{ID: k.ID, Severity: k.Severity, Found: fmt.Sprintf(format, args...), Why: k.Why, Mend: k.Mend}
}

// With adds a fact; an empty one is left out.
func (f Finding) With(name, value string) Finding {
	if value != "" {
		f.Facts = append(f.Facts, Fact{name, value})
	}
	return f
}

// Mending says how to mend it, where that is known better than of the kind.
func (f Finding) Mending(format string, args ...any) Finding {
	f.Mend = fmt.Sprintf(format, args...)
	return f
}

// Report is what a run has found.
type Report struct {
	Began    time.Time `json:"began"`
	Seconds  float64   `json:"seconds"`
	Worst    Severity  `json:"worst" enum:"ok,info,warn,fail" doc:"The severity of the worst finding"`
	Findings []Finding `json:"findings" nullable:"false" doc:"In the order of the probes"`
}

// Count is how many findings have a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}
