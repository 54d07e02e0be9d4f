package source

import "time"

// StepState is what became of a step.
type StepState string

// The states of a step.
const (
	StepRunning StepState = "running"
	StepPassed  StepState = "passed"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped"
)

// Step is one thing that is checked on the way to where events are read.
type Step struct {
	Name    string // what is looked at, as "name", "port", "TLS", "sign-in", "hub NAME"
	State   StepState
	Detail  string   // what was found, or why it was skipped; empty when Problem is set
	Problem *Problem // of a step that failed
	Key     string   // of a step that failed: the key of the source's configuration that is probably to blame, as connection_string; empty: none
	Took    time.Duration
}
