package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"penstock/config"
	"penstock/source"
	push "penstock/source/http"
)

// watchFor is how long a test waits for an event to be sent.
const watchFor = 50 * time.Second

// walkPush tells how programs send to an intake, and waits for one that does.
func (p *program) walkPush(ctx context.Context, in *config.Intake, tell func(source.Step)) error {
	address := p.pushAddress()
	tell(source.Step{Name: "address", State: source.StepPassed, Detail: "Programs send to " + address + "/plain, or one of the other ways in."})
	step := source.Step{Name: "event", State: source.StepSkipped, Detail: "The key is made when the intake is saved, and shown then with commands that send an event."}
	if p.intakes.River(in.Name) == nil {
		tell(step)
		return nil
	}
	step.State = source.StepRunning
	step.Detail = fmt.Sprintf("Waiting for an event. Send one: curl -H 'X-Intake-Key: KEY' -H 'Content-Type: application/json' --data-binary @record.json %s/plain", address)
	tell(step)
	began := time.Now()
	before := p.gate.Traffic(in.Name)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		now := p.gate.Traffic(in.Name)
		step.Took = time.Since(began)
		switch {
		case now.Events > before.Events:
			step.State, step.Detail = source.StepPassed, fmt.Sprintf("%d came, and are safe.", now.Events-before.Events)
		case step.Took > watchFor:
			step.State, step.Detail, step.Problem = source.StepFailed, "", nothingCame(&before, &now)
		default:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
			continue
		}
		tell(step)
		if step.Problem != nil {
			return step.Problem
		}
		return nil
	}
}

// nothingCame says what a test has seen instead of an event.
func nothingCame(before, now *push.Traffic) *source.Problem {
	p := &source.Problem{Message: "No event came.", Hint: "Run the command with the intake's key, from where the sender is; a firewall or a proxy may be in the way.", Time: time.Now()}
	if unknown := now.Unknown; unknown != nil && (before.Unknown == nil || unknown.Count > before.Unknown.Count) {
		p.Message = fmt.Sprintf("Somebody at %s sent with a key that opens no intake.", unknown.From)
		p.Hint = "Copy the key again. If it is lost, replace it: the new one is shown once."
		return p
	}
	counts := map[string]int64{}
	for _, r := range before.Refused {
		counts[r.Reason] = r.Count
	}
	for _, r := range now.Refused {
		if r.Count > counts[r.Reason] {
			p.Message = fmt.Sprintf("What %s sent was refused (%s).", r.From, r.Reason)
			p.Hint = "The answer to the sender says why."
		}
	}
	return p
}

// pushAddress is where programs reach the ways in.
func (p *program) pushAddress() string {
	if at := p.config.Server.Push.PublicURL; at != "" {
		return strings.TrimSuffix(at, "/")
	}
	scheme := "http://"
	if p.config.Server.Secure() {
		scheme = "https://"
	}
	return scheme + p.config.Server.Listen
}
