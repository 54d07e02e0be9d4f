package catalogue

import (
	"fmt"
	"strings"

	"penstock/sigma"
	"penstock/sigma/match"
)

// pool is the rules that were compiled last. Most decisions only disable some of them, or enable them again: what is live
// then is a part of the pool, and nothing needs to be compiled.
type pool struct {
	set     *match.Set
	numbers map[string]int32 // in the set, by what the rule is made of
}

// maxIdle is which part of the pool may lie idle: its texts are looked for in vain. One rule of so many.
const maxIdle = 4

func newPool(set *match.Set, keys []string) *pool {
	p := &pool{set: set, numbers: make(map[string]int32, len(keys))}
	for i, key := range keys {
		p.numbers[key] = int32(i)
	}
	return p
}

// part is the set of the rules with these keys; nil: some of them are not in the pool, or too much of it would lie idle.
func (p *pool) part(keys []string) *match.Set {
	if p == nil || (len(p.numbers)-len(keys))*maxIdle > len(p.numbers) {
		return nil
	}
	numbers := make([]int32, len(keys))
	same := len(keys) == len(p.numbers)
	for i, key := range keys {
		n, ok := p.numbers[key]
		if !ok {
			return nil
		}
		numbers[i] = n
		same = same && n == int32(i)
	}
	if same {
		return p.set
	}
	return p.set.Subset(numbers)
}

// keys tell for each rule that is to be tried what it is made of: its text, its exceptions, the filters that narrow it.
func keys(reg *register, resolved *sigma.Collection) []string {
	filters := make(map[sigma.Node]string, len(resolved.Filters))
	for _, f := range resolved.Filters {
		filters[f.Condition] = reg.rules[f.ID].Hash
	}
	list := make([]string, len(resolved.Rules))
	var b strings.Builder
	for i, r := range resolved.Rules {
		b.Reset()
		fmt.Fprint(&b, r.ID, " ", reg.rules[r.ID].Hash)
		for _, x := range reg.exceptions[r.ID] {
			fmt.Fprint(&b, " ", x.ID)
		}
		if and, ok := r.Condition.(*sigma.And); ok {
			for _, part := range and.Of {
				if hash, ok := filters[part]; ok {
					fmt.Fprint(&b, " filter ", hash)
				}
			}
		}
		list[i] = b.String()
	}
	return list
}
