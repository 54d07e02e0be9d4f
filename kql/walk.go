package kql

// Inputs are the tables that a node computes from.
func Inputs(n Node) []Node {
	switch n := n.(type) {
	case *Filter:
		return []Node{n.In}
	case *Project:
		return []Node{n.In}
	case *Aggregate:
		return []Node{n.In}
	case *MakeSeries:
		return []Node{n.In}
	case *Sort:
		return []Node{n.In}
	case *Limit:
		return []Node{n.In}
	case *Serialize:
		return []Node{n.In}
	case *Sample:
		return []Node{n.In}
	case *Join:
		return []Node{n.Left, n.Right}
	case *Lookup:
		return []Node{n.Left, n.Right}
	case *Union:
		return n.Of
	case *MvExpand:
		return []Node{n.In}
	case *Apply:
		if n.Expand != nil {
			return []Node{n.Expand, n.Body}
		}
		return []Node{n.In, n.Body}
	case *Parse:
		return []Node{n.In}
	case *ParseKV:
		return []Node{n.In}
	case *TopNested:
		return []Node{n.In}
	case *Steps:
		return []Node{n.In}
	case *Shared:
		return []Node{n.In}
	}
	return nil
}

// Exprs are the expressions of a node over its input's columns. Those of a join stand in its On, as each side counts alone.
func Exprs(n Node) []Expr {
	var list []Expr
	items := func(items []Item) {
		for _, i := range items {
			list = append(list, i.Expr)
		}
	}
	aggs := func(aggs ...Aggregation) {
		for _, a := range aggs {
			list = append(append(list, a.Args...), a.Where, a.Default)
		}
	}
	switch n := n.(type) {
	case *Filter:
		list = append(list, n.Where)
	case *Project:
		items(n.Items)
	case *Aggregate:
		items(n.Keys)
		aggs(n.Aggs...)
	case *MakeSeries:
		items(n.Keys)
		aggs(n.Aggs...)
		list = append(list, n.Axis.Expr, n.From, n.To, n.Step)
	case *Sort:
		for _, k := range n.Keys {
			list = append(list, k.Expr)
		}
		list = append(list, n.Limit)
	case *Limit:
		list = append(list, n.N)
	case *Sample:
		list = append(list, n.N)
		if n.Distinct != nil {
			list = append(list, n.Distinct.Expr)
		}
	case *MvExpand:
		for _, i := range n.Items {
			list = append(list, i.Expr)
		}
		list = append(list, n.Limit)
	case *Apply:
		list = append(list, n.By)
	case *Parse:
		list = append(list, n.Expr)
	case *ParseKV:
		list = append(list, n.Expr)
	case *TopNested:
		for _, l := range n.Levels {
			list = append(list, l.N, l.By.Expr, l.Others)
			aggs(l.Agg)
		}
	case *Steps:
		for _, k := range n.Order {
			list = append(list, k.Expr)
		}
		items(n.By)
		items(n.Declares)
	case *Values:
		for _, row := range n.Rows {
			list = append(list, row...)
		}
	case *Range:
		list = append(list, n.From, n.To, n.Step)
	}
	kept := list[:0]
	for _, x := range list {
		if x != nil {
			kept = append(kept, x)
		}
	}
	return kept
}

// walk visits an expression and all within it, tables of subqueries left out.
func walk(x Expr, visit func(Expr)) {
	if x == nil {
		return
	}
	visit(x)
	switch x := x.(type) {
	case Call:
		for _, a := range x.Args {
			walk(a, visit)
		}
	case Member:
		walk(x.In, visit)
	case Element:
		walk(x.In, visit)
		walk(x.Index, visit)
	case InTable:
		walk(x.X, visit)
	}
}

// hasRef says whether an expression refers to a row.
func hasRef(x Expr) bool {
	found := false
	walk(x, func(x Expr) {
		if _, ok := x.(Ref); ok {
			found = true
		}
	})
	return found
}

// hasWindow says whether an expression looks at other rows.
func hasWindow(x Expr) bool {
	found := false
	walk(x, func(x Expr) {
		if c, ok := x.(Call); ok && c.Window {
			found = true
		}
	})
	return found
}
