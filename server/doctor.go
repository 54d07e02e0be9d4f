package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/doctor"
)

// Doctor looks at the installation, or at one intake and what all share; ErrNotFound where there is no such intake.
type Doctor func(ctx context.Context, intake string) (*doctor.Report, error)

// DoctorRequest says what the doctor is to look at.
type DoctorRequest struct {
	Intake string `json:"intake,omitempty" maxLength:"64" doc:"Look at this intake alone, and at what all share; absent: at every one"`
}

type doctorInput struct{ Body DoctorRequest }

// doctorTimeout bounds a run of the doctor. What does not answer by then is told as such.
const doctorTimeout = 90 * time.Second

func (s *Server) registerDoctor(api huma.API) {
	op := change(access.SettingsWrite, http.MethodPost, "runDoctor", "/doctor", "settings",
		"Find out what is wrong: names, ports, certificates, clocks, sign-in, hubs, storage, disk, limits. One run at a time, of 90 seconds at most")
	huma.Register(api, op, s.runDoctor)
}

func (s *Server) runDoctor(ctx context.Context, in *doctorInput) (*output[*doctor.Report], error) {
	if s.backends.Doctor == nil {
		return nil, missing("doctor")
	}
	select {
	case s.examining <- struct{}{}:
		defer func() { <-s.examining }()
	default:
		return nil, newProblem(http.StatusConflict, "The doctor is looking already; its answer is a minute away at most.")
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	defer s.endWithServer(ctx, cancel)()
	r, err := s.backends.Doctor(ctx, in.Body.Intake)
	if err != nil {
		return nil, s.problem("run the doctor", err)
	}
	return &output[*doctor.Report]{r}, nil
}
