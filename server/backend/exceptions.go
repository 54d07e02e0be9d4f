package backend

import (
	"context"
	"time"

	"penstock/catalogue"
	"penstock/server"
)

// Exceptions answers for what rules are not to see.
func Exceptions(c *catalogue.Catalogue) server.Exceptions { return exceptions{c} }

type exceptions struct{ catalogue *catalogue.Catalogue }

func exceptionsOf(list []*catalogue.Exception) []server.RuleException {
	out := make([]server.RuleException, len(list))
	for i, x := range list {
		out[i] = exceptionOf(x)
	}
	return out
}

func exceptionOf(x *catalogue.Exception) server.RuleException {
	return server.RuleException{
		ID: x.ID, Rule: x.Rule, Text: x.Text, Reason: x.Reason, Who: x.Who, Created: x.Created, Expires: moment(x.Expires),
		Ended: moment(x.Ended), EndedBy: x.EndedBy, Holds: x.Holds(time.Now()),
	}
}

// wanted is an exception as the catalogue wants it: it expires, unless somebody says that it does not.
func wanted(e *server.NewException) *catalogue.NewException {
	out := &catalogue.NewException{Text: e.Text, Expires: e.Expires, Never: e.Never}
	if e.Expires.IsZero() && !e.Never {
		out.Expires = catalogue.DefaultExpiry(time.Now())
	}
	for _, w := range e.Where {
		out.Where = append(out.Where, catalogue.Where(w))
	}
	return out
}

func (e exceptions) Exceptions(ctx context.Context, rule string, ended bool) ([]server.RuleException, error) {
	if err := known(e.catalogue, rule); err != nil {
		return nil, err
	}
	list, err := e.catalogue.Exceptions(ctx, rule, ended)
	if err != nil {
		return nil, ruleError(err)
	}
	return exceptionsOf(list), nil
}

func (e exceptions) Add(ctx context.Context, by server.By, rule string, n *server.NewException) (*server.RuleException, error) {
	x, err := e.catalogue.AddException(ctx, rule, wanted(n), catalogue.By(by))
	if err != nil {
		return nil, ruleError(err)
	}
	return new(exceptionOf(x)), nil
}

func (e exceptions) End(ctx context.Context, by server.By, id int64) error {
	return ruleError(e.catalogue.EndException(ctx, id, catalogue.By(by)))
}

func (e exceptions) Check(rule string, n *server.NewException) (*server.CheckedException, error) {
	w := wanted(n)
	text, warnings, err := e.catalogue.CheckException(rule, w)
	if err != nil {
		return nil, ruleError(err)
	}
	return &server.CheckedException{Text: text, Warnings: warnings, Expires: moment(w.Expires)}, nil
}
