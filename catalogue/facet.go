package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"penstock/attack"
)

// Facet is a property by whose values rules are counted.
type Facet string

// The facets.
const (
	FacetText       Facet = "text"
	FacetKind       Facet = "kind"
	FacetLevel      Facet = "level"
	FacetEffort     Facet = "effort"
	FacetStatus     Facet = "status"
	FacetPack       Facet = "pack"
	FacetTactic     Facet = "tactic"
	FacetTechnique  Facet = "technique"
	FacetCategory   Facet = "category"
	FacetProduct    Facet = "product"
	FacetService    Facet = "service"
	FacetApplies    Facet = "applies"
	FacetFitness    Facet = "fitness"
	FacetEnabled    Facet = "enabled"
	FacetFired      Facet = "fired"
	FacetNoisy      Facet = "noisy"
	FacetExceptions Facet = "exceptions"
	FacetFaulty     Facet = "faulty"
	facetRemoved    Facet = "removed"
)

// Count is how many rules have a value of a facet.
type Count struct {
	Value string
	Count int
}

// facetValues are the values that a rule has of each facet that is counted.
var facetValues = map[Facet]func(*Item) []string{
	FacetKind:       func(i *Item) []string { return []string{string(i.Kind)} },
	FacetLevel:      func(i *Item) []string { return []string{string(i.Severity())} },
	FacetEffort:     func(i *Item) []string { return []string{string(i.Effort)} },
	FacetStatus:     func(i *Item) []string { return []string{string(i.Status)} },
	FacetPack:       func(i *Item) []string { return []string{i.Pack} },
	FacetTactic:     func(i *Item) []string { return i.Tactics },
	FacetTechnique:  func(i *Item) []string { return i.Techniques },
	FacetCategory:   func(i *Item) []string { return []string{i.Logsource.Category} },
	FacetProduct:    func(i *Item) []string { return []string{i.Logsource.Product} },
	FacetService:    func(i *Item) []string { return []string{i.Logsource.Service} },
	FacetApplies:    func(i *Item) []string { return []string{string(i.Applies)} },
	FacetFitness:    func(i *Item) []string { return []string{string(i.Fitness.Grade)} },
	FacetEnabled:    func(i *Item) []string { return truth(i.Enabled) },
	FacetFired:      func(i *Item) []string { return truth(i.Fired.Count > 0) },
	FacetNoisy:      func(i *Item) []string { return truth(i.Fired.Noisy) },
	FacetExceptions: func(i *Item) []string { return truth(i.Exceptions > 0) },
	FacetFaulty:     func(i *Item) []string { return truth(i.Problem != "") },
}

func truth(b bool) []string { return []string{strconv.FormatBool(b)} }

// facets counts rules while a list is made.
type facets map[Facet]map[string]int

func newFacets() facets {
	f := facets{}
	for name := range facetValues {
		f[name] = map[string]int{}
	}
	return f
}

// count counts a rule in every facet whose own choice is all that keeps it out of the list: so a facet tells what choosing
// otherwise would give.
func (f facets) count(i *Item, failed Facet, misses int) {
	if misses > 1 {
		return
	}
	for name, counts := range f {
		if misses == 0 || failed == name {
			for _, value := range facetValues[name](i) {
				counts[value]++
			}
		}
	}
}

// counts is what was counted, the most frequent value first.
func (f facets) counts() map[Facet][]Count {
	out := map[Facet][]Count{}
	for name, counts := range f {
		list := make([]Count, 0, len(counts))
		for value, n := range counts {
			list = append(list, Count{value, n})
		}
		slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
		out[name] = list
	}
	return out
}

// choice is one condition of a selection, which belongs to a facet.
type choice struct {
	facet Facet
	takes func(*Item) bool
}

type choices []choice

// all reports whether a rule is selected.
func (c choices) all(i *Item) bool {
	_, misses := c.failing(i)
	return misses == 0
}

// failing tells how many facets keep a rule out, 2 for any more, and the first of them.
func (c choices) failing(i *Item) (first Facet, misses int) {
	for _, choice := range c {
		if choice.takes(i) {
			continue
		}
		if misses++; misses > 1 {
			return first, misses
		}
		first = choice.facet
	}
	return first, misses
}

// tests are the conditions of a selection. What it names must be there.
func (c *Catalogue) tests(s *Selection) (choices, error) {
	if err := c.known(s); err != nil {
		return nil, err
	}
	out := choices{{facetRemoved, func(i *Item) bool { return i.Removed.IsZero() != s.Removed }}}
	among := func(facet Facet, wanted []string, same func(wanted, has string) bool) {
		if len(wanted) == 0 {
			return
		}
		values := facetValues[facet]
		out = append(out, choice{facet, func(i *Item) bool {
			return slices.ContainsFunc(values(i), func(has string) bool {
				return slices.ContainsFunc(wanted, func(w string) bool { return same(w, has) })
			})
		}})
	}
	if words := strings.Fields(strings.ToLower(s.Text)); len(words) > 0 {
		out = append(out, choice{FacetText, func(i *Item) bool { return hasWords(c.matrix, i, words) }})
	}
	if len(s.IDs) > 0 {
		out = append(out, choice{FacetText, func(i *Item) bool { return slices.Contains(s.IDs, i.ID) }})
	}
	among(FacetKind, texts(s.Kinds), strings.EqualFold)
	among(FacetLevel, texts(s.Levels), strings.EqualFold)
	among(FacetEffort, texts(s.Efforts), strings.EqualFold)
	among(FacetStatus, texts(s.Statuses), strings.EqualFold)
	among(FacetPack, s.Packs, strings.EqualFold)
	among(FacetTactic, c.tacticKeys(s.Tactics), strings.EqualFold)
	among(FacetTechnique, c.currentTechniques(s.Techniques), includesTechnique)
	among(FacetCategory, s.Categories, strings.EqualFold)
	among(FacetProduct, s.Products, strings.EqualFold)
	among(FacetService, s.Services, strings.EqualFold)
	among(FacetApplies, texts(s.Applies), strings.EqualFold)
	among(FacetFitness, texts(s.Grades), strings.EqualFold)
	for facet, wanted := range map[Facet]*bool{
		FacetEnabled: s.Enabled, FacetFired: s.Fired, FacetNoisy: s.Noisy, FacetExceptions: s.Exceptions, FacetFaulty: s.Faulty,
	} {
		if wanted != nil {
			among(facet, truth(*wanted), strings.EqualFold)
		}
	}
	return out, nil
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func (c *Catalogue) tacticKeys(names []string) []string {
	var keys []string
	for _, name := range names {
		if t, ok := c.matrix.Tactic(name); ok {
			name = t.Key
		}
		keys = append(keys, name)
	}
	return keys
}

func (c *Catalogue) currentTechniques(ids []string) []string {
	var out []string
	for _, id := range ids {
		if current, ok := c.matrix.Current(id); ok {
			id = current
		}
		out = append(out, id)
	}
	return out
}

// includesTechnique reports whether a technique is the wanted one or a part of it.
func includesTechnique(wanted, has string) bool {
	return strings.EqualFold(wanted, has) || len(has) > len(wanted) && has[len(wanted)] == '.' && strings.EqualFold(has[:len(wanted)], wanted)
}

func hasWords(m *attack.Matrix, i *Item, words []string) bool {
	for _, w := range words {
		has := func(text string) bool { return strings.Contains(strings.ToLower(text), w) }
		if !has(i.Title) && !has(i.Description) && !has(i.ID) && !has(i.Author) && !has(i.Path) && !has(i.Name) && !has(i.Settings.Note) &&
			!slices.ContainsFunc(i.Tags, has) && !slices.ContainsFunc(i.Techniques, func(id string) bool { return has(m.Title(id)) }) {
			return false
		}
	}
	return true
}
