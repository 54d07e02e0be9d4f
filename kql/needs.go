package kql

// needs finds out which columns of each scan a result depends on.
type needs struct {
	// of is what is asked of a node by all places that ask for it; it only grows.
	of map[Node][]bool
}

func every(n int) []bool {
	set := make([]bool, n)
	for i := range set {
		set[i] = true
	}
	return set
}

// merge adds a set to another, and says whether that grew.
func merge(into, set []bool) bool {
	grown := false
	for i, need := range set {
		if need && i < len(into) && !into[i] {
			into[i], grown = true, true
		}
	}
	return grown
}

// add notes the columns that expressions refer to, and goes into their subqueries, of which the first column counts.
func (n *needs) add(set []bool, exprs ...Expr) {
	for _, x := range exprs {
		walk(x, func(x Expr) {
			switch x := x.(type) {
			case Ref:
				if x.Index < len(set) {
					set[x.Index] = true
				}
			case Scalar:
				n.first(x.Query)
			case InTable:
				n.first(x.Query)
			}
		})
	}
}

func (n *needs) first(query Node) {
	set := make([]bool, len(query.Columns()))
	if len(set) > 0 {
		set[0] = true
	}
	n.node(query, set)
}

// node asks a node for columns.
func (n *needs) node(node Node, set []bool) {
	have, seen := n.of[node]
	if !seen {
		have = make([]bool, len(node.Columns()))
		n.of[node] = have
	}
	if !merge(have, set) && seen {
		return
	}
	set = have
	switch node := node.(type) {
	case *Scan:
		if node.Used == nil {
			node.Used = make([]bool, len(node.Cols))
		}
		merge(node.Used, set)
	case *Project:
		in := make([]bool, len(node.In.Columns()))
		for i, item := range node.Items {
			if set[i] {
				n.add(in, item.Expr)
			}
		}
		n.node(node.In, in)
	case *Join:
		n.join(node, set)
	case *Union:
		for _, of := range node.Of {
			n.node(of, set)
		}
	case *Lookup:
		width := len(node.Left.Columns())
		left, right := append([]bool{}, set[:width]...), append([]bool{}, set[width:]...)
		n.add(left, node.Address)
		n.add(right, node.Network)
		for _, k := range node.On {
			n.add(left, k.Left)
			n.add(right, k.Right)
		}
		n.node(node.Left, left)
		n.node(node.Right, right)
	case *Apply:
		n.apply(node, set)
	default:
		n.plain(node, set)
	}
}

// plain asks the one input of a node for what the node's expressions and its own columns need.
func (n *needs) plain(node Node, set []bool) {
	inputs := Inputs(node)
	if len(inputs) != 1 {
		for _, x := range Exprs(node) {
			n.add(nil, x)
		}
		return
	}
	in := make([]bool, len(inputs[0].Columns()))
	switch node := node.(type) {
	case *Filter, *Sort, *Limit, *Serialize, *Shared:
		merge(in, set)
	case *Sample:
		if node.Distinct == nil {
			merge(in, set)
		}
	case *MvExpand:
		merge(in, set)
		if node.Index != "" && len(set)-1 < len(in) {
			in[len(set)-1] = true
		}
	case *Parse, *ParseKV:
		merge(in, set)
	case *Steps:
		in = every(len(in))
		for _, q := range subqueries(node) {
			n.node(q, every(len(q.Columns())))
		}
	}
	n.add(in, Exprs(node)...)
	n.node(inputs[0], in)
}

func (n *needs) join(j *Join, set []bool) {
	left, right := make([]bool, len(j.Left.Columns())), make([]bool, len(j.Right.Columns()))
	switch j.Kind {
	case LeftSemi, LeftAnti:
		merge(left, set)
	case RightSemi, RightAnti:
		merge(right, set)
	default:
		merge(left, set[:len(left)])
		merge(right, set[len(left):])
	}
	for _, k := range j.On {
		n.add(left, k.Left)
		n.add(right, k.Right)
	}
	n.node(j.Left, left)
	n.node(j.Right, right)
}

// apply asks an Apply's input for what its body looks at.
func (n *needs) apply(a *Apply, set []bool) {
	if a.Expand == nil {
		n.node(a.Body, set)
		in := make([]bool, len(a.In.Columns()))
		merge(in, n.of[a.Input])
		n.add(in, a.By)
		n.node(a.In, in)
		return
	}
	n.node(a.Body, set[len(a.Keep):])
	in := make([]bool, len(a.Expand.In.Columns()))
	for i, keep := range a.Keep {
		if set[i] {
			in[keep] = true
		}
	}
	outerColumns(a.Body, in, map[Node]bool{})
	n.add(in, Exprs(a.Expand)...)
	n.node(a.Expand.In, in)
}

// outerColumns notes the columns of the expanded row that a body looks at.
func outerColumns(node Node, set []bool, seen map[Node]bool) {
	if seen[node] {
		return
	}
	seen[node] = true
	exprs := Exprs(node)
	if j, ok := node.(*Join); ok {
		exprs = keyExprs(j.On)
	}
	for _, x := range exprs {
		walk(x, func(x Expr) {
			if o, ok := x.(Outer); ok && o.Index < len(set) {
				set[o.Index] = true
			}
		})
	}
	for _, in := range append(Inputs(node), subqueries(node)...) {
		outerColumns(in, set, seen)
	}
}
