package alert

import (
	"time"

	"penstock/record"
	"penstock/sigma"
)

// Alert is what somebody should look at: matches that belong together, or one of Defender's own alerts.
type Alert struct {
	ID      int64
	Version int64 // counts changes by people, and reopening; further occurrences do not count
	Origin  Origin
	Rule    string // id of the rule; for Defender's own the integration rule's, or empty
	Title   string
	Level   sigma.Level
	Facts

	Urgency    int        // 0 to 100
	Computed   int        // by the formula, the same unless somebody has set Urgency
	UrgencySet bool       // somebody has
	Importance Importance // of its most important asset
	Asset      string     // which one that is, where it is not of normal importance

	Status   Status
	Verdict  Verdict // of a closed one
	Assignee string
	Tags     []string

	Techniques []string // of ATT&CK, T1059.001
	Tactics    []string // of ATT&CK, initial-access

	Occurrences  int64     // matches; for Defender's own, how often its description came, 1 at least
	First, Last  time.Time // at which its events happened
	Created      time.Time
	Updated      time.Time
	Acknowledged time.Time // when it left the status new; zero: it has not
	Closed       time.Time // zero: it is open
	Reopened     int       // how often it was
	Provisional  bool      // evidence has come, the description of Defender's alert has not
	Quiet        bool      // nobody was to be notified of it
}

// Facts of an alert are shown and not asked for.
type Facts struct {
	Description    string    `json:"description,omitempty"`
	Author         string    `json:"author,omitempty"` // of the rule, whom its licence wants named
	References     []string  `json:"references,omitempty"`
	FalsePositives []string  `json:"false_positives,omitempty"`
	Unknown        bool      `json:"unknown,omitempty"` // the rule is not known any more
	GroupedBy      []Value   `json:"grouped_by,omitempty"`
	Late           bool      `json:"late,omitempty"` // more of it was counted after it was closed
	Defender       *Defender `json:"defender,omitempty"`
}

// Defender is what Defender says of an alert of its own.
type Defender struct {
	AlertID  string `json:"alert_id"`
	Tenant   string `json:"tenant,omitempty"`
	Category string `json:"category,omitempty"`
	Severity string `json:"severity,omitempty"`
	Service  string `json:"service,omitempty"` // Microsoft Defender for Endpoint
	Source   string `json:"source,omitempty"`  // EDR
	Group    string `json:"group,omitempty"`   // of machines
}

// Value is what the events of an alert have in common.
type Value struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Origin is what raised an alert.
type Origin string

// The origins of alerts.
const (
	FromRule        Origin = "rule"
	FromCorrelation Origin = "correlation"
	FromHunt        Origin = "hunt"
	FromDefender    Origin = "defender"
	FromNoise       Origin = "noise" // it says that a rule is noisy
)

// Status is how far the work on an alert is.
type Status string

// The statuses, in the order of the work.
const (
	StatusNew          Status = "new"
	StatusAcknowledged Status = "acknowledged"
	StatusInProgress   Status = "in_progress"
	StatusClosed       Status = "closed"
)

// Verdict is what an alert that was closed turned out to be.
type Verdict string

// The verdicts.
const (
	TruePositive   Verdict = "true_positive"
	BenignPositive Verdict = "benign_positive" // it happened, and it was meant to
	FalsePositive  Verdict = "false_positive"
)

// Event refers to an event of an alert. Of many events the first 100 and the latest 400 are referred to.
type Event struct {
	ID      record.ID
	Table   string
	Intake  string // by which it came; empty: it is not known, or not asked for
	Rule    string // that it matched; empty: it is a part of Defender's own alert
	Time    time.Time
	Summary string // one line
	Number  int64  // from 1, in order of arrival
	Row     []byte // JSON of a row that a hunt has found, in the hunt's own form; empty: it is a stored event
}

// The bounds of what an alert holds.
const (
	firstEvents  = 100
	latestEvents = 400
	maxEntities  = 200
	maxTags      = 50
	maxTag       = 100 // bytes
	maxComments  = 500
	maxComment   = 10 << 10
	maxTitle     = 500
	maxText      = 8 << 10 // a description
	maxList      = 50      // references, techniques
	maxLine      = 300     // a summary
	maxName      = 200     // of a person
	maxHistory   = 2000    // entries about what people did
	maxOwn       = 500     // entries about what Penstock did
)

// cut shortens a text to so many bytes, at a rune's start.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const ellipsis = "…"
	end := most - len(ellipsis)
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + ellipsis
}

// cutList bounds a list of texts of a rule.
func cutList(list []string) []string {
	out := make([]string, min(len(list), maxList))
	for i := range out {
		out[i] = cut(list[i], maxTitle)
	}
	return out
}
