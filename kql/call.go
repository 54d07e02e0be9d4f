package kql

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"penstock/kql/syntax"
)

// scalarCall binds a call within an expression: an aggregate, one of the forms that the binder itself answers, a let's function, or one of the
// catalogue's.
func (b *binder) scalarCall(x *syntax.Call, e *env) Expr {
	name := x.Name.Name
	if ent := e.scope.find(name); ent != nil {
		b.meet(x.Name.Span, ent)
		if ent.fn == nil {
			b.report(x.Name.Span, "", "%s is no function", name)
			return bad{}
		}
		return b.expandScalar(ent, x, e)
	}
	if e.aggs != nil && !e.aggs.within {
		if f := b.lib.aggregates[name]; f != nil {
			b.meetFunction(x.Name.Span, f)
			return b.aggregate(x, f, e)
		}
	}
	if bind := special(name); bind != nil {
		b.meetFunction(x.Name.Span, b.lib.scalars[name])
		return bind(b, x, e)
	}
	f := b.lib.scalars[name]
	if f == nil {
		b.unknownFunction(x, e)
		return bad{}
	}
	b.meetFunction(x.Name.Span, f)
	if f.Refused != "" {
		b.report(x.Name.Span, f.Refused, "%s is not supported", name)
		return bad{}
	}
	return b.apply(x, f, e)
}

func (b *binder) unknownFunction(x *syntax.Call, e *env) {
	name := x.Name.Name
	if f := b.lib.aggregates[name]; f != nil {
		hint := "aggregates stand in summarize"
		if e.aggs != nil {
			hint = "an aggregate cannot stand within another"
		}
		b.report(x.Name.Span, hint, "the aggregate %s cannot stand here", name)
		return
	}
	if b.isTable(x, e.scope) {
		b.report(x.Span, "use toscalar(…) to make a value of it", "%s gives a table, not a single value", name)
		return
	}
	if strings.HasPrefix(name, "geo_") {
		b.report(x.Name.Span, "", "%s is not supported", name)
		return
	}
	known := e.scope.names()
	for _, f := range b.lib.all {
		if f.Kind == ScalarFunction || f.Kind == AggregateFunction && e.aggs != nil {
			known = append(append(known, f.Name), f.Aliases...)
		}
	}
	hint := ""
	if near := syntax.Nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	b.report(x.Name.Span, hint, "unknown function %s", strconv.Quote(name))
}

func (b *binder) arguments(x *syntax.Call, e *env) ([]Expr, bool) {
	args := make([]Expr, len(x.Args))
	ok := true
	for i, a := range x.Args {
		args[i] = b.scalar(a, e)
		ok = ok && !isBad(args[i])
	}
	return args, ok
}

// apply binds a call of a function of the catalogue: the first signature that fits, else the one that fits best with conversions.
func (b *binder) apply(x *syntax.Call, f *Function, e *env) Expr {
	typ := Type(0)
	list := x.Args
	if n := len(list); n > 0 {
		if t, ok := list[n-1].(*syntax.Typeof); ok {
			typ, _ = typeNamed(t.Type)
			list = list[:n-1]
		}
	}
	args := make([]Expr, len(list))
	ok := true
	for i, a := range list {
		if named, isNamed := a.(*syntax.Named); isNamed {
			a = named.X
		}
		if _, star := a.(*syntax.Star); star && len(list) == 1 && starred(f) {
			columns := shown(e.cols)
			args = make([]Expr, len(columns))
			for j, c := range columns {
				args[j] = ref(e.cols, c)
			}
			break
		}
		args[i] = b.scalar(a, e)
		ok = ok && !isBad(args[i])
	}
	if !ok {
		// What the function gives is often known all the same, but a mistake has been told.
		return bad{}
	}
	if f.Name == "bin" && len(args) == 2 && args[0].Type() == Dynamic && args[1].Type() == TimeSpan {
		b.report(x.Span, "turn it into one with todatetime() or totimespan()", "bin cannot tell whether the value is a datetime or a timespan")
		return bad{}
	}
	s := chooseSignature(f, args, typ != 0)
	if s == nil {
		b.wrongArguments(x, f, args)
		return bad{}
	}
	converted, fine := b.fit(x, f, s, args)
	if !fine {
		return bad{}
	}
	b.checkConstants(x, f, converted)
	return b.fold(Call{Func: f, Args: converted, Of: resultType(s, converted, typ), Window: f.Window})
}

func starred(f *Function) bool {
	for _, s := range f.Signatures {
		for _, p := range s.Params {
			if p.Kind == "star" {
				return true
			}
		}
	}
	return false
}

// chooseSignature is the signature with the right number of arguments whose types fit best.
func chooseSignature(f *Function, args []Expr, typed bool) *Signature {
	var best *Signature
	bestScore := -1
	for i := range f.Signatures {
		s := &f.Signatures[i]
		params, ok := s.assign(args, typed)
		if !ok {
			continue
		}
		score := 0
		for j, p := range params {
			score += fitness(p.Kind, args[j])
		}
		if score > bestScore {
			best, bestScore = s, score
		}
	}
	return best
}

// assign is the parameter of each argument.
func (s *Signature) assign(args []Expr, typed bool) ([]Parameter, bool) {
	count := len(args)
	params := s.Params
	if n := len(params); n > 0 && params[n-1].Kind == "type" {
		if !typed && !params[n-1].Optional {
			return nil, false
		}
		params = params[:n-1]
	} else if typed {
		return nil, false
	}
	least, repeated := 0, 0
	for _, p := range params {
		least += p.Min
		if p.Repeated {
			repeated++
		}
	}
	if count < least || repeated == 0 && count > len(params) {
		return nil, false
	}
	// case(p, v, p, v, …, else) and bag_pack(k, v, …): parameters that repeat together.
	list := make([]Parameter, 0, count)
	i := 0
	for i < len(params) && !params[i].Repeated {
		if len(list) < count {
			list = append(list, params[i])
		}
		i++
	}
	if repeated == 0 {
		return list, true
	}
	group := params[i : i+repeated]
	tail := params[i+repeated:]
	if n := len(tail); n > 0 && tail[n-1].Optional && (count == 0 || args[count-1].Type() != Bool) {
		// array_sort_asc(a, b, nulls_last): the last argument is the option only where it can be.
		tail = tail[:n-1]
	}
	rest := count - len(list) - len(tail)
	if rest < 0 || rest%repeated != 0 {
		return nil, false
	}
	for j := range rest {
		list = append(list, group[j%repeated])
	}
	return append(list, tail...), true
}

// fitness says how well a value suits a kind of parameter: 3 as it is, 2 with a conversion that KQL makes silently, 0 not.
func fitness(kind string, x Expr) int {
	t := x.Type()
	if accepts(kind, t) {
		return 3
	}
	if t == Dynamic {
		return 2
	}
	if c, ok := x.(Const); ok && c.Value == nil {
		return 2
	}
	if numeric(t) && (kind == "real" || kind == "long" || kind == "int" || kind == "decimal" || kind == "integer") {
		return 2
	}
	return 0
}

// accepts says whether a kind of parameter takes a type as it is.
func accepts(kind string, t Type) bool {
	switch kind {
	case "any", "column", "common", "star":
		return true
	case "number":
		return numeric(t)
	case "integer":
		return t == Int || t == Long
	case "summable":
		return numeric(t) || t == DateTime || t == TimeSpan
	case "orderable", "simple":
		return t != Dynamic
	case "text":
		return t == String || t == Dynamic
	case "array", "bag", "dynamic":
		return t == Dynamic
	case "long":
		return t == Long || t == Int
	case "real":
		return t == Real
	}
	named, ok := typeNamed(kind)
	return ok && named == t
}

// fit converts arguments to what their parameters want.
func (b *binder) fit(x *syntax.Call, f *Function, s *Signature, args []Expr) ([]Expr, bool) {
	params, _ := s.assign(args, len(s.Params) > 0 && s.Params[len(s.Params)-1].Kind == "type")
	converted := make([]Expr, len(args))
	var alike []Expr
	for i, p := range params {
		if p.Kind == "common" {
			alike = append(alike, args[i])
		}
	}
	shared := common(alike)
	if len(alike) > 0 && shared == 0 {
		if f.Name != "iff" && f.Name != "case" {
			b.report(x.Span, "convert them first, as with tostring()", "the arguments of %s have no type in common", x.Name.Name)
			return nil, false
		}
		// case(b, "a", 1) has no common type but dynamic, which can be any of them.
		shared = Dynamic
	}
	for i, p := range params {
		arg := args[i]
		switch {
		case p.Kind == "common":
			arg = b.widen(arg, shared)
		case accepts(p.Kind, arg.Type()):
		default:
			to := wanted(p.Kind, arg.Type())
			if to == 0 {
				b.wrongArgument(x, f, i, p, arg)
				return nil, false
			}
			arg = b.convert(arg, to)
		}
		converted[i] = arg
	}
	return converted, true
}

// wanted is the type to convert an argument to so that a parameter takes it; 0 where KQL does not.
func wanted(kind string, t Type) Type {
	to := map[string]Type{"number": Real, "integer": Long, "summable": Real, "orderable": String, "simple": String, "text": String, "array": Dynamic,
		"bag": Dynamic, "bool": Bool, "string": String, "datetime": DateTime, "timespan": TimeSpan, "real": Real, "long": Long, "int": Int, "decimal": Decimal,
		"guid": Guid, "dynamic": Dynamic}[kind]
	switch {
	case t == Dynamic:
		return to
	case numeric(t) && (to == Real || to == Long || to == Int || to == Decimal):
		return to
	case kind == "string" || kind == "text":
		// Texts are made of what is no text only where a reader says so; but a bool, number or GUID reads the same either way.
		if numeric(t) || t == Bool || t == Guid || t == DateTime || t == TimeSpan {
			return 0
		}
	case t == String && (to == DateTime || to == Guid || to == Dynamic):
		return to
	case kind == "bool" && numeric(t):
		return Bool
	}
	return 0
}

func (b *binder) wrongArgument(x *syntax.Call, f *Function, i int, p Parameter, arg Expr) {
	span := x.Span
	if i < len(x.Args) {
		span = x.Args[i].Pos()
	}
	hint := "turn it into one first"
	if p.Kind == "string" || p.Kind == "text" {
		hint = "turn it into a text with tostring()"
	}
	b.report(span, hint, "%s wants %s as %s, not %s", f.Name, article(p.Kind), p.Name, an(arg.Type()))
}

func article(kind string) string {
	if kind == "array" || kind == "integer" || kind == "int" {
		return "an " + kind
	}
	return "a " + kind
}

func (b *binder) wrongArguments(x *syntax.Call, f *Function, args []Expr) {
	forms := make([]string, len(f.Signatures))
	for i, s := range f.Signatures {
		forms[i] = f.Name + s.String()
	}
	b.report(x.Span, "write "+strings.Join(forms, " or "), "%s does not take %s", x.Name.Name, count(len(args), "argument"))
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// resultType is what a signature gives for arguments.
func resultType(s *Signature, args []Expr, typ Type) Type {
	if t, ok := typeNamed(s.Result); ok {
		return t
	}
	at := func(i int) Type {
		if i < len(args) {
			return args[i].Type()
		}
		return Dynamic
	}
	switch s.Result {
	case "first":
		return at(0)
	case "second":
		return at(1)
	case "type":
		return typ
	case "promoted":
		if at(0) == Int {
			return Long
		}
		return at(0)
	case "widest":
		t := at(0)
		for _, a := range args[1:] {
			t = widest(t, a.Type())
		}
		if t == Int {
			return Long
		}
		return t
	case "common":
		params, _ := s.assign(args, false)
		var alike []Expr
		for i, p := range params {
			if p.Kind == "common" {
				alike = append(alike, args[i])
			}
		}
		if t := common(alike); t != 0 {
			return t
		}
	}
	return Dynamic
}

// checkConstants looks at arguments that must make sense before any row is read.
func (b *binder) checkConstants(x *syntax.Call, f *Function, args []Expr) {
	at := map[string]int{"extract": 0, "extract_all": 0, "replace_regex": 1, "trim": 0, "trim_start": 0, "trim_end": 0, "indexof_regex": 1}
	i, ok := at[f.Name]
	if !ok || i >= len(args) {
		return
	}
	if c, ok := args[i].(Const); ok && c.Of == String {
		span := x.Span
		if i < len(x.Args) {
			span = x.Args[i].Pos()
		}
		b.checkRegex(span, c.Value.(string))
	}
}

func (b *binder) checkRegex(span Span, pattern string) {
	if len(pattern) > 10_000 {
		b.report(span, "", "the regular expression is too long")
		return
	}
	if _, err := regexp.Compile(pattern); err != nil {
		b.report(span, "the syntax is RE2's", "the regular expression is wrong: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}
