package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"penstock/attack"
	"penstock/sigma"
)

// every visits the rules and correlations.
func every(c *sigma.Collection, visit func(*sigma.Metadata)) {
	for _, r := range c.Rules {
		visit(&r.Metadata)
	}
	for _, r := range c.Correlations {
		visit(&r.Metadata)
	}
}

func TestEveryRuleIsReadWithoutAFault(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all.Problems {
		t.Errorf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	}
	if len(all.Filters) > 0 {
		t.Errorf("%d filters: exceptions are an installation's own", len(all.Filters))
	}
}

func TestEveryRuleSaysWhatItMust(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	efforts := []string{"elementary", "intermediate", "advanced", "master"}
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	titles, ids := map[string]string{}, map[string]string{}
	every(all, func(m *sigma.Metadata) {
		missing := func(format string, args ...any) {
			t.Helper()
			t.Errorf("%s:%d: "+format, append([]any{m.File, m.Line}, args...)...)
		}
		if other, twice := titles[m.Title]; twice {
			missing("the title of %s", other)
		}
		if other, twice := ids[m.ID]; twice {
			missing("the id of %s", other)
		}
		titles[m.Title], ids[m.ID] = m.File, m.File
		if !version4.MatchString(m.ID) {
			missing("id %q is no random UUID", m.ID)
		}
		if effort, _ := m.Custom["effort"].(string); !slices.Contains(efforts, effort) {
			missing("effort %q", effort)
		}
		if m.Title == "" || len(m.Title) > 120 || m.Description == "" || m.Status == "" || m.Level == "" || m.Author != "Penstock" || m.Date == "" || len(m.FalsePositives) == 0 {
			missing("lacks one of title, description, status, level, author, date, falsepositives: %q", m.Title)
		}
		if strings.Contains(m.Description, "  ") || strings.HasSuffix(m.Title, ".") {
			missing("title or description is not written as the others are")
		}
	})
}

func TestTacticsAndTechniquesOfTagsAreKnown(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	every(all, func(m *sigma.Metadata) {
		tactics, techniques := 0, 0
		for _, tag := range m.Tags {
			name, ok := strings.CutPrefix(tag, "attack.")
			if !ok {
				continue
			}
			if technique, known := attack.Enterprise().Technique(name); known {
				techniques++
				if technique.Retired {
					t.Errorf("%s: %s is no longer in ATT&CK; today's is %q", m.File, tag, technique.Successor)
				}
			} else if _, known := attack.Enterprise().Tactic(name); known {
				tactics++
			} else {
				t.Errorf("%s: %s is neither a tactic nor a technique", m.File, tag)
			}
		}
		if tactics == 0 || techniques == 0 {
			t.Errorf("%s: %d tactics, %d techniques among %v", m.File, tactics, techniques, m.Tags)
		}
	})
}
