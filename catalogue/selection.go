package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// known is an error where a selection names something that there is not: an empty list would look as if there were no such
// rules, and what was misspelt would stay unseen.
func (c *Catalogue) known(s *Selection) error {
	for _, name := range s.Tactics {
		if _, ok := c.matrix.Tactic(name); !ok {
			var keys []string
			for _, t := range c.matrix.Tactics {
				keys = append(keys, t.Key)
			}
			return invalid("ATT&CK %s has no tactic %q: it has %s", c.matrix.Version, name, strings.Join(keys, ", "))
		}
	}
	for _, id := range s.Techniques {
		if _, ok := c.matrix.Technique(id); !ok {
			return invalid("ATT&CK %s has no technique %q: ids are like T1059, or T1059.001 of a part of it", c.matrix.Version, id)
		}
	}
	reg := c.register.Load()
	if err := among("pack", s.Packs, slices.Sorted(maps.Keys(reg.packs)), CustomPack); err != nil {
		return err
	}
	for _, part := range []struct {
		what   string
		wanted []string
		facet  Facet
	}{{"category", s.Categories, FacetCategory}, {"product", s.Products, FacetProduct}, {"service", s.Services, FacetService}} {
		if len(part.wanted) == 0 {
			continue
		}
		there := map[string]bool{}
		for _, e := range reg.rules {
			for _, value := range facetValues[part.facet](&Item{Rule: &e.Rule}) {
				there[value] = true
			}
		}
		delete(there, "")
		if err := among(part.what, part.wanted, slices.Sorted(maps.Keys(there)), ""); err != nil {
			return err
		}
	}
	return nil
}

// maxNamed is how many names an error lists.
const maxNamed = 40

// among is an error where something that is wanted is neither there nor allowed all the same.
func among(what string, wanted, there []string, allowed string) error {
	for _, w := range wanted {
		if strings.EqualFold(w, allowed) || slices.ContainsFunc(there, func(has string) bool { return strings.EqualFold(has, w) }) {
			continue
		}
		list := strings.Join(there[:min(len(there), maxNamed)], ", ")
		switch n := len(there) - maxNamed; {
		case n > 0:
			list += fmt.Sprintf(" and %d more", n)
		case len(there) == 0:
			list = "none"
		}
		return invalid("no rule has the %s %q; there is %s", what, w, list)
	}
	return nil
}
