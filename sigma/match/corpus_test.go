package match

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// corpus reads the public rules where they are there.
func corpus(t testing.TB) []*sigma.Rule {
	t.Helper()
	dir := os.Getenv("PENSTOCK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	var rules []*sigma.Rule
	err := filepath.WalkDir(filepath.Join(dir, "sigma", "rules"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rules = append(rules, sigma.Read(path, data, sigma.Options{}).Rules...)
		return nil
	})
	if err != nil || len(rules) == 0 {
		t.Skip("no rules")
	}
	return rules
}

// corpusRouter has a table for each logsource, whose columns are the names that the rules use.
type corpusRouter struct {
	*columns
	byLogsource map[string]*pipeline.Stream
}

func newCorpusRouter() *corpusRouter {
	return &corpusRouter{newColumns(), make(map[string]*pipeline.Stream)}
}

func (c *corpusRouter) Route(ls sigma.Logsource) pipeline.Route {
	name := ls.Category
	if name == "" {
		name = ls.Product + "/" + ls.Service
	}
	s, ok := c.byLogsource[name]
	if !ok {
		s = &pipeline.Stream{Name: name, Table: name}
		c.byLogsource[name] = s
	}
	return pipeline.Route{Streams: []*pipeline.Stream{s}}
}

func TestCorpusStats(t *testing.T) {
	start := time.Now()
	rules := corpus(t)
	t.Log("read", len(rules), time.Since(start))
	var a, b runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&a)
	start = time.Now()
	s := Compile(rules, newCorpusRouter())
	t.Log("compile", time.Since(start))
	runtime.ReadMemStats(&b)
	t.Log("alloc", (b.TotalAlloc-a.TotalAlloc)>>10)
	runtime.GC()
	runtime.ReadMemStats(&b)
	t.Log("heap", (int64(b.HeapAlloc)-int64(a.HeapAlloc))>>10)
	for _, p := range s.plans {
		un := 0
		for _, sys := range p.routes.other[:1] {
			_ = sys
		}
		if r := p.routes.other[7]; r != nil {
			un = len(r.unguarded)
			for _, i := range r.unguarded {
				t.Log("   unguarded", s.rules[p.rules[i].number].File)
			}
		}
		grams := 0
		bits := 0
		three := 0
		for _, x := range p.indexes {
			if x.grams != nil && x.grams.four != nil {
				grams += len(x.grams.four.entries)
				bits += len(x.grams.four.filter) * 8
			}
			if x.grams != nil && x.grams.three != nil {
				three += len(x.grams.three.entries)
			}
		}
		t.Log(p.table, "rules", len(p.rules), "nodes", len(p.nodes), "preds", len(p.predicates), "postings", len(p.postings), "unguarded", un, "grams", grams, "filterbytes", bits, "three", three)
	}
	runtime.KeepAlive(s)
}

func TestCorpusRulesFireOnTheirOwnLiterals(t *testing.T) {
	rules := corpus(t)
	s := Compile(rules, newCorpusRouter())
	m := s.Matcher()
	var ev ecs.Event
	for i, r := range rules {
		a := s.Applicability(int32(i))
		proof, err := Prove(r.Condition)
		if err != nil {
			t.Errorf("%s: %v", r.File, err)
			continue
		}
		columns := make(map[string]any)
		for name, v := range proof.Fields {
			columns[name] = v
		}
		if v, ok := columns[""]; ok {
			delete(columns, "")
			columns["Keyword"] = v
		}
		found := m.Match(event(t, a.Streams[0].Table, columns), &ev, nil)
		if !slices.Contains(found, int32(i)) {
			t.Errorf("%s does not fire on %q", r.File, columns)
		}
	}
}
