package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"penstock/access"
	"penstock/audit"
)

// AuditPage is a page of the audit log.
type AuditPage struct {
	Entries List[audit.Entry] `json:"entries" doc:"Newest first"`
	Next    int64             `json:"next,omitempty" doc:"Pass as before to get the following page; absent on the last"`
}

type auditListInput struct {
	audit.Filter
	Before int64 `query:"before" minimum:"0" doc:"Next of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditExportInput struct{ audit.Filter }

// exportTime is how long an export may take.
const exportTime = 10 * time.Minute

// registerAudit adds the reading of the audit log.
func (s *Server) registerAudit(api huma.API) {
	const tag, what = "audit", "audit log"
	huma.Register(api, get(access.AuditRead, "listAudit", "/audit", tag, "Who did what"), room(s, s.options.Audit, what, "read the audit log",
		func(ctx context.Context, l *audit.Log, in *auditListInput) (*AuditPage, error) {
			list, err := l.List(ctx, &in.Filter, in.Before, in.Limit)
			out := &AuditPage{Entries: list}
			if len(list) == in.Limit {
				out.Next = list[len(list)-1].ID
			}
			return out, err
		}))
	export := noting(get(access.AuditRead, "exportAudit", "/audit/export", tag, "Who did what, as newline-delimited JSON"), tellKey)
	huma.Register(api, export, s.exportAudit)
}

func (s *Server) exportAudit(_ context.Context, in *auditExportInput) (*huma.StreamResponse, error) {
	if s.options.Audit == nil {
		return nil, missing("audit log")
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/x-ndjson")
		ctx.SetHeader("Content-Disposition", `attachment; filename="penstock-audit.ndjson"`)
		_, w := humago.Unwrap(ctx)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTime)) // otherwise it is cut off earlier
		if err := s.options.Audit.Export(ctx.Context(), &in.Filter, ctx.BodyWriter()); err != nil {
			s.log.Warn("an export of the audit log was cut off", "error", err)
		}
	}}, nil
}
