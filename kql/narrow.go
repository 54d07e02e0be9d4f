package kql

import "time"

// Narrow fills in what a plan's scans need not read: times and terms that conditions above them rule out, and columns that nothing depends on. The
// result of the plan is the same with it and without it.
func Narrow(p *Plan) {
	refs := map[*Shared]int{}
	seen := map[Node]bool{}
	countShared(p.Root, refs, seen)
	for n := range seen {
		if s, ok := n.(*Scan); ok {
			s.From, s.To, s.Words, s.AnyWords, s.Used = time.Time{}, time.Time{}, nil, nil, nil
		}
	}
	pushConditions(p.Root, nil, refs, map[Node]bool{})
	n := &needs{of: map[Node][]bool{}}
	n.node(p.Root, every(len(p.Root.Columns())))
}

// countShared counts from how many places each shared table is asked for.
func countShared(n Node, refs map[*Shared]int, seen map[Node]bool) {
	if s, ok := n.(*Shared); ok {
		refs[s]++
	}
	if seen[n] {
		return
	}
	seen[n] = true
	for _, in := range Inputs(n) {
		countShared(in, refs, seen)
	}
	for _, q := range subqueries(n) {
		countShared(q, refs, seen)
	}
}

// subqueries are the tables that a node's expressions ask for.
func subqueries(n Node) []Node {
	var list []Node
	exprs := Exprs(n)
	switch n := n.(type) {
	case *Join:
		exprs = keyExprs(n.On)
	case *Lookup:
		exprs = append(keyExprs(n.On), n.Address, n.Network)
	case *Steps:
		for _, s := range n.Steps {
			exprs = append(exprs, s.Where)
			for _, a := range s.Assign {
				exprs = append(exprs, a.Expr)
			}
		}
	}
	for _, x := range exprs {
		walk(x, func(x Expr) {
			switch x := x.(type) {
			case Scalar:
				list = append(list, x.Query)
			case InTable:
				list = append(list, x.Query)
			}
		})
	}
	return list
}

func keyExprs(keys []JoinKey) []Expr {
	var list []Expr
	for _, k := range keys {
		list = append(list, k.Left, k.Right)
	}
	return list
}

// pushConditions goes down the plan with the conditions that every wanted row of a node meets, as far as they keep their meaning.
func pushConditions(n Node, conditions []Expr, refs map[*Shared]int, seen map[Node]bool) {
	if s, ok := n.(*Shared); ok && refs[s] > 1 {
		// What one place does not want another may.
		if seen[n] {
			return
		}
		seen[n] = true
		conditions = nil
	}
	for _, q := range subqueries(n) {
		if !seen[q] {
			pushConditions(q, nil, refs, seen)
		}
	}
	switch n := n.(type) {
	case *Scan:
		narrowScan(n, conditions)
		return
	case *Join:
		left, right := splitConditions(n, conditions)
		pushConditions(n.Left, left, refs, seen)
		pushConditions(n.Right, right, refs, seen)
		return
	case *Lookup:
		pushConditions(n.Left, relocate(conditions, same(len(n.Left.Columns()))), refs, seen)
		pushConditions(n.Right, nil, refs, seen)
		return
	case *Apply:
		if n.Expand != nil {
			pushConditions(n.Expand.In, relocate(conditions, n.Keep), refs, seen)
		} else {
			pushConditions(n.In, nil, refs, seen)
		}
		pushConditions(n.Body, nil, refs, seen)
		return
	case *Union:
		for _, of := range n.Of {
			pushConditions(of, conditions, refs, seen)
		}
		return
	}
	inputs := Inputs(n)
	if len(inputs) == 1 {
		pushConditions(inputs[0], below(n, conditions), refs, seen)
	}
}

// below are the conditions on a node's rows as conditions on its input's, those left out that would not mean the same there.
func below(n Node, conditions []Expr) []Expr {
	switch n := n.(type) {
	case *Filter:
		return append(conjunctsOf(n.Where), conditions...)
	case *Project:
		return throughItems(n.Items, conditions)
	case *Aggregate:
		if len(n.Keys) == 0 {
			return nil
		}
		return throughItems(n.Keys, conditions)
	case *Sort:
		if n.Limit == nil {
			return conditions
		}
	case *Shared, *Serialize:
		return conditions
	case *MvExpand:
		width := len(n.In.Columns())
		places := make([]int, width)
		for i := range places {
			places[i] = i
		}
		for _, item := range n.Items {
			if item.Place < width {
				places[item.Place] = -1
			}
		}
		return relocate(conditions, places)
	case *Parse:
		return relocate(conditions, same(len(n.In.Columns())))
	case *ParseKV:
		return relocate(conditions, same(len(n.In.Columns())))
	}
	return nil
}

func same(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

func conjunctsOf(x Expr) []Expr {
	if c, ok := x.(Call); ok && c.Func.Name == "and" {
		return append(conjunctsOf(c.Args[0]), conjunctsOf(c.Args[1])...)
	}
	return []Expr{x}
}

// throughItems rewrites conditions to the columns that a projection takes them from. A projection that looks at other rows lets none through: they
// would be other rows.
func throughItems(items []Item, conditions []Expr) []Expr {
	places := make([]int, len(items))
	for i, item := range items {
		places[i] = -1
		if r, ok := item.Expr.(Ref); ok {
			places[i] = r.Index
		}
		if hasWindow(item.Expr) {
			return nil
		}
	}
	return relocate(conditions, places)
}

// relocate rewrites conditions to other places of their columns: place i becomes places[i], and a condition on one that has none is left out.
func relocate(conditions []Expr, places []int) []Expr {
	var list []Expr
	for _, c := range conditions {
		if x, ok := relocated(c, places); ok {
			list = append(list, x)
		}
	}
	return list
}

// relocated rewrites a condition; only what narrowScan understands is followed.
func relocated(x Expr, places []int) (Expr, bool) {
	switch x := x.(type) {
	case Const:
		return x, true
	case Ref:
		if x.Index >= len(places) || places[x.Index] < 0 {
			return nil, false
		}
		x.Index = places[x.Index]
		return x, true
	case Call:
		if x.Window {
			return nil, false
		}
		args := make([]Expr, len(x.Args))
		for i, a := range x.Args {
			r, ok := relocated(a, places)
			if !ok {
				return nil, false
			}
			args[i] = r
		}
		x.Args = args
		return x, true
	}
	return nil, false
}

// splitConditions are the conditions on a join's rows that rows of either side must meet by themselves.
func splitConditions(j *Join, conditions []Expr) (left, right []Expr) {
	width := len(j.Left.Columns())
	all := len(j.Left.Columns()) + len(j.Right.Columns())
	leftPlaces, rightPlaces := make([]int, all), make([]int, all)
	for i := range all {
		leftPlaces[i], rightPlaces[i] = -1, -1
		if i < width {
			leftPlaces[i] = i
		} else {
			rightPlaces[i] = i - width
		}
	}
	switch j.Kind {
	case Inner:
		return relocate(conditions, leftPlaces), relocate(conditions, rightPlaces)
	case InnerUnique:
		// Of left rows with one key any may be kept, so only the keys say what is not wanted.
		keys := make([]int, all)
		for i := range keys {
			keys[i] = -1
		}
		for _, k := range j.On {
			if r, ok := k.Left.(Ref); ok {
				keys[r.Index] = r.Index
			}
		}
		return relocate(conditions, keys), relocate(conditions, rightPlaces)
	case LeftOuter:
		return relocate(conditions, leftPlaces), nil
	case RightOuter:
		return nil, relocate(conditions, rightPlaces)
	case LeftSemi, LeftAnti:
		return conditions, nil
	case RightSemi, RightAnti:
		return nil, conditions
	}
	return nil, nil
}
