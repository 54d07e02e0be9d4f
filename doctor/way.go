package doctor

import (
	"context"

	"penstock/source"
)

// What is found on the way to a source that has no probes of its own.
var (
	wayPassed = Kind{ID: "way.passed", Severity: OK, Title: "A step of the way to the source is right"}
	wayFailed = Kind{
		ID: "way.failed", Severity: Fail, Title: "A step of the way to the source fails",
		Why: "What follows on the way cannot be looked at, and nothing is read.",
	}
)

// Way walks the way to a source as its test does, step by step.
func Way(subject string, walk func(ctx context.Context, tell func(source.Step)) error) Probe {
	return Probe{Name: "the way to the source", Subject: subject, Timeout: usualTimeout * 4, Look: func(ctx context.Context, tell func(Finding)) {
		told := false
		err := walk(ctx, func(s source.Step) {
			switch s.State {
			case source.StepFailed:
				told = true
				tell(wayFailed.Found("%s: %s", s.Name, s.Problem.Message).Mending("%s", s.Problem.Hint))
			case source.StepPassed:
				tell(wayPassed.Found("%s: %s.", s.Name, s.Detail))
			}
		})
		if err != nil && !told && ctx.Err() == nil {
			tell(wayFailed.Found("%s", firstLine(err)).Mending("Check the settings of the intake."))
		}
	}}
}
