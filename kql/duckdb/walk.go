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
	for _, child := range kql.Inputs(n) {
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

// exprs are the expressions that stand in a node itself.
func exprs(n kql.Node) []kql.Expr {
	out := kql.Exprs(n)
	on := func(keys []kql.JoinKey) {
		for _, key := range keys {
			out = append(out, key.Left, key.Right)
		}
	}
	switch n := n.(type) {
	case *kql.Join:
		on(n.On)
	case *kql.Lookup:
		out = append(out, n.Address, n.Network)
		on(n.On)
	case *kql.Steps:
		for _, step := range n.Steps {
			out = append(out, step.Where)
			for _, item := range step.Assign {
				out = append(out, item.Expr)
			}
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
