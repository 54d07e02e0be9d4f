package kql

import (
	_ "embed"
	"strings"
	"sync"
)

// scan reads a table of the schema, in the form that the dialect gives it.
func (b *binder) scan(t *Table) Node {
	if b.opt.Dialect != "sentinel" {
		if b.other && len(t.Other) > 0 {
			return &Scan{Table: t, Cols: b.withArrival(t, append(append([]Column{}, t.Columns...), t.Other...))}
		}
		return &Scan{Table: t, Cols: b.withArrival(t, t.Columns)}
	}
	read := &Scan{Table: t, Cols: b.withArrival(t, append(append([]Column{}, t.Columns...), t.Other...))}
	have := &env{cols: read.Cols}
	names := newNaming(nil)
	var items []Item
	for i, c := range t.Columns {
		names.taken[c.Name] = true
		items = append(items, Item{c.Name, ref(read.Cols, i)})
	}
	for _, c := range sentinelColumns(t.Name) {
		if names.taken[c.Name] {
			continue
		}
		names.taken[c.Name] = true
		x := missing(c.Type)
		if c.Name == "Type" {
			x = Const{String, t.Name}
		}
		for _, from := range []string{c.from, c.Name} {
			if i, ok := have.column(from); ok && have.cols[i].Type == c.Type {
				x = ref(have.cols, i)
				break
			}
		}
		items = append(items, Item{c.Name, x})
	}
	for i, c := range t.Other {
		if b.other && !names.taken[c.Name] {
			items = append(items, Item{c.Name, ref(read.Cols, len(t.Columns)+i)})
		}
	}
	if i, ok := have.column(Arrival); ok {
		items = append(items, Item{Arrival, ref(read.Cols, i)})
	}
	return &Project{read, items}
}

// sentinelColumn is a column that Microsoft Sentinel's form of a table has beside Defender's.
type sentinelColumn struct {
	Column
	from string // the column here that holds it; "": none but one of its name
}

//go:embed sentinel.txt
var sentinelText string

var sentinel = sync.OnceValue(func() map[string][]sentinelColumn {
	tables := map[string][]sentinelColumn{}
	for line := range strings.Lines(sentinelText) {
		table, columns, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(columns) {
			word, from, _ := strings.Cut(word, "=")
			name, typ, _ := strings.Cut(word, ":")
			t, ok := typeNamed(typ)
			if !ok {
				t = String
			}
			tables[table] = append(tables[table], sentinelColumn{Column{name, t}, from})
		}
	}
	return tables
})

func sentinelColumns(table string) []sentinelColumn {
	all := sentinel()
	list := append([]sentinelColumn{}, all["before"]...)
	list = append(list, all[table]...)
	return append(list, all["after"]...)
}
