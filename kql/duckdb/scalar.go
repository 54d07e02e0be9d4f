package duckdb

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/kql"
)

// expr writes an expression over r's columns, in KQL's form: text is never NULL.
func (c *compiler) expr(e kql.Expr, r *rows) string {
	switch e := e.(type) {
	case kql.Const:
		return constant(e)
	case *kql.Const:
		return constant(*e)
	case kql.Ref, *kql.Ref:
		return c.column(e, r).value()
	case kql.Call:
		return c.call(&e, r)
	case *kql.Call:
		return c.call(e, r)
	case kql.Member, *kql.Member, kql.Element, *kql.Element:
		return c.path(e, r)
	case kql.StepRef:
		return c.stepColumn(e)
	case *kql.StepRef:
		return c.stepColumn(*e)
	case kql.Outer:
		return c.outer(e, r).value()
	case *kql.Outer:
		return c.outer(*e, r).value()
	case kql.Scalar:
		return c.scalar(&e)
	case *kql.Scalar:
		return c.scalar(e)
	case kql.InTable:
		return c.inTable(&e, r, false)
	case *kql.InTable:
		return c.inTable(e, r, false)
	case written:
		return e.sql
	case nil:
		return c.unsupported("an expression that is missing")
	}
	return c.unsupported("the expression %T", e)
}

func (c *compiler) stepColumn(e kql.StepRef) string {
	if c.stepRef == nil {
		return c.unsupported("the column %s of a step outside of scan", e.Name)
	}
	return c.stepRef(e)
}

// cond writes a condition of which only the true matters: null may stand for false, which lets it reach the files.
func (c *compiler) cond(e kql.Expr, r *rows) string {
	switch t := e.(type) {
	case kql.InTable:
		return c.inTable(&t, r, true)
	case *kql.InTable:
		return c.inTable(t, r, true)
	}
	call, ok := asCall(e)
	if !ok {
		return c.expr(e, r)
	}
	switch name := call.Func.Name; name {
	case "and", "or":
		parts := make([]string, len(call.Args))
		for i, a := range call.Args {
			parts[i] = c.cond(a, r)
		}
		return "(" + strings.Join(parts, " "+strings.ToUpper(name)+" ") + ")"
	default:
		if write, ok := comparisons[name]; ok {
			defer c.within(call.Span)()
			return write(c, call, r, true)
		}
	}
	return c.expr(e, r)
}

func (c *compiler) scalar(e *kql.Scalar) string {
	r := c.node(e.Query)
	if len(r.cols) == 0 {
		return null(e.Of)
	}
	sql := "(" + r.selects([]string{r.cols[0].value()}) + r.orderBy() + " LIMIT 1)"
	if e.Of == kql.String {
		return "coalesce(" + sql + ", '')"
	}
	return sql
}

func (c *compiler) inTable(e *kql.InTable, r *rows, filter bool) string {
	q := c.node(e.Query)
	if len(q.cols) == 0 {
		return "false"
	}
	x, y := c.expr(e.X, r), q.cols[0].value()
	xt, yt := e.X.Type(), q.cols[0].typ
	if xt != yt {
		x, y = c.convert(x, xt, kql.String), c.convert(y, yt, kql.String)
		xt = kql.String
	}
	if e.Fold {
		x, y = "lower("+x+")", "lower("+y+")"
	}
	sub := q.selects([]string{y})
	if xt != kql.String {
		narrowed := *q
		narrowed.where = append(append([]string{}, q.where...), y+" IS NOT NULL")
		sub = narrowed.selects([]string{y})
	}
	in := x + " IN (" + sub + ")"
	switch {
	case e.Not:
		return "(NOT coalesce(" + in + ", false))"
	case filter:
		return "(" + in + ")"
	}
	return "coalesce(" + in + ", false)"
}

// sqlType is the type of a value in KQL's form.
func sqlType(t kql.Type) string {
	switch t {
	case kql.Bool:
		return "BOOLEAN"
	case kql.Int, kql.Long, kql.DateTime, kql.TimeSpan:
		return "BIGINT"
	case kql.Real:
		return "DOUBLE"
	}
	return "VARCHAR"
}

// null is the missing value of a type.
func null(t kql.Type) string {
	if t == kql.String {
		return "''"
	}
	return "CAST(NULL AS " + sqlType(t) + ")"
}

// ticksAtUnixEpoch are the ticks from the year 1 to 1970.
const ticksAtUnixEpoch = 621355968000000000

func ticks(t time.Time) int64 {
	return t.Unix()*10_000_000 + int64(t.Nanosecond()/100) + ticksAtUnixEpoch
}

func integer(v int64) string {
	if v < 0 {
		return "CAST('" + strconv.FormatInt(v, 10) + "' AS BIGINT)"
	}
	return strconv.FormatInt(v, 10) + "::BIGINT"
}

func real(v float64) string {
	switch {
	case math.IsNaN(v):
		return "'nan'::DOUBLE"
	case math.IsInf(v, 1):
		return "'inf'::DOUBLE"
	case math.IsInf(v, -1):
		return "'-inf'::DOUBLE"
	case v < 0 || v == 0 && math.Signbit(v):
		return "CAST('" + strconv.FormatFloat(v, 'g', -1, 64) + "' AS DOUBLE)"
	}
	return "'" + strconv.FormatFloat(v, 'g', -1, 64) + "'::DOUBLE"
}

func constant(k kql.Const) string {
	switch v := k.Value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return integer(v)
	case int:
		return integer(int64(v))
	case float64:
		return real(v)
	case string:
		return literal(v)
	case time.Time:
		return integer(ticks(v))
	case json.RawMessage:
		if string(v) == "null" {
			return null(kql.Dynamic)
		}
		return literal(string(v))
	}
	return null(k.Of)
}

// constItems are the items of a constant array, as constants of the types that JSON has.
func constItems(e kql.Expr) ([]kql.Expr, bool) {
	if call, ok := asCall(e); ok && call.Func.Name == "pack_array" && !slices.ContainsFunc(call.Args, func(a kql.Expr) bool { return !isConstant(a) }) {
		return call.Args, true
	}
	k, ok := asConst(e)
	if !ok || k.Of != kql.Dynamic {
		return nil, false
	}
	raw, ok := k.Value.(json.RawMessage)
	if !ok {
		return nil, false
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil {
		return nil, false
	}
	out := make([]kql.Expr, len(items))
	for i, item := range items {
		out[i] = jsonConst(item)
	}
	return out, true
}

func jsonConst(raw json.RawMessage) kql.Expr {
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return kql.Const{Of: kql.Dynamic}
	}
	switch v := v.(type) {
	case string:
		return kql.Const{Of: kql.String, Value: v}
	case bool:
		return kql.Const{Of: kql.Bool, Value: v}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return kql.Const{Of: kql.Long, Value: i}
		}
		if f, err := v.Float64(); err == nil {
			return kql.Const{Of: kql.Real, Value: f}
		}
	case nil:
		return kql.Const{Of: kql.Dynamic}
	}
	return kql.Const{Of: kql.Dynamic, Value: raw}
}

// nullable says that an expression may be null.
func nullable(e kql.Expr) bool {
	if e.Type() == kql.String {
		return false
	}
	if k, ok := asConst(e); ok {
		return k.Value == nil
	}
	call, ok := asCall(e)
	if !ok {
		return true
	}
	switch name := call.Func.Name; name {
	case "==", "!=":
		return nullable(call.Args[0]) && nullable(call.Args[1])
	case "isnull", "isnotnull", "isempty", "isnotempty", "in", "!in", "in~", "!in~", "strlen", "now", "strcmp", "countof":
		return false
	case "and", "or", "not":
		for _, a := range call.Args {
			if nullable(a) {
				return true
			}
		}
		return false
	default:
		_, text := textComparisons[strings.TrimPrefix(name, "!")]
		return !text
	}
}

// pathStep is a member's name or an item's place.
type pathStep struct {
	name  string
	place int64
	item  bool
}

// jsonPath writes constant steps as DuckDB's JSON path. Names that a path cannot quote make it a JSON pointer.
func jsonPath(steps []pathStep) string {
	pointer := false
	for _, s := range steps {
		pointer = pointer || !s.item && (strings.ContainsAny(s.name, "\"\\*") || s.name == "")
	}
	var b strings.Builder
	if !pointer {
		b.WriteByte('$')
	}
	for _, s := range steps {
		switch {
		case s.item && pointer:
			b.WriteString("/" + strconv.FormatInt(s.place, 10))
		case s.item && s.place < 0:
			b.WriteString("[#" + strconv.FormatInt(s.place, 10) + "]")
		case s.item:
			b.WriteString("[" + strconv.FormatInt(s.place, 10) + "]")
		case pointer:
			b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s.name))
		default:
			b.WriteString(`."` + s.name + `"`)
		}
	}
	return b.String()
}

// path writes d.a.b[0]["c"]: constant steps become one path.
func (c *compiler) path(e kql.Expr, r *rows) string {
	var steps []pathStep
	for {
		inner, step, ok := constStep(e)
		if !ok {
			break
		}
		steps = append([]pathStep{step}, steps...)
		e = inner
	}
	if len(steps) == 0 {
		element, ok := e.(*kql.Element)
		if !ok {
			v, is := e.(kql.Element)
			if !is {
				return c.expr(e, r)
			}
			element = &v
		}
		d, i := c.expr(element.In, r), c.expr(element.Index, r)
		switch element.Index.Type() {
		case kql.String:
			return "k_member(" + d + ", " + i + ")"
		case kql.Dynamic:
			return "k_element(" + d + ", " + i + ")"
		}
		return "k_item(" + d + ", CAST(" + i + " AS BIGINT))"
	}
	if hasQuery(e) {
		v := c.id("v")
		return "list_transform([" + c.expr(e, r) + "], lambda " + v + ": k_path(" + v + ", " + literal(jsonPath(steps)) + "))[1]"
	}
	var d string
	if ref, ok := asRef(e); ok && c.column(ref, r).stored {
		d = c.column(ref, r).sql
	} else if call, ok := asCall(e); ok && call.Func.Name == "parse_json" && len(call.Args) == 1 && call.Args[0].Type() == kql.String {
		// The text is parsed once, for the path.
		d = c.expr(call.Args[0], r)
	} else {
		d = c.expr(e, r)
	}
	return "k_path(" + d + ", " + literal(jsonPath(steps)) + ")"
}

func constStep(e kql.Expr) (kql.Expr, pathStep, bool) {
	switch e := e.(type) {
	case kql.Member:
		return e.In, pathStep{name: e.Name}, true
	case *kql.Member:
		return e.In, pathStep{name: e.Name}, true
	case kql.Element:
		return constIndex(e.In, e.Index)
	case *kql.Element:
		return constIndex(e.In, e.Index)
	}
	return nil, pathStep{}, false
}

func constIndex(in, index kql.Expr) (kql.Expr, pathStep, bool) {
	k, ok := asConst(index)
	if !ok {
		return nil, pathStep{}, false
	}
	switch v := k.Value.(type) {
	case string:
		return in, pathStep{name: v}, true
	case int64:
		return in, pathStep{place: v, item: true}, true
	}
	return nil, pathStep{}, false
}
