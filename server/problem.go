package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Problem is an error of the API, as RFC 9457 has it.
type Problem struct {
	huma.ErrorModel
	Column   int           `json:"column,omitempty" doc:"Where in the query, in characters from 1"`
	Hint     string        `json:"hint,omitempty" doc:"What may have been meant"`
	Field    string        `json:"field,omitempty" doc:"What of the request is to blame"`
	Problems []RuleProblem `json:"problems,omitempty" doc:"What is wrong with the text of a rule"`
	// Diagnostics of a query in KQL.
	Diagnostics []HuntRemark `json:"diagnostics,omitempty" doc:"What is wrong with a query in KQL"`
}

// Types of problems that the caller can point at.
const (
	queryProblemType = "urn:penstock:problem:query"
	ruleProblemType  = "urn:penstock:problem:rule"
	// Too many hunts are under way.
	busyProblemType = "urn:penstock:problem:busy"
	// A hunt needs more memory than it may take.
	memoryProblemType = "urn:penstock:problem:memory"
	// Nobody is signed in, or the session has ended; what was asked for needs somebody.
	sessionProblemType = "urn:penstock:problem:session"
	// He who is signed in may not do it.
	permissionProblemType = "urn:penstock:problem:permission"
	// What was shown to sign in by is wrong.
	signInProblemType = "urn:penstock:problem:sign-in"
	// It takes a sign-in that is not long ago.
	freshProblemType = "urn:penstock:problem:fresh"
)

func newProblem(status int, detail string) *Problem {
	p := &Problem{}
	p.Status, p.Title, p.Detail = status, http.StatusText(status), detail
	return p
}

// problem says to the caller what an error of a backend means for him. What is not his to mend goes to the log.
func (s *Server) problem(doing string, err error) error {
	var query *QueryError
	var input *InputError
	var form *FormError
	var conflict *ConflictError
	var rule *RuleError
	var told *Problem
	var hunt *HuntError
	var busy *BusyError
	switch {
	case errors.As(err, &told): // whoever found it has said all
		return told
	case errors.As(err, &hunt):
		return hunt.problem()
	case errors.As(err, &busy):
		return busy.problem()
	case errors.As(err, &query):
		p := newProblem(http.StatusBadRequest, query.Message)
		p.Type, p.Title, p.Column, p.Hint = queryProblemType, "The query is not understood", query.Column, query.Hint
		return p
	case errors.As(err, &input):
		p := newProblem(http.StatusUnprocessableEntity, input.Message)
		p.Field, p.Hint = input.Field, input.Hint
		return p
	case errors.As(err, &form):
		return form.problem()
	case errors.As(err, &conflict):
		p := newProblem(http.StatusConflict, conflict.Message)
		p.Hint = conflict.Hint
		return p
	case errors.As(err, &rule):
		p := newProblem(http.StatusUnprocessableEntity, rule.Error())
		p.Type, p.Title, p.Problems = ruleProblemType, "The rule is not taken", rule.Problems
		return p
	case errors.Is(err, ErrNotFound), errors.Is(err, access.ErrNotFound):
		return newProblem(http.StatusNotFound, "There is nothing with this id, or it is no longer kept.")
	case errors.Is(err, context.DeadlineExceeded):
		return newProblem(http.StatusGatewayTimeout, "The query took too long. A shorter time range or a narrower query will be faster.")
	case errors.Is(err, context.Canceled):
		return newProblem(499, "The request was given up.")
	}
	if p := accessProblem(err); p != nil {
		return p
	}
	s.log.Error("a request failed", "doing", doing, "error", err)
	return newProblem(http.StatusInternalServerError, "Something went wrong here; the log says what, under: "+doing+".")
}

// problem tells the mistakes as the API's own validation does, each with where it is.
func (e *FormError) problem() *Problem {
	p := newProblem(http.StatusUnprocessableEntity, "Some of what was given is wrong.")
	if len(e.Mistakes) == 1 {
		p.Detail, p.Field = e.Mistakes[0].Message, e.Mistakes[0].Field
	}
	for _, m := range e.Mistakes {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: m.Message, Location: "body." + m.Field})
	}
	return p
}

// withoutValues keeps the API's own validation from giving back what it does not like: it may be a secret.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	var list []*huma.ErrorDetail
	switch v := v.(type) {
	case *huma.ErrorModel:
		list = v.Errors
	case *Problem:
		list = v.Errors
	}
	for _, d := range list {
		d.Value = nil
	}
	return v, nil
}

// accessProblem is what an error of sign-in or of users means for the caller; nil: it is none of these.
func accessProblem(err error) error {
	var mistake *access.Mistake
	var wait *access.Wait
	typed := func(status int, kind, text string) *Problem {
		p := newProblem(status, text)
		p.Type = kind
		return p
	}
	switch {
	case errors.As(err, &mistake):
		p := newProblem(http.StatusUnprocessableEntity, mistake.Message)
		p.Field = mistake.Field
		return p
	case errors.As(err, &wait):
		seconds := strconv.Itoa(int(wait.For.Seconds()) + 1)
		return huma.ErrorWithHeaders(newProblem(http.StatusTooManyRequests, "Too many attempts. Try again in "+seconds+" s."), http.Header{"Retry-After": {seconds}})
	case errors.Is(err, access.ErrWrong):
		return typed(http.StatusUnauthorized, signInProblemType, "The name or the passphrase is wrong.")
	case errors.Is(err, access.ErrCode):
		return typed(http.StatusUnauthorized, signInProblemType, "The code is wrong, or was used already; wait for the next one.")
	case errors.Is(err, access.ErrPasskey):
		return typed(http.StatusUnauthorized, signInProblemType, "This passkey is not taken.")
	case errors.Is(err, access.ErrExpired):
		return typed(http.StatusGone, signInProblemType, "This took too long, or was done already. Begin again.")
	case errors.Is(err, access.ErrLink):
		return typed(http.StatusGone, signInProblemType, "The link is no longer valid. Ask for a new one; that for the first administrator is in the terminal whenever Penstock starts.")
	case errors.Is(err, access.ErrFresh):
		return typed(http.StatusForbidden, freshProblemType, "Sign in again: this needs a sign-in of the last 15 minutes.")
	case errors.Is(err, access.ErrLast):
		return newProblem(http.StatusConflict, "This is the last administrator who can sign in. Make another one first.")
	case errors.Is(err, access.ErrOIDC):
		return newProblem(http.StatusBadGateway, "The OpenID provider does not answer as it should; the log says more.")
	}
	return nil
}

// missing answers for a room that this process does not have.
func missing(what string) error {
	return newProblem(http.StatusServiceUnavailable, "This process has no "+what+".")
}

var problemType = reflect.TypeFor[Problem]()

// writeProblem answers where the API's own machinery does not come into play.
func writeProblem(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if !isAPI(r) {
		writeText(w, status, detail+"\n")
		return
	}
	writeJSONProblem(w, status, detail)
}

func writeJSONProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(newProblem(status, detail)) // whoever asked may be gone
}

func (s *Server) noSuchEndpoint(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, http.StatusNotFound, "There is no such endpoint; /api/openapi.json lists them.")
}
