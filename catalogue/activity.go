package catalogue

import (
	"context"
	"time"
)

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
	// Proof says in words what proves a rule, such as a test event that it has to match. Empty: nothing does.
	Proof(r *Rule) string
}
