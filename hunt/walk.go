package hunt

import "penstock/kql"

// visit calls see for a node and everything that it is computed from, tables of subqueries included, each once.
func visit(root kql.Node, see func(kql.Node)) {
	seen := map[kql.Node]bool{}
	var node func(kql.Node)
	node = func(n kql.Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		see(n)
		for _, in := range kql.Inputs(n) {
			node(in)
		}
		for _, x := range conditions(n) {
			within(x, func(x kql.Expr) {
				switch x := x.(type) {
				case kql.Scalar:
					node(x.Query)
				case kql.InTable:
					node(x.Query)
				}
			})
		}
	}
	node(root)
}

// conditions are all expressions of a node, those of both sides of a join included.
func conditions(n kql.Node) []kql.Expr {
	list := kql.Exprs(n)
	if j, ok := n.(*kql.Join); ok {
		for _, on := range j.On {
			list = append(list, on.Left, on.Right)
		}
	}
	return list
}

// within visits an expression and its parts.
func within(x kql.Expr, see func(kql.Expr)) {
	if x == nil {
		return
	}
	see(x)
	switch x := x.(type) {
	case kql.Call:
		for _, a := range x.Args {
			within(a, see)
		}
	case kql.Member:
		within(x.In, see)
	case kql.Element:
		within(x.In, see)
		within(x.Index, see)
	case kql.InTable:
		within(x.X, see)
	}
}
