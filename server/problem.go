package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an error of the API, as RFC 9457 has it.
type Problem struct {
	huma.ErrorModel
	Column   int           `json:"column,omitempty" doc:"Where in the query, in characters from 1"`
	Hint     string        `json:"hint,omitempty" doc:"What may have been meant"`
	Field    string        `json:"field,omitempty" doc:"What of the request is to blame"`
	Problems []RuleProblem `json:"problems,omitempty" doc:"What is wrong with the text of a rule"`
}

// Types of problems that the caller can point at.
const (
	queryProblemType = "urn:penstock:problem:query"
	ruleProblemType  = "urn:penstock:problem:rule"
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
	var conflict *ConflictError
	var rule *RuleError
	var told *Problem
	switch {
	case errors.As(err, &told): // whoever found it has said all
		return told
	case errors.As(err, &query):
		p := newProblem(http.StatusBadRequest, query.Message)
		p.Type, p.Title, p.Column, p.Hint = queryProblemType, "The query is not understood", query.Column, query.Hint
		return p
	case errors.As(err, &input):
		p := newProblem(http.StatusUnprocessableEntity, input.Message)
		p.Field, p.Hint = input.Field, input.Hint
		return p
	case errors.As(err, &conflict):
		p := newProblem(http.StatusConflict, conflict.Message)
		p.Hint = conflict.Hint
		return p
	case errors.As(err, &rule):
		p := newProblem(http.StatusUnprocessableEntity, rule.Error())
		p.Type, p.Title, p.Problems = ruleProblemType, "The rule is not taken", rule.Problems
		return p
	case errors.Is(err, ErrNotFound):
		return newProblem(http.StatusNotFound, "There is nothing with this id, or it is no longer kept.")
	case errors.Is(err, context.DeadlineExceeded):
		return newProblem(http.StatusGatewayTimeout, "The query took too long. A shorter time range or a narrower query will be faster.")
	case errors.Is(err, context.Canceled):
		return newProblem(499, "The request was given up.")
	}
	s.log.Error("a request failed", "doing", doing, "error", err)
	return newProblem(http.StatusInternalServerError, "Something went wrong here; the log says what, under: "+doing+".")
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
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(newProblem(status, detail)) // whoever asked may be gone
}

func (s *Server) noSuchEndpoint(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, http.StatusNotFound, "There is no such endpoint; /api/openapi.json lists them.")
}
