package notify

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// What a target's templates are made for: one alert each.
const (
	defaultSubject = `[{{.Band}}] {{.Title}}{{with .Hosts}} on {{join . ", "}}{{end}}`
	defaultBody    = `{{.Title}}
{{with .Description}}
{{.}}
{{end}}
Urgency      {{.Urgency}} of 100 ({{.Band}})
What         {{.Change}}, {{.Count}} {{if eq .Count 1}}occurrence{{else}}occurrences{{end}}
Seen         {{time .FirstSeen}} to {{time .LastSeen}}
{{with .Hosts}}Hosts        {{join . ", "}}
{{end}}{{with .Users}}Users        {{join . ", "}}
{{end}}{{with .Techniques}}ATT&CK       {{join . ", "}}
{{end}}Rule         {{.Rule}}{{with .Author}} by {{.}}{{end}}
{{with .URL}}
{{.}}
{{end}}`
)

// message is what people read: of one alert, or of several that came together.
type message struct {
	id      string // the same when it is sent again
	time    time.Time
	subject string
	body    string
	alerts  []*Alert
}

// messages writes the messages of one target.
type messages struct{ subject, body *template.Template }

const (
	maxTemplate = 16 << 10
	maxText     = 32 << 10
	maxNumber   = 1000 // in a template, which could otherwise count for ever
	maxNesting  = 2    // of ranges
)

var functions = template.FuncMap{
	"join": strings.Join,
	"time": func(t time.Time) string {
		if t.IsZero() {
			return "unknown"
		}
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	},
}

func newMessages(t *Target) (*messages, error) {
	m := new(messages)
	for _, part := range []struct {
		field, text, otherwise string
		into                   **template.Template
	}{{"subject", t.Subject, defaultSubject, &m.subject}, {"body", t.Body, defaultBody, &m.body}} {
		text := part.text
		if text == "" {
			text = part.otherwise
		}
		if len(text) > maxTemplate {
			return nil, &Mistake{part.field, fmt.Sprintf("expected %d characters at most", maxTemplate)}
		}
		parsed, err := template.New(part.field).Funcs(functions).Option("missingkey=error").Parse(text)
		if err != nil {
			return nil, &Mistake{part.field, "this is no template: " + strings.TrimPrefix(err.Error(), "template: ")}
		}
		if err := bounded(parsed); err != nil {
			return nil, &Mistake{part.field, err.Error()}
		}
		if _, err := write(parsed, sample()); err != nil {
			return nil, &Mistake{part.field, "this template does not work: " + strings.TrimPrefix(err.Error(), "template: ")}
		}
		*part.into = parsed
	}
	return m, nil
}

// bounded refuses templates that would keep the processor busy: the work of the others is bounded by the alert.
func bounded(t *template.Template) error {
	if len(t.Templates()) > 1 {
		return errors.New("define and block cannot be used")
	}
	if t.Tree == nil {
		return nil
	}
	return walk(t.Root, 0)
}

func walk(n parse.Node, ranges int) error {
	if ranges > maxNesting {
		return fmt.Errorf("a range may stand in %d others at most", maxNesting-1)
	}
	branch := func(b *parse.BranchNode, ranges int) error {
		return errors.Join(walk(b.Pipe, ranges), walk(b.List, ranges), walk(b.ElseList, ranges))
	}
	var errs []error
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			errs = append(errs, walk(child, ranges))
		}
	case *parse.PipeNode:
		if n == nil {
			return nil
		}
		for _, c := range n.Cmds {
			for _, arg := range c.Args {
				errs = append(errs, walk(arg, ranges))
			}
		}
	case *parse.ActionNode:
		return walk(n.Pipe, ranges)
	case *parse.IfNode:
		return branch(&n.BranchNode, ranges)
	case *parse.WithNode:
		return branch(&n.BranchNode, ranges)
	case *parse.RangeNode:
		return branch(&n.BranchNode, ranges+1)
	case *parse.NumberNode:
		if n.Float64 > maxNumber {
			return fmt.Errorf("the number %s is too large; %d at most", n.Text, maxNumber)
		}
	case *parse.TemplateNode:
		return errors.New("template cannot be used")
	}
	return errors.Join(errs...)
}

// limited is a text that may grow up to maxText.
type limited struct{ bytes.Buffer }

var errLong = errors.New("the text becomes too long")

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxText {
		return 0, errLong
	}
	return l.Buffer.Write(p)
}

func write(t *template.Template, a *Alert) (string, error) {
	var text limited
	if err := t.Execute(&text, a); err != nil {
		return "", err
	}
	return text.String(), nil
}

// one is the message of one alert.
func (m *messages) one(id string, now time.Time, a *Alert) (*message, error) {
	subject, err := write(m.subject, a)
	if err != nil {
		return nil, fmt.Errorf("write the subject: %w", err)
	}
	body, err := write(m.body, a)
	if err != nil {
		return nil, fmt.Errorf("write the body: %w", err)
	}
	return &message{id: id, time: now, subject: oneLine(subject), body: body, alerts: []*Alert{a}}, nil
}

// several is one message of several alerts.
func several(id string, now time.Time, alerts []*Alert) *message {
	var b strings.Builder
	b.WriteString("More alerts than this target takes a minute; they come together.\n\n")
	for _, a := range alerts {
		line := fmt.Sprintf("%3d  %s", a.Urgency, oneLine(a.Title))
		if len(a.Hosts) > 0 {
			line += " on " + oneLine(strings.Join(a.Hosts, ", "))
		}
		if a.URL != "" {
			line += "\n     " + a.URL
		}
		if b.Len()+len(line) > maxText {
			b.WriteString("…\n")
			break
		}
		b.WriteString(line + "\n")
	}
	return &message{id: id, time: now, subject: fmt.Sprintf("%d alerts", len(alerts)), body: b.String(), alerts: alerts}
}

// oneLine is a text without line breaks, which would end a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sample is the alert of a test message.
func sample() *Alert {
	now := time.Now().UTC().Truncate(time.Second)
	return &Alert{
		ID: "0", Change: Created, Title: "Test of a notification", Description: "Somebody pressed the test button of this notification target. There is nothing to do.",
		Urgency: 50, Band: "medium", Level: "medium", Status: "new", Rule: "Test", RuleID: "00000000-0000-0000-0000-000000000000", Author: "Penstock",
		Tactics: []string{"Execution"}, Techniques: []string{"T1059 Command and Scripting Interpreter"}, Hosts: []string{"ws-0042.example.com"},
		Users: []string{`EXAMPLE\anna`}, Count: 1, FirstSeen: now, LastSeen: now,
	}
}
