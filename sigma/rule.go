// Package sigma reads rules in the Sigma format, version 2 of its specification
// (https://github.com/SigmaHQ/sigma-specification): detection rules, correlation rules and filters. It knows what a rule
// says, not where its fields come from (sigma/pipeline) nor how to try thousands of them on every event (sigma/match).
package sigma

import "fmt"

// Rule is a detection rule: what a single event must be like.
type Rule struct {
	Metadata
	Logsource Logsource
	// Condition is what an event must fulfil: the conditions of the rule with everything resolved that the format knows
	// (selections, lists, modifiers, quantifiers, global documents). A list of conditions is an Or of them.
	Condition Node
	Fields    []string // that the author thinks worth showing
}

// Metadata is what every kind of rule says about itself.
type Metadata struct {
	ID             string // lower case; where there is none, a UUID derived from the title and the file's name
	Name           string // by which correlations may refer to the rule
	Title          string
	Description    string
	Status         Status
	Level          Level
	Author         string
	License        string
	Date, Modified string // as written, 2025-01-31 or 2025/01/31
	References     []string
	FalsePositives []string
	Tags           []string // lower case: attack.execution, attack.t1059.001, cve.2021-44228
	Related        []Related
	Custom         map[string]any // attributes that the specification does not know or that nothing is done with (taxonomy, scope)
	File           string
	Line           int    // of the document's first key, from 1
	Text           []byte // the YAML of the document
}

// Related refers to another rule.
type Related struct{ ID, Type string }

// Status is how far a rule has come.
type Status string

// The statuses of the specification.
const (
	Stable       Status = "stable"
	Testing      Status = "test"
	Experimental Status = "experimental"
	Deprecated   Status = "deprecated"
	Unsupported  Status = "unsupported"
)

// Level is how urgent a match is.
type Level string

// The levels of the specification, in ascending order. A rule without a level has the empty one.
const (
	Informational Level = "informational"
	Low           Level = "low"
	Medium        Level = "medium"
	High          Level = "high"
	Critical      Level = "critical"
)

// Logsource says which events a rule is for.
type Logsource struct {
	Category, Product, Service string // lower case
	Definition                 string
}

// Position is a place in a file, both from 1.
type Position struct{ Line, Column int }

// Problem is what is wrong with a rule, or with a whole file, told so that its author can mend it. It does not keep the
// other rules from running.
type Problem struct {
	File    string
	RuleID  string // empty where the fault is in front of it
	Title   string
	Message string
	// Warning: the rule is used all the same, without what is faulty: an unknown level, a date that is none.
	Warning bool
	Position
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}
