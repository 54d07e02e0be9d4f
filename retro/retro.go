// Package retro goes back over stored events: it runs rules over them, as a hunt, as a test of a rule before it is
// enabled or of an exception before it hides anything, and it replays them through another version of the mapping and
// of the rules to show what would change. Each of these is a Job, which goes on in the background, one at a time.
package retro

import (
	"context"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
	"penstock/sigma/correlate"
)

// Events are what is stored; *lake.Lake has them.
type Events interface {
	// Scan visits every stored event of a time range; each worker has a visitor of its own.
	Scan(ctx context.Context, r search.ScanRequest, visitor func() search.Visitor) (search.ScanSummary, error)
}

// Rules are compiled rules. They may be used at the same time, each of their matchers by one goroutine.
type Rules interface {
	Matcher() Matcher
	// Rule tells which rule a number of a matcher is.
	Rule(number int32) Rule
	// Tables that have events for which any of the rules is; the others need not be read. Nil: all may have.
	Tables() []string
}

// Matcher tries all rules on an event.
type Matcher interface {
	// Match appends the numbers of the rules that the event fulfils.
	Match(rec *record.Record, ev *ecs.Event, dst []int32) []int32
}

// Rule is what people call a rule.
type Rule struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Level string `json:"level" doc:"informational, low, medium, high or critical; empty where the rule does not say"`
}

// Workshop makes what a job runs. The program has it: it knows the catalogue of rules, the mapping and the engine.
type Workshop interface {
	// Rules compiles the rules of a detect, test or exception job. Of an exception, a rule is to match what it would hide.
	Rules(ctx context.Context, w *Work) (Rules, error)
	// Versions makes the two versions that a diff compares.
	Versions(ctx context.Context, w *Work) (before, after Version, err error)
}

// Sink is told of the matches of jobs whose work says Alerts. An error ends the job.
type Sink interface {
	// Match is called by several goroutines at the same time; the event holds until it returns.
	Match(ctx context.Context, job *Job, rules []Rule, e *search.Scanned) error
	// Correlated comes behind all of Match, with what several matches show together.
	Correlated(ctx context.Context, job *Job, f *correlate.Finding) error
	// Flush comes behind the last match of a job, however it ends: what Match has put off is to be done now.
	Flush(ctx context.Context, job *Job) error
}
