package defender

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// publicRules are the rules to test with that are not a part of the project.
func publicRules(t testing.TB) []*sigma.Rule {
	t.Helper()
	dir := filepath.Join(sharedDir(), "sigma", "rules")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public rules are not here")
	}
	var rules []*sigma.Rule
	err := filepath.WalkDir(dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			rules = append(rules, sigma.Read(path, text, sigma.Options{}).Rules...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func testPipeline(t testing.TB) *pipeline.Pipeline {
	t.Helper()
	plan, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// differences are the logsources of which we count otherwise, by how many rules and why.
var differences = map[string]struct {
	rules  int
	reason string
}{
	"windows/process_creation/-": {1, "a rule of keywords names no field, and every event has values"},
	"windows/wmi_event/-":        {1, "the binding of a filter to a consumer is Sysmon's event 21: the EventID is known"},
}

// unanswered are the logsources of the tier "partial" that have no stream.
var unanswered = []string{"azure/-/pim", "windows/ps_module/-", "windows/ps_classic_start/-", "windows/ps_classic_provider_start/-"}

// coverage is what a survey found out, by logsource.
type coverage struct {
	Total int
	Tier  map[string]int
	All   int `json:"all_fields_have_a_counterpart"`
}

func readCoverage(t *testing.T) map[string]coverage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sharedDir(), "sigma", "coverage.json"))
	if err != nil {
		t.Skip("the survey is not here")
	}
	var survey struct {
		By map[string]coverage `json:"by_logsource"`
	}
	if err := json.Unmarshal(data, &survey); err != nil {
		t.Fatal(err)
	}
	return survey.By
}

// fit is how rules of a logsource fare: how many have streams, have counterparts for all fields in one of them, and have
// one in which they can match.
type fit struct{ total, routed, all, matching int }

func surveyName(ls sigma.Logsource) string {
	return cmp.Or(ls.Product, "*") + "/" + cmp.Or(ls.Category, "-") + "/" + cmp.Or(ls.Service, "-")
}

func TestThePublicRulesHaveTheCounterpartsThatASurveyFound(t *testing.T) {
	rules, survey, p := publicRules(t), readCoverage(t), testPipeline(t)
	found := make(map[string]*fit)
	for _, r := range rules {
		name := surveyName(r.Logsource)
		if found[name] == nil {
			found[name] = new(fit)
		}
		judge(p, r, found[name])
	}
	tiers := make(map[string]fit)
	for name, f := range found {
		known := survey[name]
		for tier, n := range known.Tier {
			sum := tiers[tier]
			sum.total, sum.routed, sum.all, sum.matching = sum.total+n, sum.routed+f.routed, sum.all+f.all, sum.matching+f.matching
			tiers[tier] = sum
		}
		switch {
		case known.Tier["direct"]+known.Tier["device_events"] > 0:
			if want := known.All + differences[name].rules; f.routed != f.total || f.all != want {
				t.Errorf("%s: %d of %d rules have streams, %d all fields, want %d", name, f.routed, f.total, f.all, want)
			}
		case slices.Contains(unanswered, name):
			if f.routed > 0 {
				t.Errorf("%s has streams", name)
			}
		case f.routed != f.total:
			t.Errorf("%s: %d of %d rules have streams", name, f.routed, f.total)
		}
	}
	for tier, f := range tiers {
		t.Logf("%s: %d rules, %d with streams, %d with all fields, %d can match", tier, f.total, f.routed, f.all, f.matching)
	}
}

func judge(p *pipeline.Pipeline, r *sigma.Rule, f *fit) {
	f.total++
	streams := p.Route(r.Logsource).Streams
	if len(streams) == 0 {
		return
	}
	f.routed++
	all, matching := false, false
	for _, s := range streams {
		whole := true
		for x := range sigma.Tests(r.Condition) {
			if x.Field != "" {
				support, _ := p.Field(s, x.Field).Support()
				whole = whole && support != pipeline.None
			}
		}
		all, matching = all || whole, matching || canHold(p, s, r.Condition)
	}
	if all {
		f.all++
	}
	if matching {
		f.matching++
	}
}

// canHold reports whether a condition can hold when what is never answered does not.
func canHold(p *pipeline.Pipeline, s *pipeline.Stream, n sigma.Node) bool {
	part := func(n sigma.Node) bool { return canHold(p, s, n) }
	switch n := n.(type) {
	case *sigma.And:
		return !slices.ContainsFunc(n.Of, func(n sigma.Node) bool { return !part(n) })
	case *sigma.Or:
		return slices.ContainsFunc(n.Of, part)
	case *sigma.Test:
		if n.Field != "" {
			ok, _ := p.Field(s, n.Field).Answers(n)
			return ok
		}
	}
	return true
}

func logsourceOf(category, product string) sigma.Logsource {
	return sigma.Logsource{Category: category, Product: product}
}
