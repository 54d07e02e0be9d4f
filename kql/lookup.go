package kql

import (
	"slices"

	"penstock/kql/syntax"
)

// networkLookup is ipv4_lookup(Table, Address, Network, extra keys …, return_unmatched): a join by which network an address lies in.
func (b *binder) networkLookup(op *syntax.Evaluate, in Node, s *scope) Node {
	name := op.Plugin.Name.Name
	function := b.lib.scalars[name[:4]+"_is_in_range"]
	args := op.Plugin.Args
	unmatched := false
	var plain []syntax.Expr
	for i, a := range args {
		if named, ok := a.(*syntax.Named); ok {
			a = named.X
			if l, ok := a.(*syntax.Literal); ok {
				unmatched, _ = literalBool(l)
				continue
			}
		}
		if l, ok := a.(*syntax.Literal); ok && i >= 3 {
			unmatched, _ = literalBool(l)
			continue
		}
		plain = append(plain, a)
	}
	if len(plain) < 3 {
		b.report(op.Plugin.Span, "write evaluate "+name+"(Table, AddressColumn, NetworkColumn)", "%s wants a table, a column with addresses and a column of the table with networks", name)
		return lost{}
	}
	table := b.table(plain[0], s)
	if isLost(table) {
		return lost{}
	}
	left, right := in.Columns(), table.Columns()
	address := b.scalar(plain[1], b.rowOf(in, s))
	network := b.scalar(plain[2], b.rowOf(table, s))
	if isBad(address) || isBad(network) {
		return lost{}
	}
	j := &Lookup{Left: in, Right: table, Func: function, Address: b.convert(address, String), Network: b.convert(network, String), Outer: unmatched}
	for _, x := range plain[3:] {
		l, r := b.scalar(x, b.rowOf(in, s)), b.scalar(x, b.rowOf(table, s))
		if key, ok := b.alike(x.Pos(), l, r); ok {
			j.On = append(j.On, key)
		}
	}
	j.Cols = slices.Clone(sideBySide(left, right))
	return j
}
