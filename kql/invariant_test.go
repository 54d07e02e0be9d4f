package kql_test

import (
	"fmt"
	"testing"
	"time"

	"penstock/kql"
)

// checkPlan says what breaks the contract of plans: references that miss their column, names that are not unique, unions whose tables differ.
func checkPlan(n kql.Node, seen map[kql.Node]bool) error {
	if seen[n] {
		return nil
	}
	seen[n] = true
	inputs := kql.Inputs(n)
	var cols []kql.Column
	if len(inputs) > 0 {
		cols = inputs[0].Columns()
	}
	for _, x := range kql.Exprs(n) {
		if err := checkExpr(x, cols, seen); err != nil {
			return fmt.Errorf("%T: %w", n, err)
		}
	}
	switch n := n.(type) {
	case *kql.Join:
		for _, k := range n.On {
			if err := checkExpr(k.Left, n.Left.Columns(), seen); err != nil {
				return fmt.Errorf("left key: %w", err)
			}
			if err := checkExpr(k.Right, n.Right.Columns(), seen); err != nil {
				return fmt.Errorf("right key: %w", err)
			}
			if k.Left.Type() != k.Right.Type() && !whole(k.Left.Type(), k.Right.Type()) {
				return fmt.Errorf("keys of types %s and %s", k.Left.Type(), k.Right.Type())
			}
		}
	case *kql.Union:
		for _, of := range n.Of {
			have := of.Columns()
			if len(have) != len(n.Cols) {
				return fmt.Errorf("a table of the union has %d columns, not %d", len(have), len(n.Cols))
			}
			for i := range have {
				if have[i].Name != n.Cols[i].Name || have[i].Type != n.Cols[i].Type && !whole(have[i].Type, n.Cols[i].Type) {
					return fmt.Errorf("column %d of a table of the union is %v, not %v", i, have[i], n.Cols[i])
				}
			}
		}
	}
	names := map[string]bool{}
	for _, c := range n.Columns() {
		if names[c.Name] {
			return fmt.Errorf("%T has two columns %s", n, c.Name)
		}
		names[c.Name] = true
		if c.Type == 0 {
			return fmt.Errorf("%T: column %s has no type", n, c.Name)
		}
	}
	for _, in := range inputs {
		if err := checkPlan(in, seen); err != nil {
			return err
		}
	}
	return nil
}

func whole(a, b kql.Type) bool {
	return (a == kql.Int || a == kql.Long) && (b == kql.Int || b == kql.Long)
}

func checkExpr(x kql.Expr, cols []kql.Column, seen map[kql.Node]bool) error {
	switch x := x.(type) {
	case kql.Ref:
		if x.Index < 0 || x.Index >= len(cols) {
			return fmt.Errorf("reference %s to column %d of %d", x.Name, x.Index, len(cols))
		}
		if cols[x.Index] != x.Column {
			return fmt.Errorf("reference to %v finds %v", x.Column, cols[x.Index])
		}
	case kql.Call:
		if x.Func == nil {
			return fmt.Errorf("call without a function")
		}
		for _, a := range x.Args {
			if err := checkExpr(a, cols, seen); err != nil {
				return fmt.Errorf("%s: %w", x.Func.Name, err)
			}
		}
		if x.Of == 0 {
			return fmt.Errorf("%s has no type", x.Func.Name)
		}
	case kql.Member:
		return checkExpr(x.In, cols, seen)
	case kql.Element:
		if err := checkExpr(x.In, cols, seen); err != nil {
			return err
		}
		return checkExpr(x.Index, cols, seen)
	case kql.InTable:
		if err := checkExpr(x.X, cols, seen); err != nil {
			return err
		}
		return checkPlan(x.Query, seen)
	case kql.Scalar:
		return checkPlan(x.Query, seen)
	case kql.Const, kql.Outer, kql.StepRef:
	default:
		return fmt.Errorf("%T in a plan", x)
	}
	return nil
}

func TestPlansOfPublishedQueriesKeepTheContract(t *testing.T) {
	schema := hunting(t)
	for _, q := range corpus(t) {
		plan, _ := kql.Bind(q.Query, kql.Options{Schema: schema, AllowExternal: true, Now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)})
		if plan == nil {
			continue
		}
		if err := checkPlan(plan.Root, map[kql.Node]bool{}); err != nil {
			t.Errorf("%s: %v", q.ID, err)
		}
	}
}
