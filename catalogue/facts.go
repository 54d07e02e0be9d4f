package catalogue

import (
	"strings"
	"time"

	"penstock/sigma"
)

// Facts are what an alert shows of its rule and how it gathers the rule's matches.
type Facts struct {
	ID, Title, Description string
	Kind                   Kind
	Level                  sigma.Level // that of the settings before that of the rule
	Author, Pack           string
	Tags                   []string
	Techniques, Tactics    []string
	References             []string
	FalsePositives         []string
	Fields                 []string // worth showing
	Similarity             []string // the settings' before the rule's own attribute "similarity"; empty: neither says
	Window                 time.Duration
	Limit                  Limit
	Enabled                bool
	Custom                 map[string]any // attributes of the rule that the specification does not know
}

// Integration reports whether the rule only hands on the alerts of another product: the attribute "integration".
func (f *Facts) Integration() bool { return isIntegration(f.Custom) }

func isIntegration(custom map[string]any) bool { is, _ := custom["integration"].(bool); return is }

// Facts tells what an alert needs of a rule; ok is false when no rule ever had the id.
func (c *Catalogue) Facts(id string) (f Facts, ok bool) {
	e := c.register.Load().rules[id]
	if e == nil {
		return Facts{}, false
	}
	return e.facts(), true
}

// Integrations tells the rules that hand on the alerts of other products, by id, enabled or not.
func (c *Catalogue) Integrations() []Facts {
	reg := c.register.Load()
	var list []Facts
	for _, id := range reg.integrations {
		list = append(list, reg.rules[id].facts())
	}
	return list
}

// Source is a detection rule as it was read, without exceptions; nil for a correlation and for what is not there.
func (c *Catalogue) Source(id string) *sigma.Rule {
	if e := c.register.Load().rules[id]; e != nil {
		return e.rule
	}
	return nil
}

// custom is the attributes of a rule that the specification does not know.
func (e *entry) custom() map[string]any {
	switch {
	case e.rule != nil:
		return e.rule.Custom
	case e.correlation != nil:
		return e.correlation.Custom
	}
	return nil
}

func (e *entry) facts() Facts {
	f := Facts{
		ID: e.ID, Title: e.Title, Description: e.Description, Kind: e.Kind, Level: e.Severity(), Author: e.Author, Pack: e.Pack, Tags: e.Tags,
		Techniques: e.Techniques, Tactics: e.Tactics, References: e.References, FalsePositives: e.FalsePositives, Fields: e.Fields,
		Similarity: e.Settings.Similarity, Window: e.Settings.Window, Limit: e.Settings.Limit, Enabled: e.Enabled && e.Removed.IsZero(),
	}
	f.Custom = e.custom()
	if len(f.Similarity) == 0 {
		f.Similarity = textsOf(f.Custom["similarity"])
	}
	return f
}

// textsOf is a list of texts out of YAML, or one text.
func textsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return strings.Fields(strings.ReplaceAll(v, ",", " "))
	case []any:
		var list []string
		for _, x := range v {
			if text, ok := x.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}
