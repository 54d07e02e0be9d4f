package kql

import (
	"encoding/json"
	"slices"

	"penstock/kql/syntax"
)

// unpacking is how bag_unpack makes columns of members.
type unpacking struct {
	prefix   string
	conflict string   // of a member with a column of the input: "replace_source", "keep_source" or "error"
	ignored  []string // members without a column
}

// unpackOptions are the names of bag_unpack's arguments behind the column, in their order.
var unpackOptions = []string{"OutputColumnPrefix", "columnsConflict", "ignoredProperties"}

// unpacking reads them, by place or by name.
func (b *binder) unpacking(args []syntax.Expr, e *env) (unpacking, bool) {
	u := unpacking{conflict: "error"}
	for i, arg := range args {
		place := i
		if named, ok := arg.(*syntax.Named); ok && len(named.Names) == 1 {
			place, arg = slices.Index(unpackOptions, named.Names[0].Name), named.X
			if place < 0 {
				b.report(named.Span, "", "bag_unpack has no argument %s", named.Names[0].Name)
				return u, false
			}
		}
		switch place {
		case 0:
			u.prefix = b.constText(arg, e)
		case 1:
			u.conflict = b.constText(arg, e)
			if u.conflict != "error" && u.conflict != "replace_source" && u.conflict != "keep_source" {
				b.report(arg.Pos(), "", "columnsConflict is error, replace_source or keep_source")
				return u, false
			}
		case 2:
			c, _ := b.scalar(arg, e).(Const)
			raw, _ := c.Value.(json.RawMessage)
			if err := json.Unmarshal(raw, &u.ignored); err != nil {
				b.report(arg.Pos(), `write dynamic(["name", …])`, "ignoredProperties is a constant array of names")
				return u, false
			}
		default:
			b.report(arg.Pos(), "", "bag_unpack takes 4 arguments at most")
			return u, false
		}
	}
	return u, true
}

// add makes a column of a member, unless it is ignored or a column of the input stands in its way.
func (u *unpacking) add(p *Project, names *naming, member string, value Expr) {
	name := u.prefix + member
	if slices.Contains(u.ignored, member) {
		return
	}
	if at := slices.IndexFunc(p.Items, func(i Item) bool { return i.Name == name }); at >= 0 {
		switch u.conflict {
		case "keep_source":
			return
		case "replace_source":
			p.Items[at].Expr = value
			return
		}
	}
	p.Items = append(p.Items, Item{names.unique(name), value})
}
