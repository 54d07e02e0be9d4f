package sigma

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	maxTimespan = 366 * 24 * time.Hour
	maxRules    = 1000 // that a correlation refers to
)

// oldCorrelationKey reports whether a key is one of a correlation in the older layout, where all stand at the top level.
func oldCorrelationKey(key string) bool {
	switch key {
	case "type", "rule", "rules", "group-by", "timespan", "aliases", "generate", "ordered", "field", "condition",
		"gt", "gte", "lt", "lte", "eq", "neq":
		return true
	}
	return false
}

// correlation reads a correlation in today's layout or in the older one.
func (r *reader) correlation(root *yaml.Node, entries []entry, m Metadata) {
	c := &correlationReader{reader: r, Correlation: &Correlation{Metadata: m}, at: root}
	old := !has(root, "correlation")
	if !old {
		for _, e := range entries {
			switch e.key {
			case "correlation":
				c.at = e.at
				entries = r.entries(e.value, "type, rules, group-by, timespan and condition")
			case "detection":
				r.problem(e.at, "a correlation has no detection; write the rule as a document of its own and refer to it by its name")
			}
		}
	}
	if r.failed {
		return
	}
	for _, e := range entries {
		if !old || oldCorrelationKey(e.key) {
			c.key(e, old)
		}
	}
	c.complete()
	if !r.failed {
		r.out.Correlations = append(r.out.Correlations, c.Correlation)
	}
}

// correlationReader reads the keys of a correlation.
type correlationReader struct {
	*reader
	*Correlation
	at         *yaml.Node // where what is missing is told
	ordered    bool
	expression *yaml.Node   // condition as a text
	written    []*yaml.Node // the numbers of Counts
	percentile *yaml.Node   // where it is written
}

func (c *correlationReader) key(e entry, old bool) {
	switch e.key {
	case "type":
		c.Type = CorrelationType(strings.ToLower(c.text(e.value, "a type")))
		if !slices.Contains(correlationTypes, c.Type) && c.Type != "" {
			c.problem(e.value, "unknown type %q of a correlation; expected event_count, value_count, value_sum, value_avg, value_median, value_percentile, temporal or temporal_ordered", string(c.Type))
		}
	case "rules":
		c.Rules = append(c.Rules, c.texts(e.value, "the name or id of a rule")...)
	case "group-by":
		c.GroupBy = c.texts(e.value, "the name of a field")
	case "timespan":
		c.timespan(e.value)
	case "aliases":
		c.aliases(e.value)
	case "generate":
		c.Generate = c.boolean(e)
	case "condition":
		c.condition(e.value)
	default:
		switch {
		case old && e.key == "rule":
			c.Rules = append(c.Rules, c.texts(e.value, "the name or id of a rule")...)
		case old && e.key == "ordered":
			c.ordered = c.boolean(e)
		case old && e.key == "field":
			c.Field = c.field(e.value)
		case old:
			c.bound(e)
		case oldCorrelationKey(e.key) && e.key != "rule" && e.key != "ordered":
			c.problem(e.at, "%s belongs under condition in a correlation", e.key)
		default:
			c.problem(e.at, "unknown key %q in a correlation; expected type, rules, group-by, timespan, aliases, condition or generate", e.key)
		}
	}
}

func (c *correlationReader) boolean(e entry) bool {
	n := c.follow(e.value)
	if n == nil {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		c.problem(n, "expected true or false for %s, got %s", e.key, kindOf(n))
		return false
	}
	return strings.EqualFold(n.Value, "true")
}

func (c *correlationReader) timespan(n *yaml.Node) {
	written := c.text(n, "a timespan like 30s, 10m, 24h or 7d")
	if written == "" {
		return
	}
	d, err := parseTimespan(written)
	if err != nil {
		c.problem(n, "%v", err)
		return
	}
	c.Timespan = d
}

var timespan = regexp.MustCompile(`^([0-9]{1,9})([smhdwMy])$`)

// parseTimespan reads a number with its unit. A month and a year are the mean ones, as in pySigma.
func parseTimespan(s string) (time.Duration, error) {
	parts := timespan.FindStringSubmatch(s)
	if parts == nil {
		return 0, fmt.Errorf("%s is no timespan; expected a number with s, m (minutes), h, d, w, M (months) or y, like 30s, 10m, 24h or 7d", shorten(s))
	}
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
		"M": 2_629_746 * time.Second, "y": 31_556_952 * time.Second}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0, fmt.Errorf("read timespan %q: %w", s, err)
	}
	unit := units[parts[2]]
	switch {
	case n == 0:
		return 0, fmt.Errorf("the timespan %q is no time at all; expected one like 10m", s)
	case time.Duration(n) > maxTimespan/unit:
		return 0, fmt.Errorf("the timespan %q is longer than a year; expected a shorter one", s)
	}
	return time.Duration(n) * unit, nil
}

func (c *correlationReader) aliases(n *yaml.Node) {
	c.Aliases = make(map[string]map[string]string)
	for _, e := range c.entries(n, "names, each with a field for every rule") {
		fields := make(map[string]string)
		for _, f := range c.entries(e.value, "rules with the field that the name stands for in each") {
			fields[f.key] = c.text(f.value, "the name of a field")
		}
		c.Aliases[e.key] = fields
	}
}

// condition is bounds, or the expression of a temporal correlation.
func (c *correlationReader) condition(n *yaml.Node) {
	n = c.follow(n)
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		c.expression = n
	case n.Kind == yaml.MappingNode:
		for _, e := range c.entries(n, "bounds") {
			switch e.key {
			case "field":
				c.Field = c.field(e.value)
			case "percentile":
				c.ofPercentile(e.value)
			default:
				c.bound(e)
			}
		}
	default:
		c.problem(n, "expected bounds such as gte: 10 for the condition, or for a temporal correlation an expression over its rules; got %s", kindOf(n))
	}
}

// field is the one field whose values are counted.
func (c *correlationReader) field(n *yaml.Node) string {
	list := c.texts(n, "the name of a field")
	if len(list) > 1 {
		c.problem(n, "expected one field, got %d; only values of a single field are counted", len(list))
	}
	return strings.Join(list, "")
}

func (c *correlationReader) bound(e entry) {
	if !slices.Contains([]string{"gt", "gte", "lt", "lte", "eq", "neq"}, e.key) {
		c.problem(e.at, "unknown key %q in the condition of a correlation; expected gt, gte, lt, lte, eq, neq, field or percentile", e.key)
		return
	}
	written := c.text(e.value, "a number")
	n, ok := Number(written)
	if !ok {
		if written != "" {
			c.problem(e.value, "expected a number for %s, got %s", e.key, shorten(written))
		}
		return
	}
	c.Counts, c.written = append(c.Counts, Bound{e.key, n}), append(c.written, e.value)
}

// whole checks that what is counted is compared with whole numbers.
func (c *correlationReader) whole() {
	for i, b := range c.Counts {
		if b.Count != math.Trunc(b.Count) || b.Count < 0 || b.Count > math.MaxInt32 {
			c.problem(c.written[i], "expected a whole number for %s, got %s", b.Op, strconv.FormatFloat(b.Count, 'g', -1, 64))
		}
	}
}

func (c *correlationReader) ofPercentile(n *yaml.Node) {
	c.percentile = n
	written := c.text(n, "a number from 0 to 100")
	p, ok := Number(written)
	if !ok || p != math.Trunc(p) || p < 0 || p > 100 {
		if written != "" {
			c.problem(n, "expected a whole number from 0 to 100 for percentile, got %s", shorten(written))
		}
		return
	}
	c.Percentile = int(p)
}

// complete checks what only the whole tells.
func (c *correlationReader) complete() {
	if c.ordered {
		if c.Type != Temporal && c.Type != TemporalOrdered {
			c.problem(c.at, "ordered is for temporal correlations")
		}
		c.Type = TemporalOrdered
	}
	temporal := c.Type.InTime()
	if !c.Type.OfNumbers() {
		c.whole()
	}
	switch {
	case c.expression != nil && temporal:
		c.expressed()
	case c.expression != nil && c.Type != "":
		c.problem(c.expression, "an expression is for temporal correlations; expected bounds such as gte: 10")
	}
	if c.failed {
		return
	}
	for i, rule := range c.Rules {
		if slices.Contains(c.Rules[:i], rule) {
			c.problem(c.at, "the correlation refers to %s twice", shorten(rule))
		}
	}
	c.described(temporal)
	for alias, fields := range c.Aliases {
		for rule := range fields {
			if !slices.Contains(c.Rules, rule) {
				c.problem(c.at, "the alias %s is for %s, which is not among the rules of the correlation", alias, shorten(rule))
			}
		}
	}
}

// described checks that what its type needs is there, and no more.
func (c *correlationReader) described(temporal bool) {
	ofValues := c.Type == ValueCount || c.Type.OfNumbers()
	switch {
	case c.Type == "":
		c.problem(c.at, "expected type: event_count, value_count, temporal or temporal_ordered")
	case len(c.Rules) == 0:
		c.problem(c.at, "expected rules: the names or ids of the rules whose matches are counted")
	case len(c.Rules) > maxRules:
		c.problem(c.at, "the correlation refers to more than %d rules", maxRules)
	case c.Timespan == 0:
		c.problem(c.at, "expected timespan: within which time, like 10m")
	case !temporal && len(c.Counts) == 0:
		c.problem(c.at, "expected condition: with bounds for the count, such as gte: 10")
	case ofValues && c.Field == "":
		c.problem(c.at, "expected field: in the condition, of whose values %s is made", c.Type)
	case !ofValues && c.Field != "":
		c.problem(c.at, "field is for value_count and the like; %s looks at no values", c.Type)
	case c.Type == ValuePercentile && c.percentile == nil:
		c.problem(c.at, "expected percentile: in the condition, from 0 to 100")
	case c.Type != ValuePercentile && c.percentile != nil:
		c.problem(c.percentile, "percentile is for value_percentile, not for %s", c.Type)
	}
}

// expressed reads the expression over the rules. Without a list the rules are those that it names.
func (c *correlationReader) expressed() {
	var named []string
	listed := len(c.Rules) > 0
	operand := func(t token) (Node, *conditionError) {
		if listed && !slices.Contains(c.Rules, t.text) {
			return nil, &conditionError{t.at, fmt.Sprintf("%q is not among the rules of the correlation: %s", t.text, strings.Join(c.Rules, ", "))}
		}
		if !slices.Contains(named, t.text) {
			named = append(named, t.text)
		}
		return &Test{Field: t.text, Kind: Exists, Want: true, At: positionOf(c.expression), Source: t.text}, nil
	}
	node, err := parseCondition(c.expression.Value, operand, nil)
	if err != nil {
		c.within(c.expression, err)
		return
	}
	for _, rule := range c.Rules {
		if !slices.Contains(named, rule) {
			c.problem(c.expression, "the expression does not say what is with the rule %s", shorten(rule))
		}
	}
	if !listed {
		c.Rules = named
	}
	c.Condition = node
}
