package server

import (
	"context"
	"time"
)

// Rules are the detection rules that the installation knows, and what was decided about them. Its methods return
// ErrNotFound for an id that is none, an *InputError for what makes no sense, a *RuleError for a text that is not taken,
// and a *ConflictError where somebody else was faster.
type Rules interface {
	RuleList
	RuleEditor
}

// RuleList is the rules that there are.
type RuleList interface {
	List(ctx context.Context, f *RuleFilter, sort string, descending bool, limit int, after string) (*RulePage, error)
	Rule(ctx context.Context, id string) (*RuleDetail, error)
	// History of a rule, or of all where it is empty, newest first, before an entry (0: from the newest).
	History(ctx context.Context, rule string, before int64, limit int) ([]RuleChange, error)
	// Activity of a rule, hour by hour; hours in which it has not fired are left out.
	Activity(ctx context.Context, rule string, from, to time.Time) ([]RuleHour, error)
	// Named tells what is left to say of rules whose ids are known; those that are not known have no title.
	Named(ids []string) []MatchedRule
}

// RuleEditor changes rules and what is decided about them.
type RuleEditor interface {
	Edit(ctx context.Context, by By, id string, e *RuleEdit) (*RuleDetail, error)
	// EditAll changes all rules that the filter lets through; it tells how many those are and how many were different.
	EditAll(ctx context.Context, by By, f *RuleFilter, e *RuleEdit, dryRun bool) (*BulkEdit, error)
	Create(ctx context.Context, by By, text string) (*RuleDetail, error)
	Update(ctx context.Context, by By, id string, version int64, text string) (*RuleDetail, error)
	Delete(ctx context.Context, by By, id string, version int64) error
	Check(text string) *CheckedRule
}

// By is who changes something, and why.
type By struct{ Who, Reason string }

// RuleFilter chooses rules: those for which everything holds that it says; of a list one suffices.
type RuleFilter struct {
	Text        string   `query:"text" maxLength:"256" doc:"Words, all of which are in the title, description, id, author, tags, file or a technique's name"`
	IDs         []string `query:"id,explode" maxItems:"400" doc:"Ids"`
	Kind        []string `query:"kind,explode" enum:"rule,correlation,filter" maxItems:"3"`
	Level       []string `query:"level,explode" enum:"informational,low,medium,high,critical" maxItems:"5" doc:"Levels that count: what people have decided before what the rule says"`
	Effort      []string `query:"effort,explode" enum:"elementary,intermediate,advanced,master" maxItems:"4"`
	Status      []string `query:"status,explode" enum:"stable,test,experimental,deprecated,unsupported" maxItems:"5"`
	Pack        []string `query:"pack,explode" maxItems:"50"`
	Tactic      []string `query:"tactic,explode" maxItems:"50" doc:"Key, id or name"`
	Technique   []string `query:"technique,explode" maxItems:"100" doc:"Id; sub-techniques are included"`
	Category    []string `query:"category,explode" maxItems:"50" doc:"Of the logsource"`
	Product     []string `query:"product,explode" maxItems:"50" doc:"Of the logsource"`
	Service     []string `query:"service,explode" maxItems:"50" doc:"Of the logsource"`
	Applies     []string `query:"applies,explode" enum:"yes,partly,no" maxItems:"3" doc:"Whether Defender's data can answer the rule"`
	Fitness     []string `query:"fitness,explode" enum:"live,partial,blind,dead" maxItems:"4" doc:"Whether what arrives can answer the rule"`
	Enabled     string   `query:"enabled" enum:"true,false"`
	Exceptions  string   `query:"exceptions" enum:"true,false" doc:"Has exceptions that hold"`
	Faulty      string   `query:"faulty" enum:"true,false" doc:"There is a problem with it"`
	Fired       string   `query:"fired" enum:"true,false" doc:"Has fired within firedWithin days"`
	Noisy       string   `query:"noisy" enum:"true,false" doc:"Is throttled"`
	FiredWithin int      `query:"firedWithin" minimum:"1" maximum:"366" default:"30" doc:"Days that the figures are about"`
	Removed     bool     `query:"removed" doc:"The rules that their packs do not have any more, instead of those that they have"`
}

// Rule is a rule as lists show it.
type Rule struct {
	ID         string       `json:"id"`
	Title      string       `json:"title"`
	Kind       string       `json:"kind" enum:"rule,correlation,filter"`
	Level      string       `json:"level,omitempty" doc:"That counts: what people have decided before what the rule says"`
	Status     string       `json:"status,omitempty"`
	Effort     string       `json:"effort,omitempty"`
	Pack       string       `json:"pack"`
	Enabled    bool         `json:"enabled"`
	ByPolicy   bool         `json:"byPolicy" doc:"Enabled is what the pack's policy says; nobody has decided"`
	Techniques List[string] `json:"techniques"`
	Tactics    List[string] `json:"tactics"`
	Logsource  Logsource    `json:"logsource"`
	Applies    string       `json:"applies" doc:"Whether Defender's data can answer it: yes, partly, no"`
	Fitness    RuleFitness  `json:"fitness"`
	Fired      RuleFired    `json:"fired"`
	Exceptions int          `json:"exceptions" doc:"That hold"`
	Problem    string       `json:"problem,omitempty" doc:"Why it is left out though it is enabled"`
	Version    int64        `json:"version" doc:"Counts the changes of the text"`
	Settings   int64        `json:"settingsVersion" doc:"Counts the changes of what is decided; give it back with an edit"`
}

// Logsource says which events a rule is for.
type Logsource struct {
	Category string `json:"category,omitempty"`
	Product  string `json:"product,omitempty"`
	Service  string `json:"service,omitempty"`
}

// RuleFitness is how fit a rule is for what really arrives.
type RuleFitness struct {
	Grade    string       `json:"grade" enum:"live,partial,blind,dead,unknown" doc:"live: all that it needs arrives; partial: a part never does; blind: what it cannot do without does not arrive; dead: it can never match"`
	Blocking List[string] `json:"blocking" doc:"What stands in the way of a better grade"`
	Since    *time.Time   `json:"since,omitempty" doc:"Since when it is blind"`
}

// RuleFired is how often a rule has fired.
type RuleFired struct {
	Count int64      `json:"count"`
	Last  *time.Time `json:"last,omitempty"`
	Noisy bool       `json:"noisy" doc:"It fires so often that it is throttled"`
}

// RulePage is one page of rules.
type RulePage struct {
	Rules  List[Rule]                   `json:"rules"`
	Total  int                          `json:"total" doc:"Of all pages"`
	Next   string                       `json:"next,omitempty" doc:"Pass as after to get the following page; absent on the last"`
	Facets map[string]List[FacetOption] `json:"facets" doc:"How many rules another choice of one property would give, by the parameter's name"`
}

// FacetOption is how many rules have a value.
type FacetOption struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// RuleDetail is everything about one rule.
type RuleDetail struct {
	Rule
	Text           string              `json:"text" doc:"Its YAML"`
	Warnings       List[string]        `json:"warnings" doc:"What is doubtful about the text: it matches nearly everything, for one"`
	Description    string              `json:"description,omitempty"`
	Author         string              `json:"author,omitempty"`
	License        string              `json:"license,omitempty"`
	Date           string              `json:"date,omitempty"`
	Modified       string              `json:"modified,omitempty"`
	References     List[string]        `json:"references"`
	FalsePositives List[string]        `json:"falsePositives"`
	Tags           List[string]        `json:"tags"`
	Path           string              `json:"path,omitempty" doc:"In its pack"`
	Custom         bool                `json:"custom" doc:"It was written here, so that its text may be changed"`
	Obstacles      List[string]        `json:"obstacles" doc:"What Defender's data cannot answer of it"`
	Streams        List[string]        `json:"streams" doc:"What answers its logsource"`
	Needs          List[RuleNeed]      `json:"needs" doc:"Fields that it asks for"`
	Attack         List[AttackTerm]    `json:"attack"`
	Decided        RuleSettings        `json:"decided" doc:"What people have decided about it"`
	OwnLevel       string              `json:"ownLevel,omitempty" doc:"As the rule says"`
	AllExceptions  List[RuleException] `json:"allExceptions" doc:"That hold or held, newest first"`
	RefersTo       List[MatchedRule]   `json:"refersTo" doc:"Of a correlation: its rules"`
	Correlated     List[MatchedRule]   `json:"correlated" doc:"Correlations that refer to it"`
	Added          time.Time           `json:"added"`
	Changed        time.Time           `json:"changed"`
	Removed        *time.Time          `json:"removed,omitempty" doc:"Since when its pack does not have it any more"`
}

// RuleNeed is a field that a rule asks for.
type RuleNeed struct {
	Field   string       `json:"field" example:"CommandLine"`
	Applies string       `json:"applies" enum:"yes,partly,no" doc:"Whether Defender's data can answer it"`
	Columns List[string] `json:"columns" doc:"Of Defender's tables, that it is read from"`
	Note    string       `json:"note,omitempty" doc:"What is missing"`
}

// RuleSettings are what people have decided about a rule; what is empty is not decided.
type RuleSettings struct {
	Enabled       *bool        `json:"enabled,omitempty" doc:"Absent: as the policy of the pack says"`
	Level         string       `json:"level,omitempty"`
	Note          string       `json:"note,omitempty"`
	Similarity    List[string] `json:"similarity" doc:"Fields whose values the matches of one alert have in common"`
	WindowSeconds int64        `json:"windowSeconds,omitempty" doc:"Within which matches become one alert"`
	Limit         *RuleLimit   `json:"limit,omitempty"`
}

// RuleLimit is how many matches of a rule are taken within a time before it counts as noisy.
type RuleLimit struct {
	Matches       int   `json:"matches" minimum:"0" maximum:"1000000"`
	WithinSeconds int64 `json:"withinSeconds" minimum:"0" maximum:"2592000"`
}

// RuleEdit is what somebody wants decided; what is left out stays as it is.
type RuleEdit struct {
	Version       int64      `json:"version,omitempty" minimum:"0" doc:"settingsVersion that was seen: the edit is refused when it has changed since. 0: whatever it is"`
	Enabled       *bool      `json:"enabled,omitempty"`
	Policy        bool       `json:"policy,omitempty" doc:"Nobody decides any more: the rule is enabled if the pack's policy says so"`
	Level         *string    `json:"level,omitempty" enum:",informational,low,medium,high,critical" doc:"Instead of the rule's own; empty: its own"`
	Note          *string    `json:"note,omitempty" maxLength:"8192"`
	Similarity    *[]string  `json:"similarity,omitempty" maxItems:"20"`
	WindowSeconds *int64     `json:"windowSeconds,omitempty" minimum:"0" maximum:"2592000"`
	Limit         *RuleLimit `json:"limit,omitempty"`
	Reason        string     `json:"reason,omitempty" maxLength:"1024" doc:"For the history"`
}

// BulkEdit is what an edit of many rules does.
type BulkEdit struct {
	Rules   int  `json:"rules" doc:"That the filter lets through"`
	Changed int  `json:"changed" doc:"Of these, those that were different; of a dry run, that would be changed at most"`
	DryRun  bool `json:"dryRun"`
}

// RuleChange is an entry of the history of rules.
type RuleChange struct {
	ID     int64     `json:"id"`
	Rule   string    `json:"rule,omitempty" doc:"Absent: it is about the pack"`
	Pack   string    `json:"pack,omitempty"`
	Time   time.Time `json:"time"`
	Who    string    `json:"who"`
	Reason string    `json:"reason,omitempty"`
	What   string    `json:"what" example:"enabled"`
	Old    string    `json:"old,omitempty"`
	New    string    `json:"new,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Text   string    `json:"text,omitempty" doc:"The YAML that was replaced"`
}

// RuleHour is what a rule did with the events of an hour.
type RuleHour struct {
	Time       time.Time `json:"time"`
	Matches    int64     `json:"matches"`
	Suppressed int64     `json:"suppressed" doc:"Of these, those that were only counted because the rule was noisy"`
	Alerts     int64     `json:"alerts" doc:"New ones"`
}

// MatchedRule is a rule by its name.
type MatchedRule struct {
	ID    string `json:"id"`
	Title string `json:"title" doc:"Empty: the rule is not known any more"`
	Level string `json:"level,omitempty"`
}

// CheckedRule is what there is to say about the text of a rule.
type CheckedRule struct {
	Valid     bool              `json:"valid" doc:"It would be taken"`
	ID        string            `json:"id,omitempty"`
	Title     string            `json:"title,omitempty"`
	Kind      string            `json:"kind,omitempty"`
	Level     string            `json:"level,omitempty"`
	Applies   string            `json:"applies,omitempty"`
	Obstacles List[string]      `json:"obstacles"`
	Streams   List[string]      `json:"streams"`
	Problems  List[RuleProblem] `json:"problems"`
}
