package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"penstock/sigma"
)

// Exception is what a rule is not to see: events that fulfil its condition are no match of the rule.
type Exception struct {
	ID      int64
	Rule    string
	Text    string // the section "detection" of a rule, in YAML: selections, and a condition; without one all selections must hold
	Reason  string
	Who     string
	Created time.Time
	Expires time.Time // zero: never
	Ended   time.Time // when it was taken back; zero: it was not
	EndedBy string

	condition sigma.Node
}

// Holds reports whether the exception hides anything at a moment.
func (x *Exception) Holds(now time.Time) bool {
	return x.Ended.IsZero() && (x.Expires.IsZero() || x.Expires.After(now))
}

// NewException is an exception that somebody wants. Either Text or Where is given.
type NewException struct {
	Text    string
	Where   []Where   // all of which must hold
	Expires time.Time // required, unless Never
	Never   bool      // it does not expire
}

// Where is one field of an exception that was clicked together.
type Where struct {
	Field  string
	Op     string   // is, contains, startswith, endswith
	Values []string // one of which
}

const (
	maxExceptionText   = 64 << 10
	maxExceptions      = 200 // that hold for one rule
	maxWhere           = 50
	defaultExpiry      = 90 * 24 * time.Hour
	maxExpiry          = 5 * 366 * 24 * time.Hour
	exceptionSelection = "selection"
)

// DefaultExpiry is when an exception ends that is made now, where nobody says otherwise.
func DefaultExpiry(now time.Time) time.Time {
	return now.Add(defaultExpiry).UTC().Truncate(time.Second)
}

// text is the YAML of a new exception.
func (n *NewException) text() (string, error) {
	if (n.Text == "") == (len(n.Where) == 0) {
		return "", invalid("an exception is given as text or as fields and values, one of the two")
	}
	if n.Text != "" {
		return n.Text, nil
	}
	if len(n.Where) > maxWhere {
		return "", invalid("an exception has at most %d fields", maxWhere)
	}
	selection := yaml.MapSlice{}
	for _, w := range n.Where {
		key := w.Field
		switch w.Op {
		case "", "is":
		case "contains", "startswith", "endswith":
			key += "|" + w.Op
		default:
			return "", invalid("%s %q: a field is, contains, startswith or endswith a value", w.Field, w.Op)
		}
		if w.Field == "" || strings.ContainsAny(w.Field, "|\n") || len(w.Values) == 0 {
			return "", invalid("every part of an exception has a field and a value")
		}
		if slices.ContainsFunc(selection, func(item yaml.MapItem) bool { return item.Key == key }) {
			return "", invalid("%s is named twice: give it several values, or write the exception as text", key)
		}
		values := make([]string, len(w.Values))
		for i, v := range w.Values {
			values[i] = escapeWildcards(v)
		}
		selection = append(selection, yaml.MapItem{Key: key, Value: values})
	}
	text, err := yaml.Marshal(yaml.MapSlice{{Key: exceptionSelection, Value: selection}, {Key: "condition", Value: exceptionSelection}})
	return string(text), err
}

// escapeWildcards makes of a value as it is in an event one that a rule takes literally.
func escapeWildcards(v string) string {
	var b strings.Builder
	for i := range len(v) {
		switch v[i] {
		case '*', '?':
			b.WriteByte('\\')
		case '\\':
			// A backslash means itself, unless another one or a wildcard follows.
			if i+1 < len(v) && strings.IndexByte(`\*?`, v[i+1]) >= 0 {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

// exceptionHeader is what stands in front of an exception's text to make a rule of it. The logsource is that of its rule.
const exceptionHeader = "title: exception\nid: 00000000-0000-4000-8000-000000000000\nlogsource:\n  category: any\ndetection:\n"

var headerLines = strings.Count(exceptionHeader, "\n")

// ExceptionRule is a rule that matches what an exception of a rule would hide: of the events of the rule's logsource those
// that fulfil the exception. The error names the line of the text that is wrong.
func (c *Catalogue) ExceptionRule(r *Rule, text string) (*sigma.Rule, error) {
	if len(text) > maxExceptionText {
		return nil, invalid("the exception has %d bytes, more than %d", len(text), maxExceptionText)
	}
	body, err := withCondition(text)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprint(&b, exceptionHeader)
	for line := range strings.Lines(body) {
		b.WriteString("  " + line)
	}
	col := sigma.Read("exception.yml", []byte(b.String()), c.options.Sigma)
	for _, p := range col.Problems {
		if p.Warning {
			continue // lint says in its own words what is doubtful
		}
		return nil, invalid("the exception, line %d: %s", max(1, p.Line-headerLines), p.Message)
	}
	if len(col.Rules) != 1 || col.Rules[0].Condition == nil {
		return nil, invalid("the exception is not a detection with selections and a condition")
	}
	rule := col.Rules[0]
	rule.Logsource = r.Logsource
	return rule, nil
}

// withCondition adds to a text without a condition that all its selections must hold.
func withCondition(text string) (string, error) {
	var doc yaml.MapSlice
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return "", invalid("the exception is no YAML: %s", yaml.FormatError(err, false, false))
	}
	if len(doc) == 0 {
		return "", invalid("the exception is empty: name the fields and values that it is about")
	}
	for _, item := range doc {
		if item.Key == "condition" {
			return text, nil
		}
	}
	return strings.TrimRight(text, "\n") + "\ncondition: all of them\n", nil
}

// parseException reads the condition of an exception.
func (c *Catalogue) parseException(x *Exception, r *Rule) error {
	rule, err := c.ExceptionRule(r, x.Text)
	if err != nil {
		return err
	}
	x.condition = rule.Condition
	return nil
}

const exceptionColumns = `id, rule, text, reason, who, created, expires, ended, ended_by`

func scanException(rows *sql.Rows) (*Exception, error) {
	var x Exception
	var created int64
	var expires, ended sql.NullInt64
	var by sql.NullString
	if err := rows.Scan(&x.ID, &x.Rule, &x.Text, &x.Reason, &x.Who, &created, &expires, &ended, &by); err != nil {
		return nil, err
	}
	x.Created, x.Expires, x.Ended, x.EndedBy = time.UnixMilli(created).UTC(), moment(expires), moment(ended), by.String
	return &x, nil
}

// CheckException reads an exception that is not made yet: its text, and what is doubtful about it, in words. Whoever asks
// shows that, and what the exception would have hidden, before making it.
func (c *Catalogue) CheckException(rule string, n *NewException) (text string, warnings []string, err error) {
	e, err := c.detection(rule)
	if err != nil {
		return "", nil, err
	}
	x, err := c.newException(e, n)
	if err != nil {
		return "", nil, err
	}
	return x.Text, c.lint(e, x), nil
}

// detection finds a detection rule that is there.
func (c *Catalogue) detection(id string) (*entry, error) {
	e := c.register.Load().rules[id]
	switch {
	case e == nil || !e.Removed.IsZero():
		return nil, fmt.Errorf("rule %s: %w", id, ErrNotFound)
	case e.Kind == Correlation:
		return nil, invalid("a correlation has no exceptions: make them for the rules that it refers to")
	case e.rule == nil:
		return nil, invalid("%s is no rule that can have exceptions", e.Title)
	}
	return e, nil
}

func (c *Catalogue) newException(e *entry, n *NewException) (*Exception, error) {
	text, err := n.text()
	if err != nil {
		return nil, err
	}
	x := &Exception{Rule: e.ID, Text: text}
	return x, c.parseException(x, &e.Rule)
}

// AddException makes an exception. It holds from the next live set on, and until it expires.
func (c *Catalogue) AddException(ctx context.Context, rule string, n *NewException, by By) (*Exception, error) {
	now := c.now().UTC()
	switch {
	case strings.TrimSpace(by.Reason) == "":
		return nil, invalid("an exception needs a reason, so that others know later whether it is still needed")
	case n.Never && !n.Expires.IsZero():
		return nil, invalid("an exception expires, or never does, not both")
	case !n.Never && n.Expires.IsZero():
		return nil, invalid("an exception needs the day on which it expires; say expressly that it never does, if it must be so")
	case !n.Never && !n.Expires.After(now):
		return nil, invalid("the exception would have expired already, on %s", n.Expires.Format(time.RFC3339))
	case !n.Never && n.Expires.After(now.Add(maxExpiry)):
		return nil, invalid("the exception would expire on %s, in more than five years", n.Expires.Format(time.DateOnly))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e, err := c.detection(rule)
	if err != nil {
		return nil, err
	}
	x, err := c.newException(e, n)
	if err != nil {
		return nil, err
	}
	x.Reason, x.Who, x.Created, x.Expires = by.Reason, by.Who, now, n.Expires.UTC()
	reg := c.register.Load().clone()
	if len(reg.exceptions[rule]) >= maxExceptions {
		return nil, invalid("the rule has %d exceptions: look which of them can be one, or whether the rule is right for you", maxExceptions)
	}
	err = c.db.Change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO rule_exception (rule, text, reason, who, created, expires) VALUES (?,?,?,?,?,?) RETURNING id`,
			x.Rule, x.Text, x.Reason, x.Who, x.Created.UnixMilli(), milliseconds(x.Expires)).Scan(&x.ID)
		if err != nil {
			return err
		}
		until := "never expires"
		if !x.Expires.IsZero() {
			until = "until " + x.Expires.Format(time.RFC3339)
		}
		return writeHistory(ctx, tx, []Change{{Rule: rule, Pack: e.Pack, Time: now, By: by, What: "exception", New: strconv.FormatInt(x.ID, 10), Detail: until, Text: x.Text}})
	})
	if err != nil {
		return nil, fmt.Errorf("make an exception of the rule %s: %w", rule, err)
	}
	reg.exceptions[rule] = append(slices.Clip(reg.exceptions[rule]), x)
	reg.decide()
	c.publish(reg)
	return x, nil
}

// EndException takes an exception back.
func (c *Catalogue) EndException(ctx context.Context, id int64, by By) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now().UTC()
	reg := c.register.Load().clone()
	var rule string
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE rule_exception SET ended = ?, ended_by = ? WHERE id = ? AND ended IS NULL AND (expires IS NULL OR expires > ?) RETURNING rule`,
			now.UnixMilli(), by.Who, id, now.UnixMilli()).Scan(&rule)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("exception %d: %w", id, errNoException)
		}
		if err != nil {
			return err
		}
		pack := ""
		if e := reg.rules[rule]; e != nil {
			pack = e.Pack
		}
		return writeHistory(ctx, tx, []Change{{Rule: rule, Pack: pack, Time: now, By: by, What: "exception", Old: strconv.FormatInt(id, 10), Detail: "taken back"}})
	})
	if err != nil {
		return err
	}
	reg.exceptions[rule] = slices.DeleteFunc(slices.Clone(reg.exceptions[rule]), func(x *Exception) bool { return x.ID == id })
	reg.decide()
	c.publish(reg)
	return nil
}

// Exceptions tells the exceptions of a rule, newest first, or of all rules where it is empty: those that hold, or those
// that held once as well.
func (c *Catalogue) Exceptions(ctx context.Context, rule string, ended bool) ([]*Exception, error) {
	var list []*Exception
	err := c.rows(ctx, func(rows *sql.Rows) error {
		x, err := scanException(rows)
		list = append(list, x)
		return err
	}, `SELECT `+exceptionColumns+` FROM rule_exception WHERE (?1 = '' OR rule = ?1)
		AND (?2 OR ended IS NULL AND (expires IS NULL OR expires > ?3)) ORDER BY id DESC LIMIT 2000`, rule, ended, c.now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the exceptions: %w", err)
	}
	return list, nil
}

// expire drops the exceptions that do not hold any more, and tells when the next one will not.
func (c *Catalogue) expire() (next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	reg := c.register.Load()
	var changed *register
	for rule, list := range reg.exceptions {
		for _, x := range list {
			if x.Holds(now) && !x.Expires.IsZero() && (next.IsZero() || x.Expires.Before(next)) {
				next = x.Expires
			}
		}
		if !slices.ContainsFunc(list, func(x *Exception) bool { return !x.Holds(now) }) {
			continue
		}
		if changed == nil {
			changed = reg.clone()
		}
		changed.exceptions[rule] = slices.DeleteFunc(slices.Clone(list), func(x *Exception) bool { return !x.Holds(now) })
	}
	if changed != nil {
		changed.decide()
		c.register.Store(changed)
	}
	return next
}
