package kql

import (
	"strings"

	"penstock/kql/syntax"
)

// special is how the functions are bound that the binder answers or shapes itself; nil for all others.
func special(name string) func(*binder, *syntax.Call, *env) Expr {
	switch name {
	case "now":
		return bindNow
	case "ago":
		return bindAgo
	case "toscalar":
		return bindToscalar
	case "column_ifexists", "columnifexists":
		return bindColumnIfExists
	case "iscolumnexists":
		return bindIsColumnExists
	case "replace":
		return bindReplace
	case "pack_all":
		return bindPackAll
	case "bag_pack_columns":
		return bindPackColumns
	case "ingestion_time":
		return bindIngestionTime
	case "geo_info_from_ip_address":
		return bindGeo
	case "bin_auto":
		return bindBinAuto
	case "datetime_diff", "datetime_add", "datetime_part", "datepart":
		if name == "datepart" {
			name = "datetime_part"
		}
		return partChecked(name)
	}
	return nil
}

// instant is now(), moved by ticks.
func (b *binder) instant(span Expr, op string) Expr {
	x := Call{Func: b.lib.operators[op], Args: []Expr{Const{DateTime, b.opt.Now}, span}, Of: DateTime}
	return b.fold(x)
}

func bindNow(b *binder, x *syntax.Call, e *env) Expr {
	args, ok := b.arguments(x, e)
	switch {
	case !ok:
		return bad{}
	case len(args) == 0:
		return Const{DateTime, b.opt.Now}
	case len(args) == 1 && (args[0].Type() == TimeSpan || args[0].Type() == Dynamic):
		return b.instant(b.convert(args[0], TimeSpan), "+")
	}
	b.report(x.Span, "write now() or now(-1d)", "now takes a timespan")
	return bad{}
}

func bindAgo(b *binder, x *syntax.Call, e *env) Expr {
	args, ok := b.arguments(x, e)
	switch {
	case !ok:
		return bad{}
	case len(args) == 1 && (args[0].Type() == TimeSpan || args[0].Type() == Dynamic):
		return b.instant(b.convert(args[0], TimeSpan), "-")
	}
	b.report(x.Span, "write ago(1d) or ago(2h)", "ago takes a timespan")
	return bad{}
}

// bindToscalar makes a value of a table: the first column of the first row.
func bindToscalar(b *binder, x *syntax.Call, e *env) Expr {
	if len(x.Args) != 1 {
		b.report(x.Span, "", "toscalar has one argument, a table or a value")
		return bad{}
	}
	if !b.isTable(x.Args[0], e.scope) {
		return b.scalar(x.Args[0], &env{scope: e.scope})
	}
	node := b.table(x.Args[0], e.scope)
	cols := node.Columns()
	if isLost(node) || len(cols) == 0 {
		if !isLost(node) {
			b.report(x.Span, "", "the table of toscalar has no columns")
		}
		return bad{}
	}
	return Scalar{node, cols[0].Type}
}

// bindColumnIfExists is column_ifexists("name", default).
func bindColumnIfExists(b *binder, x *syntax.Call, e *env) Expr {
	args, ok := b.arguments(x, e)
	if !ok {
		return bad{}
	}
	if len(args) == 2 {
		if c, ok := args[0].(Const); ok && c.Of == String {
			if i, ok := e.column(c.Value.(string)); ok {
				return ref(e.cols, i)
			}
			return args[1]
		}
	}
	b.report(x.Span, "write column_ifexists(\"Name\", default)", "column_ifexists takes the name of a column as a constant text, and a default")
	return bad{}
}

func bindIsColumnExists(b *binder, x *syntax.Call, e *env) Expr {
	args, ok := b.arguments(x, e)
	if !ok {
		return bad{}
	}
	if len(args) == 1 {
		if c, ok := args[0].(Const); ok && c.Of == String {
			_, found := e.column(c.Value.(string))
			return Const{Bool, found}
		}
	}
	b.report(x.Span, "", "iscolumnexists takes the name of a column as a constant text")
	return bad{}
}

// bindReplace is the old replace(regex, rewrite, source), whose arguments stand in another order than replace_regex has them.
func bindReplace(b *binder, x *syntax.Call, e *env) Expr {
	if len(x.Args) != 3 {
		b.report(x.Span, "use replace_string(text, old, new) or replace_regex(text, regex, new)", "replace takes 3 arguments")
		return bad{}
	}
	turned := &syntax.Call{Span: x.Span, Name: x.Name, Args: []syntax.Expr{x.Args[2], x.Args[0], x.Args[1]}}
	return b.apply(turned, b.lib.scalars["replace_regex"], e)
}

// bindPackAll makes a bag of all columns.
func bindPackAll(b *binder, x *syntax.Call, e *env) Expr {
	f := b.lib.scalars["pack_all"]
	if len(x.Args) > 1 {
		b.wrongArguments(x, f, make([]Expr, len(x.Args)))
		return bad{}
	}
	args := make([]Expr, 0, 2*len(e.cols)+1)
	for _, i := range shown(e.cols) {
		args = append(args, Const{String, e.cols[i].Name}, ref(e.cols, i))
	}
	if len(x.Args) == 1 {
		l, ok := x.Args[0].(*syntax.Literal)
		if keep, isBool := literalBool(l); ok && isBool && keep {
			// Empty values are left out: pack_all keeps its own name, with the pairs as arguments.
			return Call{Func: f, Args: args, Of: Dynamic}
		}
	}
	return Call{Func: b.lib.scalars["bag_pack"], Args: args, Of: Dynamic}
}

func literalBool(l *syntax.Literal) (value, ok bool) {
	if l == nil {
		return false, false
	}
	value, ok = l.Value.(bool)
	return value, ok
}

// bindPackColumns is bag_pack_columns(a, b): a bag of columns by their names.
func bindPackColumns(b *binder, x *syntax.Call, e *env) Expr {
	var args []Expr
	for _, a := range x.Args {
		v := b.scalar(a, e)
		if isBad(v) {
			return v
		}
		args = append(args, Const{String, resultName(a)}, v)
	}
	return Call{Func: b.lib.scalars["bag_pack"], Args: args, Of: Dynamic}
}

// bindIngestionTime is when a row arrived, which is Timestamp where the table does not keep it.
func bindIngestionTime(b *binder, x *syntax.Call, e *env) Expr {
	for _, name := range []string{Arrival, "Timestamp", "TimeGenerated"} {
		if i, ok := e.column(name); ok && e.cols[i].Type == DateTime {
			if name != Arrival {
				b.notice(x.Span, "ingestion_time() is taken from "+name)
			}
			return ref(e.cols, i)
		}
	}
	return Const{DateTime, nil}
}

func bindGeo(b *binder, x *syntax.Call, e *env) Expr {
	b.notice(x.Span, "geo_info_from_ip_address gives null: no database of places is here")
	return b.apply(x, b.lib.scalars["geo_info_from_ip_address"], e)
}

// bindBinAuto is bin with the size, and from the point, that the query sets.
func bindBinAuto(b *binder, x *syntax.Call, e *env) Expr {
	size := b.settings["query_bin_auto_size"]
	if size == nil {
		b.report(x.Span, "write set query_bin_auto_size=1h; before the query, or use bin()", "bin_auto has no size")
		return bad{}
	}
	args := append(append([]syntax.Expr{}, x.Args...), size)
	name := "bin"
	if at := b.settings["query_bin_auto_at"]; at != nil {
		name = "bin_at"
		args = append(args, at)
	}
	return b.apply(&syntax.Call{Span: x.Span, Name: x.Name, Args: args}, b.lib.scalars[name], e)
}

// partChecked binds the functions of parts of a datetime, and says at once which part they do not know.
func partChecked(name string) func(*binder, *syntax.Call, *env) Expr {
	return func(b *binder, x *syntax.Call, e *env) Expr {
		if len(x.Args) > 0 {
			if l, ok := x.Args[0].(*syntax.Literal); ok && l.Type == "string" {
				part, _ := l.Value.(string)
				if !dateParts[strings.ToLower(part)] {
					b.report(l.Span, "use year, quarter, month, week, day, hour, minute, second, millisecond, microsecond or nanosecond", "unknown part of a datetime %q", part)
					return bad{}
				}
			}
		}
		return b.apply(x, b.lib.scalars[name], e)
	}
}

var dateParts = map[string]bool{"year": true, "quarter": true, "month": true, "week": true, "week_of_year": true, "weekofyear": true, "day": true, "dayofyear": true,
	"hour": true, "minute": true, "second": true, "millisecond": true, "microsecond": true, "nanosecond": true}
