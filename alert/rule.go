package alert

import (
	"time"

	"penstock/sigma"
)

// Rule is what an alert says of the rule that raised it.
type Rule struct {
	ID, Title, Description string
	Level                  sigma.Level // medium where it has none
	Author                 string
	Tags                   []string // attack.t1059.001, attack.execution, cve.2021-44228
	References             []string
	FalsePositives         []string
	// Similarity names the fields of ECS whose values the events of one alert have in common. "host" and "user" stand for
	// whichever field has the host or the user, "rule" for nothing more than the rule. Empty: host and user.
	Similarity []string
	Window     time.Duration // within which further matches join an alert; 0: that of Options
	Noise      Noise         // limits of its own; what is 0 is that of Options
	// Silent says that its matches count for correlations alone.
	Silent bool
	// Integration says that the rule matches the description of Defender's own alerts. It raises none of its own.
	Integration bool
	// Levels is the level of an integration rule's alerts by Defender's severity in lower case; that severity's namesake
	// where it says nothing.
	Levels map[string]sigma.Level
}

// Rules are the rules that an installation knows. They may be asked at the same time.
type Rules interface {
	// Rule finds a rule, detection or correlation, by its id; false when it is not known (any more).
	Rule(id string) (Rule, bool)
}

// Integrations says which of Defender's own alerts are taken. They may be asked at the same time.
type Integrations interface {
	// Integration finds the rule for the alerts of a service, by the ServiceSource that Defender gives ("Microsoft Defender
	// for Endpoint"). known is false where there is no such rule: its alerts are taken. They are not when enabled is false.
	Integration(service string) (r Rule, enabled, known bool)
}

type noRules struct{}

func (noRules) Rule(string) (Rule, bool) { return Rule{}, false }

type allIntegrations struct{}

func (allIntegrations) Integration(string) (Rule, bool, bool) { return Rule{}, false, false }

// gradeOf is the level, or medium where a rule has none.
func gradeOf(l sigma.Level) sigma.Level {
	switch l {
	case sigma.Informational, sigma.Low, sigma.Medium, sigma.High, sigma.Critical:
		return l
	}
	return sigma.Medium
}

// describe takes over what a rule says.
func (d *draft) describe(r *Rule) {
	d.Title = cut(r.Title, maxTitle)
	if d.Title == "" {
		d.Title = cut(r.ID, maxTitle)
	}
	d.Description, d.Author, d.Unknown = cut(r.Description, maxText), cut(r.Author, maxTitle), false
	d.References, d.FalsePositives = cutList(r.References), cutList(r.FalsePositives)
	d.addAttack(r.Tags)
	if d.fresh {
		d.addTags(r.Tags)
	}
}

// describeUnknown is what can be said of a rule that is gone.
func (d *draft) describeUnknown(id string) {
	d.Title, d.Unknown = cut(id, maxTitle), true
	d.Description = "The rule that matched is not known any more: it was removed after the match, or it comes from another installation."
}
