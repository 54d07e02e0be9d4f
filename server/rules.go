package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

type ruleListInput struct {
	RuleFilter
	Sort       string `query:"sort" enum:"title,level,status,effort,pack,changed,fired,last,fitness" default:"title"`
	Descending bool   `query:"descending"`
	Limit      int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	After      string `query:"after" maxLength:"2048" doc:"Next of the page before"`
}

// RuleInput names a rule.
type RuleInput struct {
	ID string `path:"id" minLength:"1" maxLength:"256" doc:"Id of the rule: a UUID, or what its author chose"`
}

type ruleHistoryInput struct {
	RuleInput
	HistoryInput
}

// HistoryInput is a page of a history.
type HistoryInput struct {
	Before int64 `query:"before" minimum:"0" doc:"Id of an entry: those before it"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type ruleActivityInput struct {
	RuleInput
	RangeInput
}

type ruleEditInput struct {
	ActorInput
	RuleInput
	Body RuleEdit
}

type ruleBulkInput struct {
	ActorInput
	RuleFilter
	DryRun bool `query:"dryRun" doc:"Only tell how many rules it is about"`
	Body   RuleEdit
}

// RuleText is the text of a rule that somebody wrote.
type RuleText struct {
	Text   string `json:"text" minLength:"1" maxLength:"524288" doc:"Sigma, in YAML"`
	Reason string `json:"reason,omitempty" maxLength:"1024" doc:"For the history"`
}

type ruleCreateInput struct {
	ActorInput
	Body RuleText
}

type ruleUpdateInput struct {
	ActorInput
	RuleInput
	Body struct {
		RuleText
		Version int64 `json:"version" minimum:"1" doc:"Of the text that was edited: the update is refused when it has changed since"`
	}
}

type ruleDeleteInput struct {
	ActorInput
	RuleInput
	Version int64  `query:"version" required:"true" minimum:"1" doc:"Of the text that was seen: nothing is deleted when it has changed since"`
	Reason  string `query:"reason" maxLength:"1024"`
}

type ruleCheckInput struct{ Body RuleText }

// RuleHistory is what was changed of rules.
type RuleHistory struct {
	Changes List[RuleChange] `json:"changes" doc:"Newest first"`
}

// RuleActivity is how a rule has fired.
type RuleActivity struct {
	Hours List[RuleHour] `json:"hours" doc:"Those in which it has"`
}

// activityRange is what a request for the activity of a rule looks at unless it says otherwise.
const activityRange = 7 * 24 * time.Hour

func (s *Server) registerRules(api huma.API) {
	const what, tag = "rules", "rules"
	rules := s.backends.Rules
	huma.Register(api, get(access.RulesRead, "listRules", "/rules", tag, "Rules, with how many each other choice would give"), room(s, rules, what, "list rules",
		func(ctx context.Context, r Rules, in *ruleListInput) (*RulePage, error) {
			return r.List(ctx, &in.RuleFilter, in.Sort, in.Descending, in.Limit, in.After)
		}))
	huma.Register(api, get(access.RulesRead, "rulesHistory", "/rules/history", tag, "Who changed what of all rules and packs"), room(s, rules, what, "read the history of the rules",
		func(ctx context.Context, r Rules, in *HistoryInput) (RuleHistory, error) {
			list, err := r.History(ctx, "", in.Before, in.Limit)
			return RuleHistory{list}, err
		}))
	huma.Register(api, get(access.RulesRead, "getRule", "/rules/{id}", tag, "One rule: its text, what it needs, how fit it is, its exceptions"), room(s, rules, what, "read a rule",
		func(ctx context.Context, r Rules, in *RuleInput) (*RuleDetail, error) { return r.Rule(ctx, in.ID) }))
	huma.Register(api, get(access.RulesRead, "ruleHistory", "/rules/{id}/history", tag, "Who changed what of a rule"), room(s, rules, what, "read the history of a rule",
		func(ctx context.Context, r Rules, in *ruleHistoryInput) (RuleHistory, error) {
			list, err := r.History(ctx, in.ID, in.Before, in.Limit)
			return RuleHistory{list}, err
		}))
	huma.Register(api, get(access.RulesRead, "ruleActivity", "/rules/{id}/activity", tag, "How a rule has fired, hour by hour; by default over seven days"), room(s, rules, what, "read the activity of a rule",
		func(ctx context.Context, r Rules, in *ruleActivityInput) (RuleActivity, error) {
			if in.To.IsZero() {
				in.To = time.Now().UTC()
			}
			if in.From.IsZero() {
				in.From = in.To.Add(-activityRange)
			}
			list, err := r.Activity(ctx, in.ID, in.From, in.To)
			return RuleActivity{list}, err
		}))
	s.registerRuleChanges(api, rules, what, tag)
}

// registerRuleChanges adds the operations that change rules.
func (s *Server) registerRuleChanges(api huma.API, rules Rules, what, tag string) {
	huma.Register(api, change(access.RulesWrite, http.MethodPatch, "editRule", "/rules/{id}", tag, "Decide about a rule: enable it, override its level, say how its matches become alerts"), room(s, rules, what, "edit a rule",
		func(ctx context.Context, r Rules, in *ruleEditInput) (*RuleDetail, error) {
			return r.Edit(ctx, By{in.Actor, in.Body.Reason}, in.ID, &in.Body)
		}))
	huma.Register(api, change(access.RulesWrite, http.MethodPatch, "editRules", "/rules", tag, "Decide about all rules that a filter lets through"), room(s, rules, what, "edit rules",
		func(ctx context.Context, r Rules, in *ruleBulkInput) (*BulkEdit, error) {
			return r.EditAll(ctx, By{in.Actor, in.Body.Reason}, &in.RuleFilter, &in.Body, in.DryRun)
		}))
	huma.Register(api, change(access.RulesWrite, http.MethodPost, "createRule", "/rules", tag, "Keep a rule that was written here; it is disabled until somebody enables it"), room(s, rules, what, "create a rule",
		func(ctx context.Context, r Rules, in *ruleCreateInput) (*RuleDetail, error) {
			return r.Create(ctx, By{in.Actor, in.Body.Reason}, in.Body.Text)
		}))
	huma.Register(api, change(access.RulesWrite, http.MethodPut, "updateRule", "/rules/{id}", tag, "Replace the text of a rule that was written here"), room(s, rules, what, "update a rule",
		func(ctx context.Context, r Rules, in *ruleUpdateInput) (*RuleDetail, error) {
			return r.Update(ctx, By{in.Actor, in.Body.Reason}, in.ID, in.Body.Version, in.Body.Text)
		}))
	huma.Register(api, quietly(access.RulesWrite, http.MethodDelete, "deleteRule", "/rules/{id}", tag, "Delete a rule that was written here"), deed(s, rules, what, "delete a rule",
		func(ctx context.Context, r Rules, in *ruleDeleteInput) error {
			return r.Delete(ctx, By{in.Actor, in.Reason}, in.ID, in.Version)
		}))
	huma.Register(api, change(access.RulesRead, http.MethodPost, "checkRule", "/rules/check", tag, "Check the text of a rule without keeping it"), room(s, rules, what, "check a rule",
		func(_ context.Context, r Rules, in *ruleCheckInput) (*CheckedRule, error) {
			return r.Check(in.Body.Text), nil
		}))
}
