package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Notifications tell people and programs outside of alerts. Its methods return ErrNotFound for an id that is none, and an
// *InputError for a setting that is wrong.
type Notifications interface {
	Targets(ctx context.Context) ([]NotificationTarget, error)
	// Save keeps a target, a new one where id is 0. Secrets that are empty stay as they were.
	Save(ctx context.Context, id int64, t *TargetSettings) (*NotificationTarget, error)
	Delete(ctx context.Context, id int64) error
	// Test sends a message at once; the text says why it was not taken, empty: it was.
	Test(ctx context.Context, id int64) (problem string, err error)
	// Deliveries to a target (0: to all) in a state (empty: in any), newest first.
	Deliveries(ctx context.Context, target int64, state string, limit int) ([]Delivery, error)
	Retry(ctx context.Context, id int64) error
}

// TargetSettings are what somebody says about a target.
type TargetSettings struct {
	Name       string   `json:"name" minLength:"1" maxLength:"128"`
	Kind       string   `json:"kind" enum:"webhook,email,slack,teams"`
	Enabled    bool     `json:"enabled"`
	URL        string   `json:"url,omitempty" maxLength:"2048" doc:"Of webhook, Slack and Teams. It may be a secret, so only its beginning is shown. Empty, or as shown: as it was"`
	Secret     string   `json:"secret,omitempty" maxLength:"1024" doc:"The key that signs webhooks (whsec_ and base64), or the password for e-mail. Empty: as it was"`
	SMTP       string   `json:"smtp,omitempty" maxLength:"512" doc:"Server for e-mail, host:port"`
	Encryption string   `json:"encryption,omitempty" enum:"starttls,tls,none" doc:"Of e-mail; starttls"`
	Username   string   `json:"username,omitempty" maxLength:"512" doc:"At the server for e-mail"`
	From       string   `json:"from,omitempty" maxLength:"512" doc:"Of e-mail"`
	To         []string `json:"to,omitempty" maxItems:"100" doc:"Of e-mail"`
	Changes    []string `json:"changes,omitempty" enum:"created,reopened,escalated" maxItems:"3" doc:"What to tell of; nothing: of all"`
	MinUrgency int      `json:"minUrgency,omitempty" minimum:"0" maximum:"100" doc:"Alerts of less are not told of"`
	Subject    string   `json:"subject,omitempty" maxLength:"4096" doc:"Template; empty: the default"`
	Body       string   `json:"body,omitempty" maxLength:"65536" doc:"Template; empty: the default"`
	PerMinute  int      `json:"perMinute,omitempty" minimum:"0" maximum:"600" doc:"Messages at most; beyond, alerts come together in one message. 0: 10"`
}

// NotificationTarget is where notifications go. Its secrets are left out.
type NotificationTarget struct {
	ID int64 `json:"id"`
	TargetSettings
	URLSet    bool      `json:"urlSet" doc:"There is an address"`
	SecretSet bool      `json:"secretSet" doc:"There is a secret"`
	Changed   time.Time `json:"changed"`
}

// Delivery is what was, or is to be, sent to a target.
type Delivery struct {
	ID       int64      `json:"id"`
	Target   int64      `json:"target"`
	Alert    string     `json:"alert" doc:"Its id"`
	Kind     string     `json:"kind" enum:"created,reopened,escalated"`
	State    string     `json:"state" enum:"pending,sent,failed,dropped"`
	Attempts int        `json:"attempts"`
	Created  time.Time  `json:"created"`
	Due      *time.Time `json:"due,omitempty" doc:"Of a pending one: when it is tried next"`
	Ended    *time.Time `json:"ended,omitempty"`
	Problem  string     `json:"problem,omitempty" doc:"Of the last attempt"`
}

// TargetList is every target.
type TargetList struct {
	Targets List[NotificationTarget] `json:"targets" doc:"By name"`
}

// DeliveryList is deliveries.
type DeliveryList struct {
	Deliveries List[Delivery] `json:"deliveries" doc:"Newest first"`
}

// TargetTest is what came of a test message.
type TargetTest struct {
	Sent    bool   `json:"sent"`
	Problem string `json:"problem,omitempty" doc:"Why it was not taken"`
}

// TargetInput names a target, or a delivery.
type TargetInput struct {
	ID int64 `path:"id" minimum:"1"`
}

type targetCreateInput struct{ Body TargetSettings }

type targetUpdateInput struct {
	TargetInput
	Body TargetSettings
}

type deliveriesInput struct {
	Target int64  `query:"target" minimum:"0" doc:"Only those to this one"`
	State  string `query:"state" enum:"pending,sent,failed,dropped"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *Server) registerNotifications(api huma.API) {
	const what, tag = "notifications", "notifications"
	const targets = "/notifications/targets"
	n := s.backends.Notifications
	huma.Register(api, get(access.SettingsRead, "listTargets", targets, tag, "Where notifications go"), room(s, n, what, "list notification targets",
		func(ctx context.Context, n Notifications, _ *struct{}) (TargetList, error) {
			list, err := n.Targets(ctx)
			return TargetList{list}, err
		}))
	huma.Register(api, change(access.SettingsWrite, http.MethodPost, "createTarget", targets, tag, "Add a target"), room(s, n, what, "add a notification target",
		func(ctx context.Context, n Notifications, in *targetCreateInput) (*NotificationTarget, error) {
			return n.Save(ctx, 0, &in.Body)
		}))
	huma.Register(api, change(access.SettingsWrite, http.MethodPut, "updateTarget", targets+"/{id}", tag, "Change a target"), room(s, n, what, "change a notification target",
		func(ctx context.Context, n Notifications, in *targetUpdateInput) (*NotificationTarget, error) {
			return n.Save(ctx, in.ID, &in.Body)
		}))
	huma.Register(api, quietly(access.SettingsWrite, http.MethodDelete, "deleteTarget", targets+"/{id}", tag, "Delete a target, with the record of its deliveries"), deed(s, n, what, "delete a notification target",
		func(ctx context.Context, n Notifications, in *TargetInput) error { return n.Delete(ctx, in.ID) }))
	huma.Register(api, change(access.SettingsWrite, http.MethodPost, "testTarget", targets+"/{id}/test", tag, "Send a test message at once"), room(s, n, what, "test a notification target",
		func(ctx context.Context, n Notifications, in *TargetInput) (TargetTest, error) {
			problem, err := n.Test(ctx, in.ID)
			return TargetTest{problem == "", problem}, err
		}))
	huma.Register(api, get(access.SettingsRead, "listDeliveries", "/notifications/deliveries", tag, "What was sent, and what came of it"), room(s, n, what, "list deliveries",
		func(ctx context.Context, n Notifications, in *deliveriesInput) (DeliveryList, error) {
			list, err := n.Deliveries(ctx, in.Target, in.State, in.Limit)
			return DeliveryList{list}, err
		}))
	huma.Register(api, quietly(access.SettingsWrite, http.MethodPost, "retryDelivery", "/notifications/deliveries/{id}/retry", tag, "Put a delivery that has failed back in line"), deed(s, n, what, "retry a delivery",
		func(ctx context.Context, n Notifications, in *TargetInput) error { return n.Retry(ctx, in.ID) }))
}
