package kql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"penstock/kql/syntax"
)

// resultName is the name that an expression gives its column when the query gives none; "" where it has none.
func resultName(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Ident:
		return x.Name
	case *syntax.Named:
		// bin(Hour = Timestamp, 1h) is a name as well.
		return x.Names[0].Name
	case *syntax.Paren:
		return resultName(x.X)
	case *syntax.Path:
		if in := resultName(x.X); in != "" && in != "$left" && in != "$right" {
			return in + "_" + x.Name.Name
		}
		return x.Name.Name
	case *syntax.Index:
		return indexName(x)
	case *syntax.Call:
		return callName(x)
	}
	return ""
}

// indexName is d_0 of d[0] and d_a of d["a"].
func indexName(x *syntax.Index) string {
	index := ""
	if l, ok := x.Index.(*syntax.Literal); ok {
		switch v := l.Value.(type) {
		case string:
			index = v
		case int64:
			index = strconv.FormatInt(v, 10)
		}
	}
	if in := resultName(x.X); in != "" {
		return in + "_" + index
	}
	return index
}

func callName(x *syntax.Call) string {
	lib := catalogue()
	name := x.Name.Name
	f := lib.scalars[name]
	if f == nil {
		f = lib.aggregates[name]
	} else if agg := lib.aggregates[name]; agg != nil && f.naming == "" {
		f = agg
	}
	if f == nil {
		return ""
	}
	return f.columnName(x)
}

// columnName is the name of a call's column by the catalogue's rule.
func (f *Function) columnName(x *syntax.Call) string {
	first := ""
	if len(x.Args) > 0 {
		first = resultName(x.Args[0])
	}
	prefix, ok := f.prefixes[x.Name.Name]
	if ok {
		return prefix + "_" + first
	}
	switch f.naming {
	case "first":
		return first
	case "only_argument":
		if len(x.Args) > 1 {
			return ""
		}
		return first
	case "name_first":
		return x.Name.Name + "_" + first
	case "prefix":
		return f.prefix + "_" + first
	case "only":
		return f.prefix
	}
	if f.Kind == AggregateFunction && (f.Name == "percentile" || f.Name == "percentilew") {
		if at := len(x.Args) - 1; at > 0 {
			if l, ok := x.Args[at].(*syntax.Literal); ok {
				if text, ok := percentText(Const{Long, l.Value}); ok {
					return "percentile_" + first + "_" + text
				}
			}
		}
		return "percentile_" + first
	}
	if strings.HasPrefix(f.Name, "percentiles") && strings.HasSuffix(f.Name, "_array") {
		return "percentiles_" + first
	}
	if f.Name == "take_any" {
		return first
	}
	if f.Name == "column_ifexists" && len(x.Args) > 0 {
		if l, ok := x.Args[0].(*syntax.Literal); ok {
			if s, ok := l.Value.(string); ok {
				return s
			}
		}
	}
	return ""
}

// naming gives columns their names: as asked for, else made from the expression, else Column1, Column2 …; a made name that is taken gets a number.
type naming struct {
	taken map[string]bool
	// asked are the taken names that the query gives itself: none of them may be given twice.
	asked map[string]bool
	// before are the columns of the input, which Column1 never means.
	before  []Column
	unnamed int
}

func newNaming(before []Column) *naming {
	return &naming{taken: map[string]bool{}, asked: map[string]bool{}, before: before}
}

// ask takes a name that the query gives; one that is only made up gives way with a number.
func (n *naming) ask(name string) (string, bool) {
	if n.asked[name] {
		return "", false
	}
	n.asked[name] = true
	return n.unique(name), true
}

// unique is a name that is not taken yet: the name itself, or with a number.
func (n *naming) unique(name string) string {
	free := name
	for i := 1; n.taken[free]; i++ {
		free = fmt.Sprintf("%s%d", name, i)
	}
	n.taken[free] = true
	return free
}

// column is the next of the names Column1, Column2 …
func (n *naming) column() string {
	for {
		n.unnamed++
		name := "Column" + strconv.Itoa(n.unnamed)
		if !n.taken[name] && !slices.ContainsFunc(n.before, func(c Column) bool { return c.Name == name }) {
			n.taken[name] = true
			return name
		}
	}
}

// matches says whether a name fits a pattern with asterisks.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}

// matching are the places of the columns that a pattern names.
func matching(pattern string, cols []Column) []int {
	var list []int
	for i, c := range cols {
		if matches(pattern, c.Name) {
			list = append(list, i)
		}
	}
	return slices.Clip(list)
}
