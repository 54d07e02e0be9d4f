package duckdb

import (
	"encoding/json"
	"regexp"
	"strings"

	"penstock/kql"
)

// templates are functions that are one expression of SQL.
var templates = map[string]template{
	"not":                            {"b", "(NOT $1)"},
	"strlen":                         {"s", "length($1)"},
	"string_size":                    {"s", "CAST(strlen($1) AS BIGINT)"},
	"tolower":                        {"s", "lower($1)"},
	"toupper":                        {"s", "upper($1)"},
	"reverse":                        {"s", "reverse($1)"},
	"strcmp":                         {"ss", "CAST(CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 ELSE 0 END AS BIGINT)"},
	"replace_string":                 {"sss", "replace($1, $2, $3)"},
	"regex_quote":                    {"s", "regexp_escape($1)"},
	"hash_md5":                       {"s", "md5($1)"},
	"hash_sha1":                      {"s", "sha1($1)"},
	"hash_sha256":                    {"s", "sha256($1)"},
	"unicode_codepoints_from_string": {"s", "kql_codepoints_of($1)"},
	"bag_has_key_plain":              {"ds", "json_exists($1, k_pointer($2))"},

	"sign":               {"r", "CAST(sign($1) AS DOUBLE)"},
	"exp":                {"r", "exp($1)"},
	"sqrt":               {"r", "CASE WHEN $1 < 0 THEN NULL ELSE sqrt($1) END"},
	"log":                {"r", "k_log($1)"},
	"pi":                 {"", "pi()"},
	"degrees":            {"r", "degrees($1)"},
	"radians":            {"r", "radians($1)"},
	"isnan":              {"r", "isnan($1)"},
	"isinf":              {"r", "isinf($1)"},
	"isfinite":           {"r", "isfinite($1)"},
	"binary_and":         {"ll", "($1 & $2)"},
	"binary_or":          {"ll", "($1 | $2)"},
	"binary_xor":         {"ll", "xor($1, $2)"},
	"binary_not":         {"l", "(~$1)"},
	"binary_shift_left":  {"ll", "kql_shift_left($1, $2)"},
	"binary_shift_right": {"ll", "kql_shift_right($1, $2)"},
	"new_guid":           {"", "CAST(uuid() AS VARCHAR)"},

	"dayofweek":   {"t", "((($1 // 864000000000) + 1) % 7) * 864000000000"},
	"dayofmonth":  {"t", "CAST(day(k_ts($1)) AS BIGINT)"},
	"dayofyear":   {"t", "CAST(dayofyear(k_ts($1)) AS BIGINT)"},
	"hourofday":   {"t", "($1 % 864000000000) // 36000000000"},
	"monthofyear": {"t", "CAST(month(k_ts($1)) AS BIGINT)"},
	"getmonth":    {"t", "CAST(month(k_ts($1)) AS BIGINT)"},
	"getyear":     {"t", "CAST(year(k_ts($1)) AS BIGINT)"},

	"unixtime_seconds_todatetime":      {"r", "k_time(k_to_long(round($1 * 10000000)) + 621355968000000000)"},
	"unixtime_milliseconds_todatetime": {"r", "k_time(k_to_long(round($1 * 10000)) + 621355968000000000)"},
	"unixtime_microseconds_todatetime": {"r", "k_time(k_to_long(round($1 * 10)) + 621355968000000000)"},
	"unixtime_nanoseconds_todatetime":  {"r", "k_time(k_to_long(trunc($1 / 100)) + 621355968000000000)"},

	"array_length":             {"d", "k_array_length($1)"},
	"bag_keys":                 {"d", "CASE WHEN json_type($1) = 'OBJECT' THEN CAST(to_json(json_keys($1)) AS VARCHAR) END"},
	"geo_info_from_ip_address": {"s", "CAST(NULL AS VARCHAR)"},
	"assert":                   {"bs", "CASE WHEN $1 THEN true ELSE error($2) END"},
	"ipv4_is_private":          {"s", "k_ipv4_is_private($1)"},
	"current_database":         {"", "'penstock'"},
}

// writers are functions whose SQL depends on their arguments' types or number.
var writers map[string]writer

func writerTable() map[string]writer {
	out := map[string]writer{
		"and": logic("AND"), "or": logic("OR"),
		"iff": conditional, "case": conditional, "coalesce": coalesce,
		"max_of": extremes("greatest"), "min_of": extremes("least"),
		"isnull": func(c *compiler, call *kql.Call, r *rows) string { return c.isNull(call, r, false) },
		"isnotnull": func(c *compiler, call *kql.Call, r *rows) string {
			return "(NOT " + c.isNull(call, r, false) + ")"
		},
		"isempty":    func(c *compiler, call *kql.Call, r *rows) string { return c.isNull(call, r, true) },
		"isnotempty": func(c *compiler, call *kql.Call, r *rows) string { return c.isNotEmpty(call, r) },
		"gettype":    typeName,
		"dynamic":    func(c *compiler, call *kql.Call, r *rows) string { return c.dynamicOf(call.Args[0], r) },
		"parse_json": func(c *compiler, call *kql.Call, r *rows) string {
			if call.Args[0].Type() == kql.String {
				return c.once("k_parse_json", c.expr(call.Args[0], r))
			}
			return c.dynamicOf(call.Args[0], r)
		},
		"strcat": func(c *compiler, call *kql.Call, r *rows) string {
			return "(" + strings.Join(c.texts(call.Args, r), " || ") + ")"
		},
		"strcat_delim": func(c *compiler, call *kql.Call, r *rows) string {
			return "concat_ws(" + strings.Join(c.texts(call.Args, r), ", ") + ")"
		},
		"substring": func(c *compiler, call *kql.Call, r *rows) string {
			return "k_substring(" + c.coerce(call.Args[0], 's', r) + ", " + c.coerce(call.Args[1], 'l', r) + ", " +
				c.argument(call, 2, 'l', "2147483647", r) + ")"
		},
		"split": splitText, "extract": extract, "extract_all": extractAll, "extract_json": extractJSON, "replace_regex": replaceRegex,
		"trim": trim(true, true), "trim_start": trim(true, false), "trim_end": trim(false, true),
		"unicode_codepoints_to_string": func(c *compiler, call *kql.Call, r *rows) string {
			return "kql_codepoints_to(" + c.packed(call.Args, r) + ")"
		},
		"pack_array": func(c *compiler, call *kql.Call, r *rows) string { return c.packed(call.Args, r) },
		"bag_pack":   bagPack,
		"range":      rangeArray,
		"hash":       hash, "hash_xxhash64": hash,
		"now": now, "ago": now, "rand": random,
		"abs": absolute, "around": around, "bin": bin, "bin_at": binAt, "round": round, "ceiling": ceiling,
		"make_datetime": makeDatetime, "make_timespan": makeTimespan,
		"geo_distance_2points": geoDistance,
		"pack_all":             packAll,
		"has_any_index": func(c *compiler, call *kql.Call, r *rows) string {
			return c.goCall("has_any_index", goFunctions["has_any_index"], call.Args, r)
		},
		"estimate_data_size": dataSize,
		"percentile_tdigest": digestPercentile,
	}
	for name, t := range map[string]kql.Type{"tostring": kql.String, "tolong": kql.Long, "toint": kql.Int, "toreal": kql.Real, "todecimal": kql.Decimal,
		"todatetime": kql.DateTime, "totimespan": kql.TimeSpan, "tobool": kql.Bool, "toguid": kql.Guid} {
		out[name] = converter(t)
	}
	for name, unit := range map[string]string{"day": "day", "week": "week", "month": "month", "year": "year"} {
		out["startof"+name] = startOf(unit, 0)
		out["endof"+name] = startOf(unit, 1)
	}
	for _, op := range []string{"+", "-", "*", "/", "%"} {
		out[op] = arithmetic(op)
	}
	out["unary-"] = negate
	for name, write := range windowFunctions {
		out[name] = write
	}
	return out
}

func (c *compiler) texts(args []kql.Expr, r *rows) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = c.textOf(a, r)
	}
	return out
}

// packed writes arguments as a JSON array.
func (c *compiler) packed(args []kql.Expr, r *rows) string {
	items := make([]string, len(args))
	for i, a := range args {
		items[i] = "coalesce(" + c.dynamicOf(a, r) + ", 'null')"
	}
	return "k_array([" + strings.Join(items, ", ") + "])"
}

func bagPack(c *compiler, call *kql.Call, r *rows) string {
	if len(call.Args)%2 != 0 {
		return c.unsupported("bag_pack() with an odd number of arguments")
	}
	if len(call.Args) == 0 {
		return "'{}'"
	}
	var parts []string
	seen := map[string]bool{}
	for i := 0; i < len(call.Args); i += 2 {
		key := "CAST(to_json(" + c.textOf(call.Args[i], r) + ") AS VARCHAR)"
		if text, ok := constText(call.Args[i]); ok {
			if seen[text] {
				continue
			}
			seen[text] = true
			if raw, err := json.Marshal(text); err == nil {
				key = literal(string(raw))
			}
		}
		parts = append(parts, key+" || ':' || coalesce("+c.dynamicOf(call.Args[i+1], r)+", 'null')")
	}
	return "('{' || " + strings.Join(parts, " || ',' || ") + " || '}')"
}

// packAll is bag_pack of all columns; the binder gives names and values, and at last whether nulls and empty texts are left out.
func packAll(c *compiler, call *kql.Call, r *rows) string {
	args, drop := call.Args, "false"
	if len(args)%2 == 1 {
		drop = c.coerce(args[len(args)-1], 'd', r)
		args = args[:len(args)-1]
	}
	bag := bagPack(c, &kql.Call{Func: call.Func, Args: args, Of: kql.Dynamic}, r)
	if drop == "false" {
		return bag
	}
	return "kql_pack_all(" + bag + ", " + drop + ")"
}

func logic(op string) writer {
	return func(c *compiler, call *kql.Call, r *rows) string {
		parts := make([]string, len(call.Args))
		for i, a := range call.Args {
			parts[i] = c.coerce(a, 'b', r)
		}
		return "(" + strings.Join(parts, " "+op+" ") + ")"
	}
}

// conditional writes iff and case: what is null is not true.
func conditional(c *compiler, call *kql.Call, r *rows) string {
	var b strings.Builder
	b.WriteString("CASE")
	n := len(call.Args)
	if n < 3 || n%2 == 0 {
		return c.unsupported("%s() with %d arguments", call.Func.Name, n)
	}
	for i := 0; i+1 < n; i += 2 {
		b.WriteString(" WHEN " + c.cond(call.Args[i], r) + " THEN " + c.as(call.Args[i+1], call.Of, r))
	}
	b.WriteString(" ELSE " + c.as(call.Args[n-1], call.Of, r) + " END")
	return b.String()
}

func coalesce(c *compiler, call *kql.Call, r *rows) string {
	var parts []string
	for _, a := range call.Args {
		sql := c.as(a, call.Of, r)
		if call.Of == kql.String {
			sql = "nullif(" + sql + ", '')"
		}
		parts = append(parts, sql)
	}
	if call.Of == kql.String {
		parts = append(parts, "''")
	}
	return "coalesce(" + strings.Join(parts, ", ") + ")"
}

func extremes(function string) writer {
	return func(c *compiler, call *kql.Call, r *rows) string {
		if call.Of == kql.Decimal {
			return "k_decimal_" + map[string]string{"greatest": "max", "least": "min"}[function] + "(" + "[" + strings.Join(c.asAll(call, r), ", ") + "])"
		}
		return function + "(" + strings.Join(c.asAll(call, r), ", ") + ")"
	}
}

func (c *compiler) asAll(call *kql.Call, r *rows) []string {
	out := make([]string, len(call.Args))
	for i, a := range call.Args {
		out[i] = c.as(a, call.Of, r)
	}
	return out
}

// isNull writes isnull and, with empty, isempty. Texts are never null.
func (c *compiler) isNull(call *kql.Call, r *rows, empty bool) string {
	x := call.Args[0]
	sql := c.expr(x, r)
	switch {
	case x.Type() == kql.String && empty:
		return "(" + sql + " = '')"
	case x.Type() == kql.String:
		return "false"
	case x.Type() == kql.Dynamic && empty:
		return "(coalesce(" + sql + ", '\"\"') = '\"\"')"
	}
	return "(" + sql + " IS NULL)"
}

func (c *compiler) isNotEmpty(call *kql.Call, r *rows) string {
	x := call.Args[0]
	if ref, ok := asRef(x); ok && x.Type() == kql.String {
		if col := c.column(ref, r); col.stored {
			return "(" + col.sql + " IS NOT NULL AND " + col.sql + " <> '')"
		}
	}
	if x.Type() == kql.String {
		return "(" + c.expr(x, r) + " <> '')"
	}
	return "(NOT " + c.isNull(call, r, true) + ")"
}

func typeName(c *compiler, call *kql.Call, r *rows) string {
	t := call.Args[0].Type()
	if t != kql.Dynamic {
		return literal(t.String())
	}
	return "CASE coalesce(json_type(" + c.expr(call.Args[0], r) + "), 'NULL') WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary' WHEN 'VARCHAR' THEN 'string'" +
		" WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'double' WHEN 'NULL' THEN 'null' ELSE 'long' END"
}

func splitText(c *compiler, call *kql.Call, r *rows) string {
	if len(call.Args) > 2 {
		return c.goCall("split", goFunctions["split"], call.Args, r)
	}
	return "CAST(to_json(k_split(" + c.textOf(call.Args[0], r) + ", " + c.textOf(call.Args[1], r) + ")) AS VARCHAR)"
}

// extract writes extract(regex, group, source, type).
func extract(c *compiler, call *kql.Call, r *rows) string {
	pattern, ok := constText(call.Args[0])
	group, known := constLong(call.Args[1])
	text := c.textOf(call.Args[2], r)
	var sql string
	switch {
	case !ok || !known || group < 0 || group > 9:
		sql = "kql_regex_extract_any(" + c.textOf(call.Args[0], r) + ", " + c.coerce(call.Args[1], 'l', r) + ", " + text + ")"
	default:
		re, err := regexp.Compile(pattern)
		if err != nil {
			c.checkRegex(pattern)
			return "''"
		}
		sql = "''"
		if group <= int64(re.NumSubexp()) {
			sql = "regexp_extract(" + text + ", " + literal(pattern) + ", " + number(group) + ")"
		}
	}
	if call.Of == kql.String {
		return sql
	}
	return c.convertText(sql, kql.String, call.Of)
}

func extractAll(c *compiler, call *kql.Call, r *rows) string {
	if pattern, ok := constText(call.Args[0]); ok {
		c.checkRegex(pattern)
	}
	groups, source := "CAST(NULL AS VARCHAR)", call.Args[len(call.Args)-1]
	if len(call.Args) > 2 {
		groups = c.dynamicOf(call.Args[1], r)
	}
	return "kql_extract_all(" + c.textOf(call.Args[0], r) + ", " + groups + ", " + c.textOf(source, r) + ")"
}

func extractJSON(c *compiler, call *kql.Call, r *rows) string {
	sql := "kql_extract_json(" + c.textOf(call.Args[0], r) + ", " + c.textOf(call.Args[1], r) + ")"
	return c.convert(sql, kql.Dynamic, call.Of)
}

func replaceRegex(c *compiler, call *kql.Call, r *rows) string {
	args := c.texts(call.Args, r)
	if pattern, ok := constText(call.Args[1]); ok {
		c.checkRegex(pattern)
		return "regexp_replace(" + args[0] + ", " + args[1] + ", " + args[2] + ", 'g')"
	}
	return "coalesce(TRY(regexp_replace(" + args[0] + ", " + args[1] + ", " + args[2] + ", 'g')), " + args[0] + ")"
}

// trim takes a regular expression off the ends: all matches off both ends, one off a single end, as Microsoft's documentation says.
func trim(start, end bool) writer {
	return func(c *compiler, call *kql.Call, r *rows) string {
		pattern, ok := constText(call.Args[0])
		if !ok {
			return c.goCall(call.Func.Name, goFunctions[call.Func.Name], call.Args, r)
		}
		c.checkRegex(pattern)
		sql := c.textOf(call.Args[1], r)
		if start && end {
			pattern = "(?:" + pattern + ")+"
		}
		if start {
			sql = "regexp_replace(" + sql + ", " + literal("^(?:"+pattern+")") + ", '')"
		}
		if end {
			sql = "regexp_replace(" + sql + ", " + literal("(?:"+pattern+")$") + ", '')"
		}
		return sql
	}
}

// rangeArray writes range() of numbers, times or spans.
func rangeArray(c *compiler, call *kql.Call, r *rows) string {
	kind, name, step := byte('l'), "range_long", "1::BIGINT"
	switch call.Args[0].Type() {
	case kql.DateTime:
		kind, name, step = 't', "range_time", "36000000000::BIGINT"
	case kql.TimeSpan:
		kind, name, step = 'p', "range_span", "36000000000::BIGINT"
	default:
		for _, a := range call.Args {
			if a.Type() == kql.Real {
				kind, name, step = 'r', "range_real", "1::DOUBLE"
			}
		}
	}
	from, to := c.coerce(call.Args[0], kind, r), c.coerce(call.Args[1], kind, r)
	if kind == 't' {
		kind = 'p'
	}
	return udfName(name) + "(" + from + ", " + to + ", " + c.argument(call, 2, kind, step, r) + ")"
}

// hash is xxhash64 of a value's bytes, as Kusto computes it.
func hash(c *compiler, call *kql.Call, r *rows) string {
	var name string
	switch call.Args[0].Type() {
	case kql.String:
		name = "hash_text"
	case kql.Int, kql.Long, kql.DateTime, kql.TimeSpan:
		name = "hash_long"
	case kql.Real:
		name = "hash_real"
	case kql.Guid:
		name = "hash_guid"
	case kql.Bool:
		name = "hash_bool"
	default:
		return c.unsupported("%s() of a %s value", call.Func.Name, call.Args[0].Type())
	}
	return udfName(name) + "(" + c.expr(call.Args[0], r) + ", " + c.argument(call, 1, 'l', "CAST(NULL AS BIGINT)", r) + ")"
}

func geoDistance(c *compiler, call *kql.Call, r *rows) string {
	if len(call.Args) > 4 {
		return c.unsupported("geo_distance_2points() on a spheroid")
	}
	return c.goCall("geo_distance_2points", goFunctions["geo_distance_2points"], call.Args, r)
}

// dataSize counts the bytes of texts, and eight for all else.
func dataSize(c *compiler, call *kql.Call, r *rows) string {
	parts := []string{"0::BIGINT"}
	for _, a := range call.Args {
		if t := a.Type(); t == kql.String || t == kql.Dynamic {
			parts = append(parts, "coalesce(CAST(strlen("+c.expr(a, r)+") AS BIGINT), 0)")
		} else {
			parts = append(parts, "8")
		}
	}
	return "(" + strings.Join(parts, " + ") + ")"
}
