package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

type quarantineListInput struct {
	Reason string `query:"reason" maxLength:"64" doc:"Only what is kept for this reason"`
	Intake string `query:"intake" maxLength:"64" doc:"Only what came by this intake"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	After  string `query:"after" maxLength:"256" doc:"Next of the page before"`
}

type quarantineInput struct {
	ID string `path:"id" maxLength:"128"`
}

func (s *Server) registerQuarantine(api huma.API) {
	huma.Register(api, get(access.QuarantineRead, "listQuarantine", "/quarantine", "quarantine", "What could not be decoded, newest first"), s.listQuarantine)
	huma.Register(api, get(access.QuarantineRead, "showQuarantined", "/quarantine/{id}", "quarantine", "One item with its bytes"), s.showQuarantined)
	huma.Register(api, change(access.QuarantineReplay, http.MethodPost, "replayQuarantined", "/quarantine/{id}/replay", "quarantine", "Put an item through intake again"), s.replayQuarantined)
	huma.Register(api, quietly(access.QuarantineReplay, http.MethodDelete, "dropQuarantined", "/quarantine/{id}", "quarantine", "Delete an item for good"), s.dropQuarantined)
}

func (s *Server) listQuarantine(ctx context.Context, in *quarantineListInput) (*output[*QuarantinePage], error) {
	if s.backends.Quarantine == nil {
		return nil, missing("quarantine")
	}
	page, err := s.backends.Quarantine.List(ctx, in.Reason, in.Intake, in.Limit, in.After)
	if err != nil {
		return nil, s.problem("list the quarantine", err)
	}
	return &output[*QuarantinePage]{page}, nil
}

func (s *Server) showQuarantined(ctx context.Context, in *quarantineInput) (*output[*QuarantinedBody], error) {
	if s.backends.Quarantine == nil {
		return nil, missing("quarantine")
	}
	item, err := s.backends.Quarantine.Show(ctx, in.ID)
	if err != nil {
		return nil, s.problem("show quarantined item "+in.ID, err)
	}
	return &output[*QuarantinedBody]{item}, nil
}

func (s *Server) replayQuarantined(ctx context.Context, in *quarantineInput) (*output[*Replayed], error) {
	if s.backends.Quarantine == nil {
		return nil, missing("quarantine")
	}
	replayed, err := s.backends.Quarantine.Replay(ctx, in.ID)
	if err != nil {
		return nil, s.problem("replay quarantined item "+in.ID, err)
	}
	s.log.Info("a quarantined item was replayed", "id", in.ID, "kept", replayed.Kept, "quarantined", replayed.Quarantined)
	return &output[*Replayed]{replayed}, nil
}

func (s *Server) dropQuarantined(ctx context.Context, in *quarantineInput) (*struct{}, error) {
	if s.backends.Quarantine == nil {
		return nil, missing("quarantine")
	}
	if err := s.backends.Quarantine.Drop(ctx, in.ID); err != nil {
		return nil, s.problem("drop quarantined item "+in.ID, err)
	}
	s.log.Info("a quarantined item was dropped", "id", in.ID)
	return nil, nil
}
