package defender

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
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

// tests visits the tests of a condition.
func tests(n sigma.Node, visit func(*sigma.Test)) {
	switch n := n.(type) {
	case *sigma.And:
		for _, x := range n.Of {
			tests(x, visit)
		}
	case *sigma.Or:
		for _, x := range n.Of {
			tests(x, visit)
		}
	case *sigma.Not:
		tests(n.Of, visit)
	case *sigma.Test:
		visit(n)
	}
}

func TestTmp(t *testing.T) {
	rules := publicRules(t)
	p := testPipeline(t)
	data, err := os.ReadFile(filepath.Join(sharedDir(), "sigma", "coverage.json"))
	if err != nil {
		t.Fatal(err)
	}
	var coverage struct {
		By map[string]struct {
			Total int
			Tier  map[string]int
			All   *int `json:"all_fields_have_a_counterpart"`
		} `json:"by_logsource"`
	}
	if err := json.Unmarshal(data, &coverage); err != nil {
		t.Fatal(err)
	}
	type count struct{ total, routed, all int }
	got := map[string]*count{}
	or := func(s, d string) string {
		if s == "" {
			return d
		}
		return s
	}
	none := map[string]map[string]int{}
	for _, r := range rules {
		l := r.Logsource
		key := or(l.Product, "*") + "/" + or(l.Category, "-") + "/" + or(l.Service, "-")
		c := got[key]
		if c == nil {
			c = &count{}
			got[key] = c
			none[key] = map[string]int{}
		}
		c.total++
		route := p.Route(l)
		if len(route.Streams) == 0 {
			continue
		}
		c.routed++
		best := false
		for _, s := range route.Streams {
			all := true
			seen := map[string]bool{}
			tests(r.Condition, func(x *sigma.Test) {
				if x.Field == "" {
					return
				}
				if sup, _ := p.Field(s, x.Field).Support(); sup == pipeline.None {
					all = false
					if !seen[x.Field] {
						none[key][s.Name+":"+x.Field]++
						seen[x.Field] = true
					}
				}
			})
			best = best || all
		}
		if best {
			c.all++
		}
	}
	for k, c := range got {
		cov := coverage.By[k]
		all := -1
		if cov.All != nil {
			all = *cov.All
		}
		t.Logf("%-40s total %d/%d routed %d all %d/%d %v %v", k, c.total, cov.Total, c.routed, c.all, all, cov.Tier, none[k])
	}
}
