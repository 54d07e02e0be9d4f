package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Exceptions are what rules are not to see. Its errors are those of Rules.
type Exceptions interface {
	// Exceptions of a rule, or of all where it is empty: those that hold, or those that held once as well.
	Exceptions(ctx context.Context, rule string, ended bool) ([]RuleException, error)
	Add(ctx context.Context, by By, rule string, e *NewException) (*RuleException, error)
	End(ctx context.Context, by By, id int64) error
	// Check says what is doubtful about an exception that is not made yet.
	Check(rule string, e *NewException) (*CheckedException, error)
}

// RuleException is what a rule is not to see.
type RuleException struct {
	ID      int64      `json:"id"`
	Rule    string     `json:"rule"`
	Text    string     `json:"text" doc:"The section detection of a Sigma rule, in YAML: what fulfils it is no match"`
	Reason  string     `json:"reason"`
	Who     string     `json:"who"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty" doc:"Absent: never"`
	Ended   *time.Time `json:"ended,omitempty" doc:"When it was taken back"`
	EndedBy string     `json:"endedBy,omitempty"`
	Holds   bool       `json:"holds" doc:"It hides something at this time"`
}

// NewException is an exception that somebody wants: a text, or fields with values.
type NewException struct {
	Text    string           `json:"text,omitempty" maxLength:"65536" doc:"The section detection of a Sigma rule, in YAML"`
	Where   []ExceptionWhere `json:"where,omitempty" maxItems:"20" doc:"Instead of a text: fields, all of which must be so"`
	Expires time.Time        `json:"expires,omitzero" doc:"Default: 90 days from now"`
	Never   bool             `json:"never,omitempty" doc:"It does not expire"`
}

// ExceptionWhere is one field of an exception.
type ExceptionWhere struct {
	Field  string   `json:"field" minLength:"1" maxLength:"256"`
	Op     string   `json:"op" enum:"is,contains,startswith,endswith"`
	Values []string `json:"values" minItems:"1" maxItems:"100" doc:"One of which it must be"`
}

// CheckedException is what there is to say about an exception before it is made.
type CheckedException struct {
	Text     string       `json:"text" doc:"As it would be kept"`
	Warnings List[string] `json:"warnings" doc:"What is doubtful about it, for example that it is too wide"`
	Expires  *time.Time   `json:"expires,omitempty" doc:"When it would end"`
}

// ExceptionList is exceptions.
type ExceptionList struct {
	Exceptions List[RuleException] `json:"exceptions" doc:"Newest first"`
}

// ExceptionsInput says which exceptions are wanted.
type ExceptionsInput struct {
	Ended bool `query:"ended" doc:"Those that have ended as well"`
}

type ruleExceptionsInput struct {
	RuleInput
	ExceptionsInput
}

type exceptionAddInput struct {
	ActorInput
	RuleInput
	Body struct {
		NewException
		Reason string `json:"reason" minLength:"1" maxLength:"1024"`
	}
}

type exceptionCheckInput struct {
	RuleInput
	Body NewException
}

type exceptionEndInput struct {
	ActorInput
	ID     int64  `path:"id" minimum:"1"`
	Reason string `query:"reason" maxLength:"1024"`
}

func (s *Server) registerExceptions(api huma.API) {
	const what, tag = "rules", "exceptions"
	exceptions := s.backends.Exceptions
	huma.Register(api, get(access.RulesRead, "listExceptions", "/exceptions", tag, "Exceptions of all rules"), room(s, exceptions, what, "list exceptions",
		func(ctx context.Context, e Exceptions, in *ExceptionsInput) (ExceptionList, error) {
			list, err := e.Exceptions(ctx, "", in.Ended)
			return ExceptionList{list}, err
		}))
	huma.Register(api, get(access.RulesRead, "ruleExceptions", "/rules/{id}/exceptions", tag, "Exceptions of a rule"), room(s, exceptions, what, "list the exceptions of a rule",
		func(ctx context.Context, e Exceptions, in *ruleExceptionsInput) (ExceptionList, error) {
			list, err := e.Exceptions(ctx, in.ID, in.Ended)
			return ExceptionList{list}, err
		}))
	huma.Register(api, change(access.RulesWrite, http.MethodPost, "addException", "/rules/{id}/exceptions", tag, "Say what a rule is not to see; it expires unless it says otherwise"), room(s, exceptions, what, "add an exception",
		func(ctx context.Context, e Exceptions, in *exceptionAddInput) (*RuleException, error) {
			return e.Add(ctx, By{in.Actor, in.Body.Reason}, in.ID, &in.Body.NewException)
		}))
	huma.Register(api, change(access.RulesRead, http.MethodPost, "checkException", "/rules/{id}/exceptions/check", tag, "What is doubtful about an exception, before it is made; a job of kind exception shows what it would have hidden"), room(s, exceptions, what, "check an exception",
		func(_ context.Context, e Exceptions, in *exceptionCheckInput) (*CheckedException, error) {
			return e.Check(in.ID, &in.Body)
		}))
	huma.Register(api, quietly(access.RulesWrite, http.MethodDelete, "endException", "/exceptions/{id}", tag, "Take an exception back; it stays in the history"), deed(s, exceptions, what, "end an exception",
		func(ctx context.Context, e Exceptions, in *exceptionEndInput) error {
			return e.End(ctx, By{in.Actor, in.Reason}, in.ID)
		}))
}
