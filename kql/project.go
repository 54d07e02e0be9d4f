package kql

import (
	"fmt"
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// where keeps rows.
func (b *binder) where(op *syntax.Where, in Node, s *scope) Node {
	e := b.rowOf(in, s)
	x := op.X
	if named, ok := x.(*syntax.Named); ok && len(named.Names) == 1 {
		// Some published queries compare with a single =.
		b.warn(named.Span, "write ==", "= in a condition is read as ==")
		b.notice(named.Span, "a single = in a condition was read as ==")
		x = &syntax.Binary{Span: named.Span, Op: "==", OpSpan: named.Span, X: named.Names[0], Y: named.X}
	}
	condition := b.boolean(x, e)
	if isBad(condition) {
		return in
	}
	return &Filter{in, condition}
}

// project binds all operators that choose or make columns one by one.
func (b *binder) project(op *syntax.Project, in Node, s *scope) Node {
	switch op.Word {
	case "extend":
		return b.extend(op.Items, in, s)
	case "serialize":
		return b.extend(op.Items, &Serialize{in}, s)
	case "project-away":
		drop := b.patterns(op.Items, in.Columns(), s)
		return keepColumns(in, func(i int) bool { return !slices.Contains(drop, i) })
	case "project-keep":
		keep := b.patterns(op.Items, in.Columns(), s)
		return keepColumns(in, func(i int) bool { return slices.Contains(keep, i) })
	case "project-rename":
		return b.rename(op.Items, in, s)
	case "project-reorder":
		return b.reorder(op.Items, in, s)
	case "distinct":
		return b.distinct(op, in, s)
	}
	e := b.rowOf(in, s)
	items := b.items(op.Items, e, newNaming(e.cols))
	return &Project{in, items}
}

// items binds expressions with their names; a name that is given twice is a mistake.
func (b *binder) items(list []syntax.Expr, e *env, n *naming) []Item {
	var items []Item
	for _, x := range list {
		items = append(items, b.item(x, e, n)...)
	}
	return items
}

// item binds one expression, which gives several columns where its function does.
func (b *binder) item(x syntax.Expr, e *env, n *naming) []Item {
	named, _ := x.(*syntax.Named)
	value := x
	if named != nil {
		value = named.X
	}
	if _, ok := value.(*syntax.Star); ok && named == nil {
		var items []Item
		for i, c := range e.cols {
			if !n.taken[c.Name] {
				n.taken[c.Name] = true
				items = append(items, Item{c.Name, ref(e.cols, i)})
			}
		}
		return items
	}
	v := b.scalar(value, e)
	if c, ok := v.(Call); ok && c.Func.Columns {
		return b.severalItems(value, named, c, n)
	}
	if named != nil && (len(named.Names) > 1 || named.Tuple) {
		return b.tuple(named, v, n)
	}
	var name string
	if named != nil {
		if name = b.asked(named.Names[0], n); name == "" {
			return nil
		}
	} else {
		made := resultName(value)
		if call, ok := value.(*syntax.Call); ok && strings.HasPrefix(call.Name.Name, "column") {
			// column_ifexists names the column only where it is.
			if r, ok := v.(Ref); !ok || r.Name != made {
				made = ""
			}
		}
		id, plain := value.(*syntax.Ident)
		switch {
		case plain:
			if name = b.asked(id, n); name == "" {
				return nil
			}
		case made == "":
			name = n.column()
		default:
			name = n.unique(made)
		}
	}
	if isBad(v) {
		// The column is known to exist, so that what follows can be judged.
		v = Const{Dynamic, nil}
	}
	if r, ok := v.(Ref); ok && b.undetermined[r.Name] {
		b.undetermined[name] = true
	}
	return []Item{{name, v}}
}

// asked takes the name that a query gives a column; "" where it has given it before.
func (b *binder) asked(id *syntax.Ident, n *naming) string {
	name, ok := n.ask(id.Name)
	if !ok {
		b.report(id.Span, "give it another name", "a column %s is declared already", id.Name)
	}
	return name
}

// tuple is (a, b) = x for a single dynamic value: its items by place.
func (b *binder) tuple(named *syntax.Named, v Expr, n *naming) []Item {
	if isBad(v) {
		v = Const{Dynamic, nil}
	}
	if len(named.Names) > 1 && v.Type() != Dynamic {
		b.report(named.Span, "", "%s gives one column, not %d", "the expression", len(named.Names))
		return nil
	}
	if len(named.Names) == 1 {
		n.taken[named.Names[0].Name] = true
		return []Item{{named.Names[0].Name, v}}
	}
	var items []Item
	for i, name := range named.Names {
		n.taken[name.Name] = true
		items = append(items, Item{name.Name, Element{v, Const{Long, int64(i)}}})
	}
	return items
}

// seriesColumns are the columns of functions that give several, with their types. A planner makes each of them a member of the function's bag.
var seriesColumns = map[string][]Column{
	"series_stats":               {{"min", Real}, {"min_idx", Long}, {"max", Real}, {"max_idx", Long}, {"avg", Real}, {"stdev", Real}, {"variance", Real}},
	"series_fit_line":            {{"rsquare", Real}, {"slope", Real}, {"variance", Real}, {"rvariance", Real}, {"interception", Real}, {"line_fit", Dynamic}},
	"series_fit_2lines":          {{"rsquare", Real}, {"split_idx", Long}, {"variance", Real}, {"rvariance", Real}, {"line_fit", Dynamic}, {"right_rsquare", Real}, {"right_slope", Real}, {"right_interception", Real}, {"right_variance", Real}, {"right_rvariance", Real}, {"left_rsquare", Real}, {"left_slope", Real}, {"left_interception", Real}, {"left_variance", Real}, {"left_rvariance", Real}},
	"series_fit_poly":            {{"rsquare", Real}, {"coefficients", Dynamic}, {"variance", Real}, {"rvariance", Real}, {"poly_fit", Dynamic}},
	"series_periods_detect":      {{"periods", Dynamic}, {"scores", Dynamic}},
	"series_periods_validate":    {{"periods", Dynamic}, {"scores", Dynamic}},
	"series_decompose":           {{"baseline", Dynamic}, {"seasonal", Dynamic}, {"trend", Dynamic}, {"residual", Dynamic}},
	"series_decompose_forecast":  {{"baseline", Dynamic}, {"seasonal", Dynamic}, {"trend", Dynamic}, {"residual", Dynamic}},
	"series_decompose_anomalies": {{"ad_flag", Dynamic}, {"ad_score", Dynamic}, {"baseline", Dynamic}},
	"series_fft":                 {{"real", Dynamic}, {"imag", Dynamic}},
	"series_ifft":                {{"real", Dynamic}, {"imag", Dynamic}},
}

// severalItems are the columns of a function that gives several: each a Member of the call, by the names above; the arrays of array_sort by place.
func (b *binder) severalItems(x syntax.Expr, named *syntax.Named, c Call, n *naming) []Item {
	first := ""
	if call, ok := x.(*syntax.Call); ok && len(call.Args) > 0 {
		first = resultName(call.Args[0])
	}
	var items []Item
	if cols := seriesColumns[c.Func.Name]; cols != nil {
		for _, col := range cols {
			items = append(items, Item{c.Func.Name + "_" + first + "_" + col.Name, b.convert(Member{c, col.Name}, col.Type)})
		}
	} else {
		for i, arg := range c.Args {
			if arg.Type() != Dynamic {
				continue
			}
			name := ""
			if call, ok := x.(*syntax.Call); ok && i < len(call.Args) {
				name = resultName(call.Args[i])
			}
			items = append(items, Item{name + "_sorted", Element{c, Const{Long, int64(i)}}})
		}
	}
	for i := range items {
		if named != nil && i < len(named.Names) {
			if items[i].Name = b.asked(named.Names[i], n); items[i].Name == "" {
				return nil
			}
			continue
		}
		items[i].Name = n.unique(items[i].Name)
	}
	if named != nil && len(named.Names) > len(items) {
		b.report(named.Span, "", "%s gives %s, not %d", c.Func.Name, count(len(items), "column"), len(named.Names))
	}
	return items
}

// extend adds columns; one that is there already is replaced in its place.
func (b *binder) extend(list []syntax.Expr, in Node, s *scope) Node {
	if len(list) == 0 {
		return in
	}
	cols := in.Columns()
	e := b.rowOf(in, s)
	made := b.items(list, e, newNaming(cols))
	items := refs(cols)
	for _, item := range made {
		if i, ok := e.column(item.Name); ok {
			items[i] = item
		} else {
			items = append(items, item)
		}
	}
	return &Project{in, items}
}

func keepColumns(in Node, keep func(int) bool) Node {
	cols := in.Columns()
	var items []Item
	for i, c := range cols {
		if keep(i) {
			items = append(items, Item{c.Name, ref(cols, i)})
		}
	}
	return &Project{in, items}
}

// patterns are the places of the columns that a list of names and patterns means.
func (b *binder) patterns(list []syntax.Expr, cols []Column, s *scope) []int {
	var places []int
	for _, x := range list {
		for _, i := range b.pattern(x, cols, s) {
			if !slices.Contains(places, i) {
				places = append(places, i)
			}
		}
	}
	return places
}

func (b *binder) pattern(x syntax.Expr, cols []Column, s *scope) []int {
	switch x := x.(type) {
	case *syntax.Pattern:
		return matching(x.Text, cols)
	case *syntax.Star:
		return matching("*", cols)
	case *syntax.Ident:
		if x.Name == cursor {
			b.cursor = &seen{scope: &scope{}, cols: cols}
			return nil
		}
		if places := matching(x.Name, cols); len(places) > 0 && (!x.Quoted || strings.Contains(x.Name, "*")) {
			b.meetColumn(x.Span, cols[places[0]])
			return places
		}
		for i, c := range cols {
			if c.Name == x.Name {
				return []int{i}
			}
		}
		b.unknownColumn(x, &env{cols: cols, row: true, scope: &scope{}})
	case *syntax.Call:
		// column_ifexists stands here in queries that run on several tables.
		if v, ok := b.scalar(x, &env{scope: s, cols: cols, row: true}).(Ref); ok {
			return []int{v.Index}
		}
	case *syntax.Bad:
	default:
		b.report(x.Pos(), "", "expected the name of a column, or a pattern such as Device*")
	}
	return nil
}

func (b *binder) rename(list []syntax.Expr, in Node, s *scope) Node {
	cols := in.Columns()
	items := refs(cols)
	taken := make(map[string]bool, len(cols))
	for _, c := range cols {
		taken[c.Name] = true
	}
	for _, x := range list {
		named, ok := x.(*syntax.Named)
		if !ok || len(named.Names) != 1 {
			b.report(x.Pos(), "write NewName = OldName", "project-rename wants a new name for a column")
			continue
		}
		i := slices.IndexFunc(items, func(Item) bool { return false })
		v := b.scalar(named.X, b.rowOf(in, s))
		if r, ok := v.(Ref); ok {
			i = r.Index
		} else if !isBad(v) {
			b.report(named.X.Pos(), "use extend to compute a column", "project-rename wants the name of a column")
		}
		if i < 0 {
			continue
		}
		name := named.Names[0].Name
		if taken[name] && name != items[i].Name {
			b.report(named.Names[0].Span, "give it another name", "a column %s is declared already", name)
			continue
		}
		taken[name] = true
		if b.undetermined[items[i].Name] {
			b.undetermined[name] = true
		}
		items[i].Name = name
	}
	return &Project{in, items}
}

func (b *binder) reorder(list []syntax.Expr, in Node, s *scope) Node {
	cols := in.Columns()
	var order []int
	for _, x := range list {
		dir := ""
		if o, ok := x.(*syntax.Ordered); ok {
			x, dir = o.X, o.Dir
		}
		places := b.pattern(x, cols, s)
		if dir != "" {
			places = slices.Clone(places)
			slices.SortStableFunc(places, func(i, j int) int { return byName(cols[i].Name, cols[j].Name, dir) })
		}
		for _, i := range places {
			if !slices.Contains(order, i) {
				order = append(order, i)
			}
		}
	}
	// Columns that no pattern names follow; those that a name further on asks for stand where it says.
	items := make([]Item, 0, len(cols))
	for _, i := range order {
		items = append(items, Item{cols[i].Name, ref(cols, i)})
	}
	for i, c := range cols {
		if !slices.Contains(order, i) {
			items = append(items, Item{c.Name, ref(cols, i)})
		}
	}
	return &Project{in, items}
}

// byName orders names for project-reorder; granny counts numbers within them as numbers.
func byName(a, c, dir string) int {
	if strings.HasPrefix(dir, "granny") {
		a, c = padNumbers(a), padNumbers(c)
	}
	if strings.HasSuffix(dir, "desc") {
		return strings.Compare(c, a)
	}
	return strings.Compare(a, c)
}

func padNumbers(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j > i {
			fmt.Fprintf(&b, "%020s", s[i:j])
			i = j
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// distinct is an aggregate without aggregations.
func (b *binder) distinct(op *syntax.Project, in Node, s *scope) Node {
	cols := in.Columns()
	if len(op.Items) == 1 {
		if _, ok := op.Items[0].(*syntax.Star); ok {
			return &Aggregate{In: in, Keys: refs(cols)}
		}
	}
	if len(op.Items) == 0 {
		b.report(op.Span, "name columns, or write distinct *", "distinct wants columns")
		return in
	}
	return &Aggregate{In: in, Keys: b.items(op.Items, b.rowOf(in, s), newNaming(cols))}
}
