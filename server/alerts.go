package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

type alertListInput struct {
	AlertFilter
	Sort  string `query:"sort" enum:"urgency,updated,created,occurrences" default:"urgency" doc:"The greatest or latest first"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	After string `query:"after" maxLength:"512" doc:"Next of the page before"`
}

type alertInput struct {
	ID int64 `path:"id" minimum:"1"`
}

type alertUpdateInput struct {
	ActorInput
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Version int64 `json:"version,omitempty" minimum:"0" doc:"Of the alert that was seen: the change is refused when it has changed since. 0: whatever it is"`
		AlertEdit
	}
}

type alertBulkInput struct {
	ActorInput
	Body struct {
		IDs  []int64   `json:"ids" minItems:"1" maxItems:"1000"`
		Edit AlertEdit `json:"edit"`
	}
}

type commentInput struct {
	ActorInput
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"16384"`
	}
}

// AlertEventList is what an alert refers to.
type AlertEventList struct {
	Events List[AlertEvent] `json:"events" doc:"The first 100 and the latest 400, in order of arrival"`
}

// AlertHistory is what was changed of an alert.
type AlertHistory struct {
	Entries List[AlertEntry] `json:"entries" doc:"The oldest first"`
}

// AlertComments is what was said about an alert.
type AlertComments struct {
	Comments List[AlertComment] `json:"comments" doc:"The oldest first"`
}

// SimilarAlerts have something in common with an alert.
type SimilarAlerts struct {
	Alerts List[SimilarAlert] `json:"alerts" doc:"Those with most in common first, 50 at most"`
}

// AlertResults is what became of many alerts.
type AlertResults struct {
	Changed int               `json:"changed"`
	Results List[AlertResult] `json:"results" doc:"In the order of the ids"`
}

// NoisyRules match too much.
type NoisyRules struct {
	Rules List[NoisyRule] `json:"rules" doc:"The latest first"`
}

func (s *Server) registerAlerts(api huma.API) {
	const what, tag = "alerts", "alerts"
	alerts := s.backends.Alerts
	huma.Register(api, get(access.AlertsRead, "listAlerts", "/alerts", tag, "Alerts, most urgent first"), room(s, alerts, what, "list alerts",
		func(ctx context.Context, a Alerts, in *alertListInput) (*AlertPage, error) {
			return a.List(ctx, &in.AlertFilter, in.Sort, in.Limit, in.After)
		}))
	huma.Register(api, get(access.AlertsRead, "countAlerts", "/alerts/counts", tag, "Count alerts by status and urgency"), room(s, alerts, what, "count alerts",
		func(ctx context.Context, a Alerts, in *AlertFilter) (*AlertCounts, error) { return a.Counts(ctx, in) }))
	huma.Register(api, get(access.AlertsRead, "alertOverview", "/alerts/overview", tag, "Rules, hosts, users and ATT&CK of the alerts that are not closed"), room(s, alerts, what, "survey open alerts",
		func(ctx context.Context, a Alerts, in *AlertFilter) (*AlertOverview, error) {
			return a.Overview(ctx, in)
		}))
	huma.Register(api, get(access.StatisticsRead, "alertStatistics", "/alerts/statistics", tag, "How long alerts wait, and how they turn out, by the time of their creation"), room(s, alerts, what, "count how alerts turned out",
		func(ctx context.Context, a Alerts, in *RangeInput) (*AlertStatistics, error) {
			sel, err := SelectionInput{From: in.From, To: in.To}.selection()
			if err != nil {
				return nil, err
			}
			return a.Statistics(ctx, sel.From, sel.To)
		}))
	huma.Register(api, get(access.StatisticsRead, "listNoisyRules", "/alerts/noisy", tag, "Rules that match so much that they are throttled"), room(s, alerts, what, "list noisy rules",
		func(ctx context.Context, a Alerts, _ *struct{}) (NoisyRules, error) {
			list, err := a.Noisy(ctx)
			return NoisyRules{list}, err
		}))
	huma.Register(api, change(access.AlertsWork, http.MethodPatch, "updateAlerts", "/alerts", tag, "Change many alerts as they are; those that cannot take the change stay"), room(s, alerts, what, "change alerts",
		func(ctx context.Context, a Alerts, in *alertBulkInput) (*AlertResults, error) {
			results, err := a.UpdateAll(ctx, in.Actor, in.Body.IDs, &in.Body.Edit)
			out := &AlertResults{Results: results}
			for _, r := range results {
				if r.Problem == "" {
					out.Changed++
				}
			}
			return out, err
		}))
	s.registerAlert(api, alerts, what, tag)
}

// registerAlert adds the operations on one alert.
func (s *Server) registerAlert(api huma.API, alerts Alerts, what, tag string) {
	huma.Register(api, get(access.AlertsRead, "getAlert", "/alerts/{id}", tag, "One alert with its entities and the reasons of its urgency"), room(s, alerts, what, "read an alert",
		func(ctx context.Context, a Alerts, in *alertInput) (*AlertDetail, error) { return a.Alert(ctx, in.ID) }))
	huma.Register(api, change(access.AlertsWork, http.MethodPatch, "updateAlert", "/alerts/{id}", tag, "Change status, verdict, assignee, tags or urgency"), room(s, alerts, what, "change an alert",
		func(ctx context.Context, a Alerts, in *alertUpdateInput) (*AlertDetail, error) {
			return a.Update(ctx, in.Actor, in.ID, in.Body.Version, &in.Body.AlertEdit)
		}))
	huma.Register(api, get(access.AlertsRead, "alertEvents", "/alerts/{id}/events", tag, "Events of an alert"), room(s, alerts, what, "list the events of an alert",
		func(ctx context.Context, a Alerts, in *alertInput) (AlertEventList, error) {
			list, err := a.Events(ctx, in.ID)
			return AlertEventList{list}, err
		}))
	huma.Register(api, get(access.AlertsRead, "alertHistory", "/alerts/{id}/history", tag, "Who changed what of an alert"), room(s, alerts, what, "read the history of an alert",
		func(ctx context.Context, a Alerts, in *alertInput) (AlertHistory, error) {
			list, err := a.History(ctx, in.ID)
			return AlertHistory{list}, err
		}))
	huma.Register(api, get(access.AlertsRead, "alertComments", "/alerts/{id}/comments", tag, "Comments on an alert"), room(s, alerts, what, "read the comments on an alert",
		func(ctx context.Context, a Alerts, in *alertInput) (AlertComments, error) {
			list, err := a.Comments(ctx, in.ID)
			return AlertComments{list}, err
		}))
	huma.Register(api, quietly(access.AlertsWork, http.MethodPost, "commentAlert", "/alerts/{id}/comments", tag, "Comment on an alert"), deed(s, alerts, what, "comment on an alert",
		func(ctx context.Context, a Alerts, in *commentInput) error {
			return a.Comment(ctx, in.Actor, in.ID, in.Body.Text)
		}))
	huma.Register(api, get(access.AlertsRead, "similarAlerts", "/alerts/{id}/similar", tag, "Alerts that have the cause, the rule or entities in common with one"), room(s, alerts, what, "find similar alerts",
		func(ctx context.Context, a Alerts, in *alertInput) (SimilarAlerts, error) {
			list, err := a.Similar(ctx, in.ID)
			return SimilarAlerts{list}, err
		}))
}
