package hunt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"penstock/kql"
)

// Request is a hunt that somebody wants.
type Request struct {
	ID         string   // by which it can be cancelled; empty: one is made
	Who        string   // whose it is: nobody else can cancel it
	Intakes    []string // whose events are seen; none: of all intakes
	Query      string
	Dialect    string // defender or sentinel; empty: whichever knows the query's names
	Parameters []Parameter
	// From and To bound every table that is read, unless the query says itself of which time it wants events. From is in
	// it, To is not. Zero: the options' range before To, and now.
	From, To time.Time
	Rows     int           // of the result; 0: the default of 10,000
	Bytes    int64         // of the result; 0: 64 MiB, negative: whatever there is
	Timeout  time.Duration // 0: what the limits allow
	Limits   Limits        // those of whoever asks; zero values: those of the options
	Now      time.Time     // what now() is in the query; zero: when the request came
	Quiet    bool          // it is not for the history
	Patient  bool          // it waits however many others do
}

// Parameter is a value that a query refers to by name, as if it were bound by let.
type Parameter struct {
	Name  string
	Type  string // of KQL
	Value string // as KQL writes it, but a string without quotation marks
}

// Limits bound a hunt.
type Limits struct {
	Rows    int           // of its result
	Timeout time.Duration // for all of it but the waiting
	Memory  int64         // bytes; beyond it a hunt writes to disk what it can, and fails with what it cannot
}

// DefaultRows is how many rows a result has at most, unless more are asked for.
const DefaultRows = 10_000

// The bounds of a request.
const (
	maxQuery      = 64 << 10
	maxParameters = 50
)

// Mistake is something of a request that makes no sense.
type Mistake struct{ Field, Message string }

func (m *Mistake) Error() string { return m.Field + ": " + m.Message }

// check fills in what is left open, and tells what is wrong.
func (r *Request) check(o *Options, now time.Time) error {
	switch {
	case len(r.Query) > maxQuery:
		return &Mistake{"query", fmt.Sprintf("The query is longer than %d KiB.", maxQuery>>10)}
	case !utf8.ValidString(r.Query):
		return &Mistake{"query", "The query is not valid UTF-8."}
	case len(r.Parameters) > maxParameters:
		return &Mistake{"parameters", fmt.Sprintf("%d parameters are the most.", maxParameters)}
	}
	for _, p := range r.Parameters {
		if !parameterName.MatchString(p.Name) || !slices.Contains(parameterTypes, p.Type) || len(p.Value) > maxQuery || !utf8.ValidString(p.Value) {
			return &Mistake{"parameters", fmt.Sprintf("The parameter %.64q is not understood: it has a name of letters, a type of KQL and a value.", p.Name)}
		}
	}
	if r.Now.IsZero() {
		r.Now = now
	}
	if r.To.IsZero() {
		r.To = now
	}
	if r.From.IsZero() {
		r.From = r.To.Add(-o.Range)
	}
	if !r.From.Before(r.To) {
		return &Mistake{"from", "The time range is empty: from must be before to."}
	}
	limit(&r.Limits.Rows, o.Limits.Rows)
	limit(&r.Limits.Timeout, o.Limits.Timeout)
	limit(&r.Limits.Memory, o.Limits.Memory)
	if r.Rows <= 0 {
		r.Rows = DefaultRows
	}
	r.Rows = min(r.Rows, r.Limits.Rows)
	if r.Bytes == 0 {
		r.Bytes = maxResultBytes
	}
	if r.Timeout <= 0 || r.Timeout > r.Limits.Timeout {
		r.Timeout = r.Limits.Timeout
	}
	return nil
}

// limit takes the default for what is not set.
func limit[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// text is the query as it is bound: it declares the parameters, unless it does so itself. shift is how much stands before
// what was asked for.
func (r *Request) text() (text string, shift int) {
	if len(r.Parameters) == 0 || strings.Contains(r.Query, "query_parameters") {
		return r.Query, 0
	}
	list := make([]string, len(r.Parameters))
	for i, p := range r.Parameters {
		list[i] = p.Name + ":" + p.Type
	}
	head := "declare query_parameters(" + strings.Join(list, ", ") + "); "
	return head + r.Query, len(head)
}

// place is where a span of the text that is bound stands in what was asked for.
func (r *Request) place(span kql.Span) Place {
	_, shift := r.text()
	return placeOf(r.Query, kql.Span{Start: span.Start - shift, End: span.End - shift})
}

var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// parameterTypes are the types that parameters may have.
var parameterTypes = []string{"string", "int", "long", "real", "bool", "datetime", "timespan", "dynamic", "guid", "decimal"}
