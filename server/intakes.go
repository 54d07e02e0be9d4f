package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// IntakeList is every intake.
type IntakeList struct {
	Intakes List[Intake] `json:"intakes"`
}

// FormatList is every format.
type FormatList struct {
	Formats List[Format]       `json:"formats"`
	Broken  List[BrokenFormat] `json:"broken" doc:"Folders that are set aside because of mistakes in them; intakes of their formats do not collect"`
}

// IntakeInput names an intake.
type IntakeInput struct {
	Name string `path:"name" maxLength:"64"`
}

type intakeCreateInput struct{ Body NewIntake }

type intakeChangeInput struct {
	IntakeInput
	Body IntakeSettings
}

type intakeRotateInput struct {
	IntakeInput
	Body struct {
		OverlapHours float64 `json:"overlapHours,omitempty" minimum:"0" maximum:"720" doc:"For how long the key before is taken as well, so that senders can be given the new one; 0: it ends at once" example:"24"`
	}
}

// rotateIntakeKey replaces a key, and notes until when the one before is taken.
func rotateIntakeKey(ctx context.Context, n Intakes, in *intakeRotateInput) (*Intake, error) {
	overlap := time.Duration(in.Body.OverlapHours * float64(time.Hour))
	made, err := n.Rotate(ctx, in.Name, overlap)
	if err == nil {
		noteOf(ctx).Detail = "the key before ends at " + time.Now().Add(overlap).UTC().Format(time.RFC3339)
	}
	return made, err
}

type intakeTestInput struct{ Body IntakeTest }

func (s *Server) registerIntakes(api huma.API) {
	const what, tag = "intakes", "intakes"
	n := s.backends.Intakes
	on := func(act func(Intakes, context.Context, string) (*Intake, error)) func(context.Context, Intakes, *IntakeInput) (*Intake, error) {
		return func(ctx context.Context, n Intakes, in *IntakeInput) (*Intake, error) {
			return act(n, ctx, in.Name)
		}
	}
	huma.Register(api, get(access.IntakesRead, "listIntakes", "/intakes", tag, "Intakes with their state"), room(s, n, what, "list intakes",
		func(ctx context.Context, n Intakes, _ *struct{}) (IntakeList, error) {
			list, err := n.Intakes(ctx)
			return IntakeList{list}, err
		}))
	huma.Register(api, get(access.IntakesRead, "getIntake", "/intakes/{name}", tag, "One intake with its state"),
		room(s, n, what, "show an intake", on(Intakes.Intake)))
	create := change(access.IntakesWrite, http.MethodPost, "createIntake", "/intakes", tag, "Make an intake and start it")
	create.DefaultStatus = http.StatusCreated
	huma.Register(api, create, room(s, n, what, "make an intake",
		func(ctx context.Context, n Intakes, in *intakeCreateInput) (*Intake, error) {
			return n.Create(ctx, &in.Body)
		}))
	huma.Register(api, change(access.IntakesWrite, http.MethodPatch, "updateIntake", "/intakes/{name}", tag,
		"Change settings of an intake, its secrets too; it alone is started anew"), room(s, n, what, "change an intake",
		func(ctx context.Context, n Intakes, in *intakeChangeInput) (*Intake, error) {
			return n.Change(ctx, in.Name, &in.Body)
		}))
	huma.Register(api, quietly(access.IntakesWrite, http.MethodDelete, "deleteIntake", "/intakes/{name}", tag,
		"Delete an intake; its events stay, with its name"), deed(s, n, what, "delete an intake",
		func(ctx context.Context, n Intakes, in *IntakeInput) error { return n.Delete(ctx, in.Name) }))
	huma.Register(api, change(access.IntakesWrite, http.MethodPost, "pauseIntake", "/intakes/{name}/pause", tag,
		"Stop reading, once what was read is durable"), room(s, n, what, "pause an intake", on(Intakes.Pause)))
	huma.Register(api, change(access.IntakesWrite, http.MethodPost, "resumeIntake", "/intakes/{name}/resume", tag,
		"Read on where the intake was paused"), room(s, n, what, "resume an intake", on(Intakes.Resume)))
	huma.Register(api, change(access.IntakesWrite, http.MethodPost, "rotateIntakeKey", "/intakes/{name}/rotate", tag,
		"Give an intake that programs send to a new key"), room(s, n, what, "replace the key of an intake", rotateIntakeKey))
	huma.Register(api, change(access.IntakesWrite, http.MethodPost, "endOldIntakeKeys", "/intakes/{name}/end-old-keys", tag,
		"End the keys that were replaced and are still taken"), room(s, n, what, "end old keys of an intake", on(Intakes.EndOldKeys)))
	huma.Register(api, get(access.IntakesRead, "listFormats", "/formats", tag, "Formats that intakes may have, with what their setup asks for"), room(s, n, what, "list formats",
		func(ctx context.Context, n Intakes, _ *struct{}) (FormatList, error) {
			return n.Formats(ctx)
		}))
	test := change(access.IntakesWrite, http.MethodPost, "testIntake", "/intakes/test", tag,
		"Walk the way to the hub with the settings given, step by step, by server-sent events: step, then end")
	test.Responses = map[string]*huma.Response{"200": streamOf(api, map[string]any{"step": TestStep{}, "end": TestEnd{}})}
	huma.Register(api, test, s.testIntake)
}

const (
	// maxTests is how many connections are tested at once.
	maxTests = 4
	// testTimeout bounds a test; its steps have bounds of their own.
	testTimeout = 90 * time.Second
)

// testIntake refuses settings that are wrong before anything is sent, and tells the steps as they come otherwise.
func (s *Server) testIntake(ctx context.Context, in *intakeTestInput) (*huma.StreamResponse, error) {
	if s.backends.Intakes == nil {
		return nil, missing("intakes")
	}
	walk, err := s.backends.Intakes.Test(ctx, &in.Body)
	if err != nil {
		return nil, s.problem("test an intake", err)
	}
	select {
	case s.tests <- struct{}{}:
	default:
		return nil, newProblem(http.StatusServiceUnavailable, "Too many connections are being tested; try again in a moment.")
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer func() { <-s.tests }()
		ctx, cancel := context.WithTimeout(hctx.Context(), testTimeout)
		defer cancel()
		defer s.endWithServer(ctx, cancel)()
		out := newStream(hctx)
		passed := true
		err := walk(ctx, func(step TestStep) {
			passed = passed && step.State != "failed"
			if out.send("step", step) != nil {
				cancel() // whoever asked is gone
			}
		})
		end := TestEnd{Passed: passed && err == nil}
		if err != nil {
			s.log.Warn("the test of an intake ended early", "error", err)
			end.Reason = "The test took too long, or Penstock is stopping."
		}
		_ = out.send("end", end) // whoever asked may be gone
	}}, nil
}
