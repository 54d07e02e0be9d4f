package scalar

import (
	"slices"
	"sort"
	"strconv"
)

var bagFunctions = map[string]Function{
	"bag_keys":        {"d", 'd', strict(bagKeys)},
	"bag_merge":       {"d*", 'd', func(a []any) any { return mergeBags(list(a[0])) }},
	"make_bag":        {"d", 'd', func(a []any) any { return mergeBags(list(a[0])) }},
	"bag_remove_keys": {"dd", 'd', strict(bagRemoveKeys)},
	"bag_has_key":     {"ds", 'b', strict(bagHasKey)},
	"bag_set_key":     {"dsd", 'd', bagSetKey},
	"bag_zip":         {"dd", 'd', strict(bagZip)},
	"treepath":        {"d", 'd', strict(func(a []any) any { return treePaths(a[0], "", []any{}, 0) })},
	"pack_all":        {"dd", 'd', packAll},
	"buildschema":     {"d", 'd', strict(buildSchema)},
	"narrow_bag":      {"d", 'd', strict(bagPairs)},
}

func bagKeys(a []any) any {
	bag, ok := a[0].(*Bag)
	if !ok {
		return nil
	}
	out := make([]any, len(bag.names))
	for i, name := range bag.names {
		out[i] = name
	}
	return out
}

// mergeBags keeps the first value of a name; what is no bag is left out.
func mergeBags(bags []any) any {
	out := newBag()
	for _, v := range bags {
		bag, ok := v.(*Bag)
		if !ok {
			continue
		}
		for _, name := range bag.names {
			if _, ok := out.values[name]; !ok {
				out.set(name, bag.values[name])
			}
		}
	}
	return out
}

func cloneBag(b *Bag) *Bag {
	out := newBag()
	for _, name := range b.names {
		out.set(name, b.values[name])
	}
	return out
}

// bagRemoveKeys removes names, and members deeper down by paths such as $.a.b.
func bagRemoveKeys(a []any) any {
	bag, ok := a[0].(*Bag)
	if !ok {
		return nil
	}
	out := any(cloneBag(bag))
	for _, k := range list(a[1]) {
		name := plain(k)
		if path, ok := parsePath(name); ok {
			out = removeAt(out, path)
		} else {
			out = removeAt(out, []any{name})
		}
	}
	return out
}

func removeAt(v any, path []any) any {
	if len(path) == 0 {
		return v
	}
	switch v := v.(type) {
	case *Bag:
		name, ok := path[0].(string)
		if !ok {
			return v
		}
		out := cloneBag(v)
		if len(path) == 1 {
			out.remove(name)
		} else if inner, ok := out.values[name]; ok {
			out.set(name, removeAt(inner, path[1:]))
		}
		return out
	case []any:
		i, ok := path[0].(int64)
		if !ok || i < 0 || i >= int64(len(v)) {
			return v
		}
		out := slices.Clone(v)
		if len(path) == 1 {
			return slices.Delete(out, int(i), int(i)+1)
		}
		out[i] = removeAt(out[i], path[1:])
		return out
	}
	return v
}

func bagHasKey(a []any) any {
	path, ok := parsePath(text(a[1]))
	if !ok {
		bag, isBag := a[0].(*Bag)
		if !isBag {
			return false
		}
		_, found := bag.values[text(a[1])]
		return found
	}
	_, found := follow(a[0], path)
	return found
}

func bagSetKey(a []any) any {
	if a[0] == nil {
		return nil
	}
	bag, ok := a[0].(*Bag)
	if !ok {
		return nil
	}
	path, isPath := parsePath(text(a[1]))
	if !isPath {
		path = []any{text(a[1])}
	}
	return setAt(bag, path, a[2])
}

func setAt(v any, path []any, to any) any {
	if len(path) == 0 {
		return to
	}
	name, ok := path[0].(string)
	if !ok {
		return v
	}
	out := newBag()
	if bag, ok := v.(*Bag); ok {
		out = cloneBag(bag)
	}
	if len(path) == 1 {
		out.set(name, to)
	} else {
		out.set(name, setAt(out.values[name], path[1:], to))
	}
	return out
}

func bagZip(a []any) any {
	names, ok1 := a[0].([]any)
	values, ok2 := a[1].([]any)
	if !ok1 || !ok2 {
		return nil
	}
	out := newBag()
	for i, n := range names {
		name, ok := n.(string)
		if !ok {
			continue
		}
		var v any
		if i < len(values) {
			v = values[i]
		}
		out.set(name, v)
	}
	return out
}

// treePaths are the paths to all members, a bag's own path before those within.
func treePaths(v any, prefix string, out []any, depth int) []any {
	if len(out) > maxItems || depth > maxDepth {
		return out
	}
	switch v := v.(type) {
	case *Bag:
		for _, name := range v.names {
			path := prefix + "['" + name + "']"
			out = append(out, path)
			out = treePaths(v.values[name], path, out, depth+1)
		}
	case []any:
		for i, item := range v {
			path := prefix + "[" + strconv.Itoa(i) + "]"
			out = append(out, path)
			out = treePaths(item, path, out, depth+1)
		}
	}
	return out
}

// packAll drops what is null or empty if asked to.
func packAll(a []any) any {
	bag, ok := a[0].(*Bag)
	if !ok || !truth(a[1]) {
		return a[0]
	}
	out := newBag()
	for _, name := range bag.names {
		if v := bag.values[name]; v != nil && v != "" {
			out.set(name, v)
		}
	}
	return out
}

// bagPairs are a bag's members as [name, value].
func bagPairs(a []any) any {
	bag, ok := a[0].(*Bag)
	if !ok {
		return nil
	}
	out := make([]any, len(bag.names))
	for i, name := range bag.names {
		out[i] = []any{name, bag.values[name]}
	}
	return out
}

func sortedNames(b *Bag) []string {
	names := slices.Clone(b.names)
	sort.Strings(names)
	return names
}

// buildSchema joins the types of all values: a bag of its members' types, an array by "`indexer`", several types as an array.
func buildSchema(a []any) any {
	var all any
	for _, v := range list(a[0]) {
		all = joinSchema(all, schemaOf(v, 0))
	}
	return all
}

func schemaOf(v any, depth int) any {
	if depth > maxDepth {
		return nil
	}
	switch v := v.(type) {
	case *Bag:
		out := newBag()
		for _, name := range v.names {
			out.set(name, schemaOf(v.values[name], depth+1))
		}
		return out
	case []any:
		out := newBag()
		var items any
		for _, item := range v {
			items = joinSchema(items, schemaOf(item, depth+1))
		}
		out.set("`indexer`", items)
		return out
	case string:
		return "string"
	case bool:
		return "bool"
	case nil:
		return nil
	}
	if _, ok := integerText(v); ok {
		return "long"
	}
	return "double"
}

func integerText(v any) (int64, bool) {
	s := Text(v)
	i, err := strconv.ParseInt(s, 10, 64)
	return i, err == nil
}

func joinSchema(a, b any) any {
	if a == nil {
		return b
	}
	if b == nil || Text(a) == Text(b) {
		return a
	}
	x, ok1 := a.(*Bag)
	y, ok2 := b.(*Bag)
	if ok1 && ok2 {
		out := cloneBag(x)
		for _, name := range y.names {
			out.set(name, joinSchema(out.values[name], y.values[name]))
		}
		return out
	}
	alternatives, ok := a.([]any)
	if !ok {
		alternatives = []any{a}
	}
	others, ok := b.([]any)
	if !ok {
		others = []any{b}
	}
	return distinct(append(slices.Clone(alternatives), others...))
}
