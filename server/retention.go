package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Retention is for how long, and up to what size, events are kept. Its methods return an *InputError for what cannot be
// meant and a *ConflictError where the configuration fixes it.
type Retention interface {
	Setting() RetentionSetting
	Preview(k Keeping) (*RetentionPreview, error)
	Set(ctx context.Context, who string, k Keeping) (*RetentionSetting, error)
	Reset(ctx context.Context) (*RetentionSetting, error)
}

// Keeping is what is kept of events.
type Keeping struct {
	MaxAgeDays float64 `json:"maxAgeDays,omitempty" query:"maxAgeDays" minimum:"0" maximum:"36500" doc:"By the time of the event; absent or 0: whatever the age"`
	MaxBytes   int64   `json:"maxBytes,omitempty" query:"maxBytes" minimum:"0" maximum:"1125899906842624" doc:"Absent or 0: whatever the size"`
}

func (k Keeping) String() string {
	age, size := "whatever the age", "whatever the size"
	if k.MaxAgeDays > 0 {
		age = fmt.Sprintf("%g days", k.MaxAgeDays)
	}
	if k.MaxBytes > 0 {
		size = fmt.Sprintf("%d bytes", k.MaxBytes)
	}
	return age + ", " + size
}

// RetentionSetting is what is kept, and who said so.
type RetentionSetting struct {
	Keeping
	Usual   Keeping    `json:"usual" doc:"What is kept unless somebody has said otherwise"`
	Fixed   string     `json:"fixed,omitempty" doc:"Why it cannot be changed here; absent where it can"`
	Who     string     `json:"who,omitempty" doc:"Has said so; absent: nobody, it is the usual"`
	Changed *time.Time `json:"changed,omitempty"`
}

// RetentionPreview is what would be deleted now.
type RetentionPreview struct {
	Segments int        `json:"segments"`
	Events   int64      `json:"events"`
	Bytes    int64      `json:"bytes"`
	Left     int64      `json:"left" doc:"Events that would stay"`
	Oldest   *time.Time `json:"oldest,omitempty" doc:"Time of the oldest of these; absent where none would stay"`
}

type keepingQuery struct{ Keeping }

type retentionInput struct {
	ActorInput
	Body Keeping
}

func (s *Server) registerRetention(api huma.API) {
	const what, tag, path = "lake", "settings", "/retention"
	r := s.backends.Retention
	huma.Register(api, get(access.StatisticsRead, "getRetention", path, tag, "For how long, and up to what size, events are kept"), room(s, r, what, "read the retention",
		func(_ context.Context, r Retention, _ *struct{}) (RetentionSetting, error) { return r.Setting(), nil }))
	huma.Register(api, get(access.SettingsWrite, "previewRetention", path+"/preview", tag, "What a retention would delete now"), room(s, r, what, "look what a retention would delete",
		func(_ context.Context, r Retention, in *keepingQuery) (*RetentionPreview, error) {
			return r.Preview(in.Keeping)
		}))
	huma.Register(api, change(access.SettingsWrite, http.MethodPut, "setRetention", path, tag, "Keep events for another time or up to another size, from now on; what is beyond is deleted within seconds"), room(s, r, what, "set the retention",
		func(ctx context.Context, r Retention, in *retentionInput) (*RetentionSetting, error) {
			noteOf(ctx).Detail = fmt.Sprintf("%s → %s", r.Setting().Keeping, in.Body)
			return r.Set(ctx, in.Actor, in.Body)
		}))
	huma.Register(api, change(access.SettingsWrite, http.MethodDelete, "resetRetention", path, tag, "Keep what is usual again"), room(s, r, what, "reset the retention",
		func(ctx context.Context, r Retention, _ *struct{}) (*RetentionSetting, error) {
			noteOf(ctx).Detail = fmt.Sprintf("%s → %s", r.Setting().Keeping, r.Setting().Usual)
			return r.Reset(ctx)
		}))
}
