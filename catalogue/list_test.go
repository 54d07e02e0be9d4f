package catalogue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/sigma"
)

func openLibrary(t *testing.T) *bench {
	t.Helper()
	b := openBench(t, func(o *Options) {
		o.Fired = fired{id(1): {Count: 5, Last: noon}, id(3): {Count: 900, Last: noon.Add(-time.Hour), Noisy: true}}
	})
	text := func(n int, title, level, status string, more ...string) string {
		s := strings.Replace(ruleOf(n, title, "x", more...), "level: medium", "level: "+level, 1)
		return strings.Replace(s, "status: test", "status: "+status, 1)
	}
	b.install("alpha", nil, map[string]string{
		"one.yml":   text(1, "Alpha shell", "high", "stable", "tags: [attack.execution, attack.t1059.001]", "effort: elementary", "author: Ann"),
		"two.yml":   text(2, "Beta shell", "low", "test", "tags: [attack.t1059]"),
		"three.yml": strings.Replace(text(3, "Gamma", "critical", "test", "tags: [attack.t1105]"), "process_creation", "dns_query", 1),
	})
	b.install("beta", everything, map[string]string{
		"four.yml": strings.Replace(text(4, "Delta", "high", "experimental"), "Image:", "NoImage:", 1),
		"five.yml": text(5, "Epsilon shell", "informational", "stable", "description: hunts for ducks"),
	})
	b.edit(id(2), Edit{Level: new(sigma.Critical)})
	return b
}

func (b *bench) list(q Query) *Page {
	b.t.Helper()
	p, err := b.List(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// numbers are the last digits of the ids of a page.
func numbers(p *Page) string {
	out := ""
	for _, i := range p.Items {
		out += i.ID[len(i.ID)-1:]
	}
	return out
}

func TestWhatIsNotThereCannotBeSelected(t *testing.T) {
	b := openLibrary(t)
	for _, c := range []struct {
		s    Selection
		want string
	}{
		{Selection{Tactics: []string{"execution", "executing"}}, `no tactic "executing": it has reconnaissance, `},
		{Selection{Techniques: []string{"T9999"}}, `no technique "T9999"`},
		{Selection{Techniques: []string{"powershell"}}, "ids are like T1059"},
		{Selection{Packs: []string{"alpha", "gamma"}}, `no rule has the pack "gamma"; there is alpha, beta`},
		{Selection{Categories: []string{"process"}}, "there is dns_query, process_creation"},
		{Selection{Products: []string{"windws"}}, "there is none"},
	} {
		_, listed := b.List(t.Context(), Query{Selection: c.s})
		_, edited := b.EditAll(t.Context(), &c.s, Edit{Enabled: new(true)}, By{"ann", ""})
		_, covered := b.CoverageOf(t.Context(), &c.s)
		for _, err := range []error{listed, edited, covered} {
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v: %v, want %s", c.s, err, c.want)
			}
		}
	}
	if got := numbers(b.list(Query{Selection: Selection{Packs: []string{CustomPack}}})); got != "" {
		t.Errorf("%q were written here", got)
	}
}

func TestRulesAreFoundByWhatTheyAre(t *testing.T) {
	b := openLibrary(t)
	for name, c := range map[string]struct {
		s    Selection
		want string
	}{
		"all":                             {Selection{}, "12453"},
		"words":                           {Selection{Text: "SHELL alpha"}, "1"},
		"words of the description":        {Selection{Text: "ducks"}, "5"},
		"the name of a technique":         {Selection{Text: "powershell"}, "1"},
		"an author":                       {Selection{Text: "ann"}, "1"},
		"levels, the settings first":      {Selection{Levels: []sigma.Level{sigma.Critical}}, "23"},
		"statuses":                        {Selection{Statuses: []sigma.Status{sigma.Stable, sigma.Experimental}}, "145"},
		"efforts":                         {Selection{Efforts: []Effort{Elementary}}, "1"},
		"packs":                           {Selection{Packs: []string{"beta"}}, "45"},
		"a technique with its parts":      {Selection{Techniques: []string{"T1059"}}, "12"},
		"a part of a technique":           {Selection{Techniques: []string{"t1059.001"}}, "1"},
		"a former number of a technique":  {Selection{Techniques: []string{"T1086"}}, "1"},
		"a tactic by its name":            {Selection{Tactics: []string{"Execution"}}, "12"},
		"a category":                      {Selection{Categories: []string{"dns_query"}}, "3"},
		"what does not apply":             {Selection{Applies: []Applies{No}}, "4"},
		"what is enabled":                 {Selection{Enabled: new(true)}, "45"},
		"what has fired":                  {Selection{Fired: new(true)}, "13"},
		"what has not":                    {Selection{Fired: new(false)}, "245"},
		"what is noisy":                   {Selection{Noisy: new(true)}, "3"},
		"what cannot match":               {Selection{Grades: []Grade{Dead}}, "4"},
		"two things at once":              {Selection{Packs: []string{"alpha"}, Text: "shell"}, "12"},
		"what is not there":               {Selection{Packs: []string{"alpha"}, Enabled: new(true)}, ""},
		"ids":                             {Selection{IDs: []string{id(5), id(9)}}, "5"},
		"what has been removed: nothing":  {Selection{Removed: true}, ""},
		"kinds":                           {Selection{Kinds: []Kind{Correlation}}, ""},
		"a product that nobody has named": {Selection{Products: []string{""}}, "12453"},
	} {
		if got := numbers(b.list(Query{Selection: c.s})); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAListIsOrderedAndReadPageByPage(t *testing.T) {
	b := openLibrary(t)
	for order, want := range map[Order][2]string{
		ByTitle: {"12453", "35421"}, ByLevel: {"51423", "23145"}, ByFired: {"24513", "31245"}, ByLast: {"24531", "13245"}, ByPack: {"13254", "45231"},
		ByEffort: {"23451", "12345"}, ByFitness: {"", ""},
	} {
		for i, descending := range []bool{false, true} {
			whole := numbers(b.list(Query{Order: order, Descending: descending}))
			if want[i] != "" && whole != want[i] {
				t.Errorf("%s, descending %t: %s, want %s", order, descending, whole, want[i])
			}
			got, after := "", ""
			for range 10 {
				p := b.list(Query{Order: order, Descending: descending, Limit: 2, After: after})
				got += numbers(p)
				if after = p.Next; after == "" {
					break
				}
			}
			if got != whole {
				t.Errorf("%s, descending %t: page by page %s, in one %s", order, descending, got, whole)
			}
		}
	}
	for _, q := range []Query{{Order: "colour"}, {After: "?"}} {
		if _, err := b.List(t.Context(), q); err == nil {
			t.Errorf("%+v was answered", q)
		}
	}
}

func TestAFacetTellsWhatAnotherChoiceWouldGive(t *testing.T) {
	b := openLibrary(t)
	p := b.list(Query{Selection: Selection{Packs: []string{"alpha"}, Text: "shell"}})
	counts := func(f Facet) string {
		out := ""
		for _, c := range p.Facets[f] {
			out += fmt.Sprintf("%s=%d ", c.Value, c.Count)
		}
		return strings.TrimSpace(out)
	}
	for f, want := range map[Facet]string{
		FacetPack:      "alpha=2 beta=1",
		FacetLevel:     "critical=1 high=1",
		FacetTechnique: "T1059=1 T1059.001=1",
		FacetEnabled:   "false=2",
		FacetFired:     "false=1 true=1",
	} {
		if got := counts(f); got != want {
			t.Errorf("%s: %s, want %s", f, got, want)
		}
	}
	if p.Total != 2 || !slices.IsSortedFunc(p.Facets[FacetStatus], func(a, b Count) int { return b.Count - a.Count }) {
		t.Errorf("total %d", p.Total)
	}
}
