package source

import (
	"context"
	"time"
)

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

// Check looks at one thing on the way; without a detail it did not apply.
type Check struct {
	Name string
	Run  func(context.Context) (detail string, err error)
}

// Blame explains why a check failed, and names the key of the configuration that is probably to blame; empty: none.
type Blame func(check string, err error) (problem *Problem, key string)

// Take makes a check within a time, and tells when it begins and what came of it. What is wrong is returned as well.
func (c Check) Take(ctx context.Context, within time.Duration, blame Blame, tell func(Step)) error {
	tell(Step{Name: c.Name, State: StepRunning})
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	detail, err := c.Run(ctx)
	step := Step{Name: c.Name, State: StepPassed, Detail: detail, Took: time.Since(begun)}
	switch {
	case err != nil:
		step.State, step.Detail = StepFailed, ""
		step.Problem, step.Key = blame(c.Name, err)
	case detail == "":
		step.State, step.Detail = StepSkipped, "it does not apply here"
	}
	tell(step)
	if step.Problem == nil {
		return nil
	}
	return step.Problem
}

// Skip tells that a check is left out, because of one before it.
func (c Check) Skip(tell func(Step)) {
	tell(Step{Name: c.Name, State: StepSkipped, Detail: "a step before it failed"})
}

// WalkChecks makes checks one after the other and passes over those behind the first that fails, whose failure it returns.
func WalkChecks(ctx context.Context, checks []Check, within time.Duration, blame Blame, tell func(Step)) error {
	var failed error
	for _, c := range checks {
		if failed != nil {
			c.Skip(tell)
			continue
		}
		failed = c.Take(ctx, within, blame, tell)
	}
	return failed
}
