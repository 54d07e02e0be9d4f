package catalogue

import (
	"context"
	"time"

	"penstock/sigma"
)

// Matcher is what events are tried on: the compiled form of a set of rules. The catalogue hands it on and knows nothing of it.
type Matcher any

// Engine compiles rules.
type Engine interface {
	// Compile makes a matcher of rules, whose ids are all different. A rule that cannot be compiled is left out and told, with
	// its id; the others are in the matcher.
	Compile(rules []*sigma.Rule) (Matcher, []*sigma.Problem)
}

// Fired is how often a rule has fired.
type Fired struct {
	Count int64
	Last  time.Time
	Noisy bool // it fires so often that it is throttled
}

// Activity knows which rules have fired.
type Activity interface {
	// Activity since a moment, by the rules' ids; rules that have not fired may be missing.
	Activity(ctx context.Context, since time.Time) (map[string]Fired, error)
}

// Proofs know which rules have been seen to work.
type Proofs interface {
	// Proof says in words what proves a rule: a test event, an event made from its own literals. Empty: nothing does. rule is
	// nil for a correlation.
	Proof(id string, rule *sigma.Rule) string
}
