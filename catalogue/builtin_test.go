package catalogue

import (
	"testing"

	"penstock/format/defender"
	"penstock/rules"
)

func TestTheBuiltInRulesAreLive(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	b := openBench(t, func(o *Options) { o.Router, o.Builtin, o.Version = router, rules.FS(), "test" })
	p := b.list(Query{Limit: 1000})
	enabled := 0
	for _, i := range p.Items {
		if i.Applies == No {
			t.Errorf("%s, %s does not apply: %q", i.Path, i.Title, i.Obstacles)
		}
		if i.Kind == Detection && i.Effort == "" && !i.Enabled && b.rule(i.ID).Correlated == nil {
			t.Errorf("%s, %s has no effort", i.Path, i.Title)
		}
		if !rules.Tested(i.Path) {
			t.Errorf("%s has no proof", i.Path)
		}
		if i.Enabled {
			enabled++
		}
	}
	set := b.Live()
	if len(set.Problems) != 0 || len(set.Rules) == 0 || enabled == 0 || len(b.Integrations()) == 0 {
		t.Errorf("problems %v", set.Problems)
	}
	t.Logf("%d rules, %d enabled; live: %d rules and %d correlations, %d rules for these alone", p.Total, enabled, len(set.Rules), len(set.Correlations), len(set.Silent))
}
