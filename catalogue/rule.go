package catalogue

import (
	"maps"
	"slices"
	"time"

	"penstock/sigma"
)

// Kind is what a rule is.
type Kind string

// The kinds of rules.
const (
	Detection   Kind = "rule"
	Correlation Kind = "correlation"
	Filter      Kind = "filter" // narrows other rules
)

// Effort is how much work a rule makes whoever enables it. Built-in rules have one, others may: the attribute "effort".
type Effort string

// The efforts, in ascending order. A rule that does not say has the empty one.
const (
	Elementary   Effort = "elementary"   // fires seldom and rightly
	Intermediate Effort = "intermediate" // for a team that looks at its alerts every day
	Advanced     Effort = "advanced"     // needs exceptions first
	Master       Effort = "master"       // for hunting and for tuning
)

// Rule is what the catalogue knows of a rule.
type Rule struct {
	ID, Name, Title string
	Kind            Kind
	Description     string
	Level           sigma.Level // as the rule says; Settings may say otherwise
	Status          sigma.Status
	Effort          Effort
	Author, License string
	Date, Modified  string
	References      []string
	FalsePositives  []string
	Tags            []string
	Techniques      []string // of ATT&CK, of today's version
	Tactics         []string // keys
	Logsource       sigma.Logsource
	Fields          []string // worth showing
	Refers          []string // of a correlation or a filter: ids or names of the rules that it is about

	Pack, Path string
	Line       int
	Hash       string // of the text
	Version    int64  // counts the changes of the text
	Added      time.Time
	Changed    time.Time
	Removed    time.Time // since when its pack does not have it any more; zero: it is there

	Judgement
	Problem string // why it is left out of the live set though it is enabled, or cannot be read any more; empty: it is well

	Settings   Settings
	Enabled    bool
	ByPolicy   bool // Enabled is what the policy of the pack says, nobody has decided
	Exceptions int  // that hold at this time
}

// Settings are what people have decided about a rule. The zero value decides nothing.
type Settings struct {
	Version    int64         `json:"-"`                    // counts the changes; for a change on the base of what was seen
	Enabled    *bool         `json:"-"`                    // nil: as the policy of the pack says
	Level      sigma.Level   `json:"level,omitempty"`      // instead of the rule's own
	Note       string        `json:"note,omitempty"`       // for the colleagues
	Similarity []string      `json:"similarity,omitempty"` // fields by which matches become one alert, instead of the rule's own
	Window     time.Duration `json:"window,omitempty"`     // within which they do
	Limit      Limit         `json:"limit,omitzero"`
}

// Limit is how many matches of a rule are taken within a time before it counts as noisy. The zero value leaves that to the
// alerts.
type Limit struct {
	Matches int           `json:"matches,omitempty"`
	Within  time.Duration `json:"within,omitempty"`
}

// Severity is the level that counts: what people have decided, otherwise the rule's own.
func (r *Rule) Severity() sigma.Level {
	if r.Settings.Level != "" {
		return r.Settings.Level
	}
	return r.Level
}

// Live reports whether the rule is a part of the set that events are tried on.
func (r *Rule) Live() bool { return r.Enabled && r.Removed.IsZero() && r.Problem == "" }

// Custom reports whether the rule was written here, so that its text may be changed.
func (r *Rule) Custom() bool { return r.Pack == CustomPack }

// clone can be changed without changing r; lists are shared, and are replaced rather than changed.
func (r *Rule) clone() *Rule {
	c := *r
	return &c
}

// entry is a rule with what it was read from.
type entry struct {
	Rule
	text        []byte
	rule        *sigma.Rule        // one of the three is there, unless it was removed
	correlation *sigma.Correlation //
	filter      *sigma.Filter      //
}

// readable reports whether the rule's text is there and this version of the program can read it.
func (e *entry) readable() bool { return e.rule != nil || e.correlation != nil || e.filter != nil }

// register is all rules at one moment. It is never changed, only replaced.
type register struct {
	rules map[string]*entry
	packs map[string]*Pack
	// exceptions that hold, by rule.
	exceptions   map[string][]*Exception
	integrations []string // ids of the rules that hand on others' alerts, sorted
}

func (r *register) clone() *register {
	c := *r
	c.rules, c.packs, c.exceptions = maps.Clone(r.rules), maps.Clone(r.packs), maps.Clone(r.exceptions)
	return &c
}

// sorted is all entries by id.
func (r *register) sorted() []*entry {
	list := make([]*entry, 0, len(r.rules))
	for _, id := range slices.Sorted(maps.Keys(r.rules)) {
		list = append(list, r.rules[id])
	}
	return list
}

// named finds the rules that a correlation or filter refers to.
func (r *register) named(refs []string) []*entry {
	var list []*entry
	for _, ref := range refs {
		if e := r.rules[ref]; e != nil {
			list = append(list, e)
			continue
		}
		for _, e := range r.rules {
			if e.Name != "" && e.Name == ref && e.Removed.IsZero() {
				list = append(list, e)
			}
		}
	}
	return list
}
