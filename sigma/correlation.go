package sigma

import "time"

// Correlation is a rule about several matches: of one rule or of several, by the same host or user, within a time.
type Correlation struct {
	Metadata
	Type     CorrelationType
	Rules    []string // ids or names of the rules, detection or correlation, whose matches are counted
	GroupBy  []string
	Timespan time.Duration
	// Aliases give one name to fields that the rules name differently: alias → rule → field.
	Aliases map[string]map[string]string
	Counts  []Bound // event_count, value_count: all must hold
	Field   string  // whose distinct values value_count counts
	// Condition is the expression of a temporal rule over the names of Rules; nil: all of them must have matched.
	Condition Node // *And, *Or, *Not, and *Test whose Field is the name of a rule
	Generate  bool // matches of the rules themselves count as well, though a correlation refers to them
}

// CorrelationType is what a correlation looks at.
type CorrelationType string

// The types of correlations.
const (
	EventCount      CorrelationType = "event_count"
	ValueCount      CorrelationType = "value_count"
	Temporal        CorrelationType = "temporal"
	TemporalOrdered CorrelationType = "temporal_ordered"
)

// Bound is a comparison with a count.
type Bound struct {
	Op    string // gt, gte, lt, lte, eq, neq
	Count int
}

// Filter narrows rules: what it describes is no match of theirs.
type Filter struct {
	Metadata
	Logsource Logsource
	Rules     []string // ids or names; empty: every rule of the logsource
	Condition Node     // what the rules' conditions must be combined with by and: usually a *Not
}
