package sigma

import "time"

// Correlation is a rule about several matches: of one rule or of several, by the same host or user, within a time.
type Correlation struct {
	Metadata
	Type CorrelationType
	// Rules are the rules, detection or correlation, whose matches are counted: as written, names or ids; after Resolve
	// their ids. So are the keys of Aliases and the fields of Condition.
	Rules    []string
	GroupBy  []string
	Timespan time.Duration
	// Aliases give one name to fields that the rules name differently: alias → rule → field.
	Aliases map[string]map[string]string
	// Counts must all hold: of matches (event_count), of distinct values of Field (value_count), of the figure that the other
	// types make of its values, or of rules that have matched (temporal, temporal_ordered; empty: of all of them, unless there
	// is a Condition).
	Counts     []Bound
	Field      string // of the types that begin with value_
	Percentile int    // of value_percentile: 0 to 100
	// Condition is the expression of a temporal rule over Rules; nil: see Counts.
	Condition Node // *And, *Or, *Not, and *Test whose Field is the rule and whose Source is how the condition names it
	Generate  bool // matches of the rules themselves count as well, though a correlation refers to them
}

// CorrelationType is what a correlation looks at.
type CorrelationType string

// The types of correlations.
const (
	EventCount      CorrelationType = "event_count"
	ValueCount      CorrelationType = "value_count"
	ValueSum        CorrelationType = "value_sum"
	ValueAverage    CorrelationType = "value_avg"
	ValueMedian     CorrelationType = "value_median"
	ValuePercentile CorrelationType = "value_percentile"
	Temporal        CorrelationType = "temporal"
	TemporalOrdered CorrelationType = "temporal_ordered"
)

var correlationTypes = []CorrelationType{EventCount, ValueCount, ValueSum, ValueAverage, ValueMedian, ValuePercentile, Temporal, TemporalOrdered}

// InTime reports whether the type asks which rules match within the time, rather than for a figure of all their matches.
func (t CorrelationType) InTime() bool { return t == Temporal || t == TemporalOrdered }

// OfNumbers reports whether the type makes a figure of values that are numbers.
func (t CorrelationType) OfNumbers() bool {
	return t == ValueSum || t == ValueAverage || t == ValueMedian || t == ValuePercentile
}

// Bound is a comparison with a count, which is whole, or with a figure of values.
type Bound struct {
	Op    string // gt, gte, lt, lte, eq, neq
	Count float64
}
