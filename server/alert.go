package server

import (
	"context"
	"time"
)

// Alerts are what people work through. Its methods return ErrNotFound for an id that is none, an *InputError for what
// makes no sense, and a *ConflictError where somebody else was faster or the status does not allow the step.
type Alerts interface {
	AlertQueue
	AlertFile
}

// AlertQueue is the alerts that there are.
type AlertQueue interface {
	List(ctx context.Context, f *AlertFilter, sort string, limit int, after string) (*AlertPage, error)
	Counts(ctx context.Context, f *AlertFilter) (*AlertCounts, error)
	// Overview of the latest alerts that the filter chooses and that are not closed.
	Overview(ctx context.Context, f *AlertFilter) (*AlertOverview, error)
	// Statistics of the alerts that were created in the time range.
	Statistics(ctx context.Context, from, to time.Time) (*AlertStatistics, error)
	// OfEvent lists the alerts that refer to an event.
	OfEvent(ctx context.Context, event string) ([]AlertOfEvent, error)
	Noisy(ctx context.Context) ([]NoisyRule, error)
	// UpdateAll changes each alert as it is; what became of each is in the answer.
	UpdateAll(ctx context.Context, actor string, ids []int64, e *AlertEdit) ([]AlertResult, error)
}

// AlertFile is everything about one alert.
type AlertFile interface {
	Alert(ctx context.Context, id int64) (*AlertDetail, error)
	// Update changes an alert that was read at a version; 0: as it is.
	Update(ctx context.Context, actor string, id, version int64, e *AlertEdit) (*AlertDetail, error)
	Events(ctx context.Context, id int64) ([]AlertEvent, error)
	History(ctx context.Context, id int64) ([]AlertEntry, error)
	Comments(ctx context.Context, id int64) ([]AlertComment, error)
	Comment(ctx context.Context, actor string, id int64, text string) error
	Similar(ctx context.Context, id int64) ([]SimilarAlert, error)
}

// AlertFilter chooses alerts: those for which everything holds that it says; of a list one suffices.
type AlertFilter struct {
	Status    []string  `query:"status,explode" enum:"new,acknowledged,in_progress,closed" maxItems:"4"`
	Open      bool      `query:"open" doc:"Only those that are not closed"`
	Verdict   []string  `query:"verdict,explode" enum:"true_positive,benign_positive,false_positive" maxItems:"3"`
	Urgency   []string  `query:"urgency,explode" enum:"low,medium,high,critical" maxItems:"4" doc:"Bands of urgency"`
	Level     []string  `query:"level,explode" enum:"informational,low,medium,high,critical" maxItems:"5" doc:"Levels of the rules"`
	Origin    []string  `query:"origin,explode" enum:"rule,correlation,hunt,defender,noise" maxItems:"5" doc:"What raised them"`
	Rule      string    `query:"rule" maxLength:"256" doc:"Id of the rule"`
	Assignee  string    `query:"assignee" maxLength:"128" doc:"Whose they are; - for those of nobody"`
	Tag       string    `query:"tag" maxLength:"128"`
	Host      string    `query:"host" maxLength:"512" doc:"Name or id of a host"`
	User      string    `query:"user" maxLength:"512" doc:"Name or id of a user"`
	Entity    string    `query:"entity" maxLength:"512" doc:"Name, address or hash of any entity"`
	Technique string    `query:"technique" maxLength:"32" doc:"Of ATT&CK; sub-techniques are included" example:"T1059"`
	Tactic    string    `query:"tactic" maxLength:"64" doc:"Of ATT&CK" example:"initial-access"`
	Text      string    `query:"text" maxLength:"256" doc:"In title, description, rule, assignee or the name of an entity"`
	From      time.Time `query:"from" doc:"One of its events happened since then"`
	To        time.Time `query:"to" doc:"And before then"`
	Updated   time.Time `query:"updated" doc:"Changed since then"`
}

// Alert is one alert as lists show it.
type Alert struct {
	ID          int64        `json:"id"`
	Version     int64        `json:"version" doc:"Counts the changes by people; give it back with a change"`
	Title       string       `json:"title"`
	Origin      string       `json:"origin" enum:"rule,correlation,hunt,defender,noise"`
	Rule        string       `json:"rule,omitempty" doc:"Id of the rule"`
	Level       string       `json:"level" enum:"informational,low,medium,high,critical"`
	Urgency     int          `json:"urgency" doc:"0 to 100"`
	Band        string       `json:"band" enum:"low,medium,high,critical" doc:"In which the urgency is"`
	Status      string       `json:"status" enum:"new,acknowledged,in_progress,closed"`
	Verdict     string       `json:"verdict,omitempty" enum:"true_positive,benign_positive,false_positive" doc:"Of a closed one"`
	Assignee    string       `json:"assignee,omitempty"`
	Tags        List[string] `json:"tags"`
	Techniques  List[string] `json:"techniques" doc:"Of ATT&CK"`
	Tactics     List[string] `json:"tactics" doc:"Of ATT&CK"`
	Hosts       List[string] `json:"hosts" doc:"A few of them"`
	Users       List[string] `json:"users" doc:"A few of them"`
	Occurrences int64        `json:"occurrences" doc:"Matches that it gathers"`
	First       time.Time    `json:"first" doc:"Its first event happened"`
	Last        time.Time    `json:"last" doc:"Its last event happened"`
	Created     time.Time    `json:"created"`
	Updated     time.Time    `json:"updated"`
}

// AlertPage is one page of alerts.
type AlertPage struct {
	Alerts List[Alert] `json:"alerts"`
	Next   string      `json:"next,omitempty" doc:"Pass as after to get the following page; absent on the last"`
}

// AlertCounts is how many alerts there are.
type AlertCounts struct {
	Status map[string]int64 `json:"status" doc:"By status"`
	Open   map[string]int64 `json:"open" doc:"Of those that are not closed: by band of urgency"`
}

// AlertOverview is what open alerts have in common, those with most alerts first; 50 of each at most.
type AlertOverview struct {
	Rules      List[AlertShare] `json:"rules"`
	Hosts      List[AlertShare] `json:"hosts"`
	Users      List[AlertShare] `json:"users"`
	Tactics    List[AlertShare] `json:"tactics"`
	Techniques List[AlertShare] `json:"techniques"`
}

// AlertShare is how many open alerts something has a part in.
type AlertShare struct {
	ID     string `json:"id,omitempty" doc:"Of a rule, a tactic or a technique"`
	Name   string `json:"name,omitempty"`
	Alerts int64  `json:"alerts"`
	Urgent int64  `json:"urgent" doc:"Of these high or critical"`
}

// AlertDetail is everything about one alert but its events, comments and history.
type AlertDetail struct {
	Alert
	Description    string              `json:"description,omitempty"`
	Author         string              `json:"author,omitempty" doc:"Of the rule"`
	References     List[string]        `json:"references"`
	FalsePositives List[string]        `json:"falsePositives" doc:"What else may look like that"`
	UrgencySet     bool                `json:"urgencySet" doc:"Somebody has set the urgency"`
	Computed       int                 `json:"computed" doc:"The urgency by the formula"`
	Reasons        List[UrgencyReason] `json:"reasons" doc:"What the urgency is made of"`
	Steps          List[string]        `json:"steps" doc:"Statuses that it can go to"`
	Entities       List[AlertEntity]   `json:"entities"`
	GroupedBy      List[FieldValue]    `json:"groupedBy" doc:"What its events have in common"`
	Attack         List[AttackTerm]    `json:"attack" doc:"Its techniques by name"`
	Defender       *DefenderAlert      `json:"defender,omitempty" doc:"Of one of Defender's own alerts"`
	RuleUnknown    bool                `json:"ruleUnknown" doc:"The rule is not known any more"`
	Reopened       int                 `json:"reopened" doc:"How often it was reopened"`
	Late           bool                `json:"late" doc:"More of it was counted after it was closed"`
	Provisional    bool                `json:"provisional" doc:"Evidence has come, the description of Defender's alert has not"`
	Acknowledged   *time.Time          `json:"acknowledged,omitempty"`
	Closed         *time.Time          `json:"closed,omitempty"`
}

// UrgencyReason is a part of an urgency.
type UrgencyReason struct {
	Text   string `json:"text"`
	Points int    `json:"points"`
}

// AlertEntity is somebody or something that an alert is about.
type AlertEntity struct {
	Kind        string            `json:"kind" example:"host"`
	Value       string            `json:"value"`
	Roles       List[string]      `json:"roles"`
	Details     map[string]string `json:"details,omitempty"`
	Seen        string            `json:"seen,omitempty" doc:"Where it was first seen: table and field"`
	First       time.Time         `json:"first"`
	Last        time.Time         `json:"last"`
	Occurrences int64             `json:"occurrences"`
}

// FieldValue is a field with a value.
type FieldValue struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// AttackTerm is a technique of ATT&CK.
type AttackTerm struct {
	ID   string `json:"id" example:"T1059.001"`
	Name string `json:"name"`
}

// DefenderAlert is what Defender says of an alert of its own.
type DefenderAlert struct {
	AlertID  string `json:"alertId"`
	Category string `json:"category,omitempty"`
	Severity string `json:"severity,omitempty"`
	Service  string `json:"service,omitempty"`
	Source   string `json:"source,omitempty"`
}

// AlertEvent refers to an event of an alert.
type AlertEvent struct {
	ID      string    `json:"id" doc:"Of the event"`
	Table   string    `json:"table"`
	Rule    string    `json:"rule,omitempty" doc:"That it matched"`
	Time    time.Time `json:"time"`
	Summary string    `json:"summary"`
	Number  int64     `json:"number" doc:"In order of arrival, from 1"`
	Row     *AlertRow `json:"row,omitempty" doc:"That a scheduled hunt has found: then there is no event of this id"`
}

// AlertRow is a row that a scheduled hunt has found.
type AlertRow struct {
	Columns []HuntColumn `json:"columns" nullable:"false"`
	Values  []any        `json:"values" nullable:"false" doc:"Of the columns"`
	Cut     bool         `json:"cut,omitempty" doc:"Values are shortened, or columns left out"`
}

// AlertEntry is one thing that was changed of an alert.
type AlertEntry struct {
	Time  time.Time `json:"time"`
	Actor string    `json:"actor,omitempty" doc:"Empty: Penstock itself"`
	What  string    `json:"what" example:"status"`
	Old   string    `json:"old,omitempty"`
	New   string    `json:"new,omitempty"`
	Note  string    `json:"note,omitempty"`
}

// AlertComment is what somebody said about an alert.
type AlertComment struct {
	ID    int64     `json:"id"`
	Time  time.Time `json:"time"`
	Actor string    `json:"actor"`
	Text  string    `json:"text"`
}

// SimilarAlert has something in common with another one.
type SimilarAlert struct {
	Alert
	SameGroup bool         `json:"sameGroup" doc:"The same cause: an earlier or a later one"`
	SameRule  bool         `json:"sameRule"`
	Shared    List[string] `json:"shared" doc:"What both name"`
}

// AlertEdit is what somebody changes; what is left out stays as it is.
type AlertEdit struct {
	Status     *string   `json:"status,omitempty" enum:"new,acknowledged,in_progress,closed"`
	Verdict    *string   `json:"verdict,omitempty" enum:"true_positive,benign_positive,false_positive" doc:"Needed to close"`
	Assignee   *string   `json:"assignee,omitempty" maxLength:"128" doc:"Empty: nobody"`
	Tags       *[]string `json:"tags,omitempty" maxItems:"100" doc:"Instead of those that it has"`
	AddTags    []string  `json:"addTags,omitempty" maxItems:"100"`
	RemoveTags []string  `json:"removeTags,omitempty" maxItems:"100"`
	Urgency    *int      `json:"urgency,omitempty" minimum:"0" maximum:"100"`
	NoUrgency  bool      `json:"noUrgency,omitempty" doc:"Back to the urgency by the formula"`
	Comment    string    `json:"comment,omitempty" maxLength:"16384"`
}

// AlertResult is what became of one alert of many.
type AlertResult struct {
	ID      int64  `json:"id"`
	Problem string `json:"problem,omitempty" doc:"Why it was not changed; absent: it was"`
}

// AlertStatistics is how the work on alerts went.
type AlertStatistics struct {
	Created       int64              `json:"created"`
	Closed        int64              `json:"closed"`
	Verdicts      map[string]int64   `json:"verdicts"`
	ToAcknowledge Durations          `json:"toAcknowledge" doc:"From the creation of an alert"`
	ToClose       Durations          `json:"toClose" doc:"From the creation of an alert"`
	Rules         List[RuleVerdicts] `json:"rules" doc:"Those with most alerts first, 100 at most"`
}

// Durations are how long something took, in seconds.
type Durations struct {
	Count int     `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
}

// RuleVerdicts is how the alerts of a rule turned out.
type RuleVerdicts struct {
	Rule     string           `json:"rule"`
	Title    string           `json:"title"`
	Alerts   int64            `json:"alerts"`
	Verdicts map[string]int64 `json:"verdicts"`
}

// NoisyRule is a rule that matches too much, so that some of its matches are only counted.
type NoisyRule struct {
	Rule   string    `json:"rule"`
	Since  time.Time `json:"since" doc:"By the time of the events"`
	Until  time.Time `json:"until" doc:"When it calms down if nothing more comes, by the time of events"`
	Held   int64     `json:"held" doc:"Matches that were only counted since"`
	Seen   time.Time `json:"seen" doc:"When something was held back last"`
	Reason string    `json:"reason"`
}

// AlertOfEvent is an alert that refers to an event.
type AlertOfEvent struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Band   string `json:"band" enum:"low,medium,high,critical"`
	Status string `json:"status" enum:"new,acknowledged,in_progress,closed"`
}
