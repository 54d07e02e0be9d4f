package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/audit"
)

// What operations say of themselves in their metadata.
const (
	needsKey = "needs"  // access.Permission
	quietKey = "quiet"  // it changes nothing, although its method may: the audit log leaves it out
	tellKey  = "tell"   // it changes nothing, and the audit log is told all the same
	slowKey  = "signin" // it is for those who are not signed in yet, and can be guessed at: few at a time are let in
	// needsExtension tells the permission to readers of the API's description.
	needsExtension = "x-permission"
)

// noting changes an operation's metadata.
func noting(op huma.Operation, keys ...string) huma.Operation {
	for _, k := range keys {
		op.Metadata[k] = true
	}
	return op
}

// undeclared finds an operation that does not say what it needs: it would be open, or closed, by accident.
func undeclared(o *huma.OpenAPI) error {
	var errs []error
	for path, item := range o.Paths {
		for _, op := range operations(item) {
			needs, _ := op.Metadata[needsKey].(access.Permission)
			if !access.Known(needs) {
				errs = append(errs, fmt.Errorf("the operation %s (%s %s) does not say which permission it needs", op.OperationID, op.Method, path))
			}
		}
	}
	return errors.Join(errs...)
}

func operations(item *huma.PathItem) []*huma.Operation {
	return slices.DeleteFunc([]*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete}, func(op *huma.Operation) bool { return op == nil })
}

// note is what is being written of a request into the audit log; its handler may say more.
type note struct{ audit.Entry }

type noteKey struct{}

// noteOf is the note of a request.
func noteOf(ctx context.Context) *note {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{} // nobody reads it
}

// by says who it was who signed in just now.
func (n *note) by(u *access.User) { n.Kind, n.Actor = string(access.ByUser), u.Name }

// authorise lets through who may do what the operation does, and writes down what changes something.
func (s *Server) authorise(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		op := ctx.Operation()
		n := s.noteFor(ctx)
		defer s.write(ctx, n)
		who := access.From(ctx.Context())
		needs, _ := op.Metadata[needsKey].(access.Permission)
		if !access.Known(needs) || !who.May(needs) {
			status, text := refusal(who, needs)
			p := newProblem(status, text)
			p.Type = permissionProblemType
			if who == nil {
				ctx.SetHeader("WWW-Authenticate", `Bearer realm="penstock"`)
				p.Type = sessionProblemType
			}
			refuse(api, ctx, p)
			return
		}
		if op.Metadata[slowKey] != nil && !s.limits.signIn.allow(callerOf(ctx.Context()).Address) {
			ctx.SetHeader("Retry-After", "6")
			refuse(api, ctx, newProblem(http.StatusTooManyRequests, "Too many attempts come from this address; wait a moment."))
			return
		}
		next(huma.WithValue(ctx, noteKey{}, n))
	}
}

func refuse(api huma.API, ctx huma.Context, p *Problem) {
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetStatus(p.Status)
	_ = api.Marshal(ctx.BodyWriter(), "application/json", p) // whoever asked may be gone
}

func (s *Server) noteFor(ctx huma.Context) *note {
	op, from := ctx.Operation(), callerOf(ctx.Context())
	n := &note{audit.Entry{Kind: "none", Address: from.Address, Request: from.request, Operation: op.OperationID}}
	if who := access.From(ctx.Context()); who != nil {
		n.Kind, n.Actor = string(who.Kind), who.Name
		if name := named(who, ctx.Header(actorHeader)); name != who.Name {
			n.Detail = "in the name of " + name
		}
	}
	var target []string
	for _, p := range op.Parameters {
		if p.In == "path" {
			target = append(target, p.Name+"="+ctx.Param(p.Name))
		}
	}
	n.Target = strings.Join(target, " ")
	return n
}

// write adds the note to the audit log when it belongs there: when something was changed, or refused to somebody.
func (s *Server) write(ctx huma.Context, n *note) {
	op, status := ctx.Operation(), ctx.Status()
	reads := op.Method == http.MethodGet && op.Metadata[tellKey] == nil
	held := status == http.StatusTooManyRequests // one who tries on and on must not fill the log
	if s.options.Audit == nil || held || op.Metadata[quietKey] != nil || reads && status != http.StatusForbidden {
		return
	}
	n.Status = status
	switch {
	case n.Outcome != "": // the handler knows better
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		n.Outcome = audit.Refused
	case status >= http.StatusBadRequest:
		n.Outcome = audit.Failed
	default:
		n.Outcome = audit.Done
	}
	// It was done, and is written although whoever asked has gone.
	if err := s.options.Audit.Write(context.WithoutCancel(ctx.Context()), &n.Entry); err != nil {
		s.log.Error("the audit log has a gap", "operation", n.Operation, "actor", n.Actor, "status", status, "error", err)
	}
}
