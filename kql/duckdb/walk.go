package duckdb

import (
	"fmt"

	"penstock/kql"
)

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// walk visits a node and what it is made of, subqueries of expressions included, until visit says not to go deeper.
func walk(n kql.Node, visit func(kql.Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, child := range children(n) {
		walk(child, visit)
	}
	for _, e := range exprs(n) {
		walkExpr(e, func(e kql.Expr) {
			switch e := e.(type) {
			case kql.Scalar:
				walk(e.Query, visit)
			case *kql.Scalar:
				walk(e.Query, visit)
			case kql.InTable:
				walk(e.Query, visit)
			case *kql.InTable:
				walk(e.Query, visit)
			}
		})
	}
}

func walkExprs(n kql.Node, visit func(kql.Expr)) {
	walk(n, func(n kql.Node) bool {
		for _, e := range exprs(n) {
			walkExpr(e, visit)
		}
		return true
	})
}

// walkExpr visits an expression and its parts, without going into subqueries.
func walkExpr(e kql.Expr, visit func(kql.Expr)) {
	if e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case kql.Call:
		for _, a := range e.Args {
			walkExpr(a, visit)
		}
	case *kql.Call:
		for _, a := range e.Args {
			walkExpr(a, visit)
		}
	case kql.Member:
		walkExpr(e.In, visit)
	case *kql.Member:
		walkExpr(e.In, visit)
	case kql.Element:
		walkExpr(e.In, visit)
		walkExpr(e.Index, visit)
	case *kql.Element:
		walkExpr(e.In, visit)
		walkExpr(e.Index, visit)
	case kql.InTable:
		walkExpr(e.X, visit)
	case *kql.InTable:
		walkExpr(e.X, visit)
	}
}

func children(n kql.Node) []kql.Node {
	switch n := n.(type) {
	case *kql.Filter:
		return []kql.Node{n.In}
	case *kql.Project:
		return []kql.Node{n.In}
	case *kql.Aggregate:
		return []kql.Node{n.In}
	case *kql.MakeSeries:
		return []kql.Node{n.In}
	case *kql.Sort:
		return []kql.Node{n.In}
	case *kql.Limit:
		return []kql.Node{n.In}
	case *kql.Serialize:
		return []kql.Node{n.In}
	case *kql.Sample:
		return []kql.Node{n.In}
	case *kql.Join:
		return []kql.Node{n.Left, n.Right}
	case *kql.Lookup:
		return []kql.Node{n.Left, n.Right}
	case *kql.Steps:
		return []kql.Node{n.In}
	case *kql.Union:
		return n.Of
	case *kql.MvExpand:
		return []kql.Node{n.In}
	case *kql.Apply:
		if n.Expand != nil {
			return []kql.Node{n.Expand.In, n.Body}
		}
		return []kql.Node{n.In, n.Body}
	case *kql.Parse:
		return []kql.Node{n.In}
	case *kql.ParseKV:
		return []kql.Node{n.In}
	case *kql.TopNested:
		return []kql.Node{n.In}
	case *kql.Shared:
		return []kql.Node{n.In}
	}
	return nil
}

// exprs are the expressions that stand in a node itself.
func exprs(n kql.Node) []kql.Expr {
	var out []kql.Expr
	aggs := func(list ...kql.Aggregation) {
		for _, a := range list {
			out = append(out, a.Args...)
			out = append(out, a.Where, a.Default)
		}
	}
	items := func(list ...kql.Item) {
		for _, item := range list {
			out = append(out, item.Expr)
		}
	}
	switch n := n.(type) {
	case *kql.Values:
		for _, row := range n.Rows {
			out = append(out, row...)
		}
	case *kql.Range:
		out = append(out, n.From, n.To, n.Step)
	case *kql.Filter:
		out = append(out, n.Where)
	case *kql.Project:
		items(n.Items...)
	case *kql.Aggregate:
		items(n.Keys...)
		aggs(n.Aggs...)
	case *kql.MakeSeries:
		items(n.Keys...)
		items(n.Axis)
		aggs(n.Aggs...)
		out = append(out, n.From, n.To, n.Step)
	case *kql.Sort:
		for _, k := range n.Keys {
			out = append(out, k.Expr)
		}
		out = append(out, n.Limit)
	case *kql.Limit:
		out = append(out, n.N)
	case *kql.Sample:
		out = append(out, n.N)
		if n.Distinct != nil {
			items(*n.Distinct)
		}
	case *kql.Join:
		for _, on := range n.On {
			out = append(out, on.Left, on.Right)
		}
	case *kql.Lookup:
		out = append(out, n.Address, n.Network)
		for _, on := range n.On {
			out = append(out, on.Left, on.Right)
		}
	case *kql.Steps:
		for _, k := range n.Order {
			out = append(out, k.Expr)
		}
		items(n.By...)
		items(n.Declares...)
		for _, step := range n.Steps {
			out = append(out, step.Where)
			items(step.Assign...)
		}
	case *kql.MvExpand:
		for _, item := range n.Items {
			out = append(out, item.Expr)
		}
		out = append(out, n.Limit)
	case *kql.Apply:
		out = append(out, n.By)
		if n.Expand != nil {
			out = append(out, exprs(n.Expand)...)
		}
	case *kql.Parse:
		out = append(out, n.Expr)
	case *kql.ParseKV:
		out = append(out, n.Expr)
	case *kql.TopNested:
		for _, l := range n.Levels {
			out = append(out, l.N, l.Others)
			items(l.By)
			aggs(l.Agg)
		}
	}
	return out
}

func asCall(e kql.Expr) (*kql.Call, bool) {
	switch e := e.(type) {
	case kql.Call:
		return &e, true
	case *kql.Call:
		return e, true
	}
	return nil, false
}

func asConst(e kql.Expr) (*kql.Const, bool) {
	switch e := e.(type) {
	case kql.Const:
		return &e, true
	case *kql.Const:
		return e, true
	}
	return nil, false
}

func asRef(e kql.Expr) (*kql.Ref, bool) {
	switch e := e.(type) {
	case kql.Ref:
		return &e, true
	case *kql.Ref:
		return e, true
	}
	return nil, false
}

// text is a constant string.
func constText(e kql.Expr) (string, bool) {
	if k, ok := asConst(e); ok && k.Of == kql.String {
		s, _ := k.Value.(string)
		return s, true
	}
	return "", false
}

func hasWindow(e kql.Expr) bool {
	found := false
	walkExpr(e, func(e kql.Expr) {
		if call, ok := asCall(e); ok && call.Window {
			found = true
		}
	})
	return found
}
