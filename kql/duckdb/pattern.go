package duckdb

import (
	"encoding/json"
	"regexp"
	"strings"

	"penstock/kql"
)

// parse writes parse and parse-where: one regular expression takes the text apart.
func (c *compiler) parse(n *kql.Parse) *rows {
	in := c.node(n.In)
	re, groups, parsed := c.parsePattern(n)
	if c.err != nil {
		return &rows{from: "(SELECT 1)", cols: make([]column, len(n.Cols))}
	}
	text := c.textOf(n.Expr, in)
	cols := append([]column{}, in.cols...)
	match := column{"regexp_matches(" + text + ", " + literal(re) + ")", kql.Bool, false}
	taken := column{"regexp_extract(" + text + ", " + literal(re) + ", [" + strings.Join(groups, ", ") + "])", kql.Dynamic, false}
	if len(parsed) == 0 {
		taken.sql = "1"
	}
	first := c.nest(in, append(cols, match, taken))
	matched, value := first.cols[len(in.cols)].sql, first.cols[len(in.cols)+1].sql
	cols = append([]column{}, first.cols[:len(in.cols)]...)
	var all []string
	at := map[string]int{}
	for _, p := range parsed {
		sql := "CASE WHEN " + matched + " THEN " + c.convertText("("+value+")."+p.group, kql.String, p.col.Type) + " END"
		if p.col.Type == kql.String {
			sql = "coalesce((" + value + ")." + p.group + ", '')"
		}
		at[p.col.Name] = len(cols)
		cols = append(cols, column{sql, p.col.Type, false})
	}
	cols = append(cols, column{matched, kql.Bool, false})
	second := c.nest(first, cols)
	matched = second.cols[len(cols)-1].sql
	if n.Kind != "relaxed" {
		// One column that does not convert, and none is given.
		for _, p := range parsed {
			if p.col.Type != kql.String {
				all = append(all, second.cols[at[p.col.Name]].sql+" IS NOT NULL")
			}
		}
	}
	condition := strings.Join(append([]string{matched}, all...), " AND ")
	out := *second
	out.cols = make([]column, len(n.Cols))
	byName := map[string]int{}
	for i, col := range n.In.Columns() {
		byName[col.Name] = i
	}
	for i, col := range n.Cols {
		if j, ok := at[col.Name]; ok {
			got := second.cols[j]
			if len(all) > 0 {
				got.sql = "CASE WHEN " + condition + " THEN " + got.sql + " ELSE " + null(col.Type) + " END"
			}
			out.cols[i] = got
		} else if j, ok := byName[col.Name]; ok {
			out.cols[i] = second.cols[j]
		} else {
			c.fail(errorf("the plan leaves column %s of parse without a value", col.Name))
		}
	}
	if n.Filter {
		out.where = []string{condition}
	}
	return c.nest(&out, out.cols)
}

type parsedColumn struct {
	col   kql.Column
	group string
}

// parsePattern is the regular expression of a parse, what its groups are called in SQL, and which are columns.
func (c *compiler) parsePattern(n *kql.Parse) (string, []string, []parsedColumn) {
	var re strings.Builder
	var groups []string
	var parsed []parsedColumn
	isRegex := n.Kind == "regex"
	flags := ""
	for _, f := range n.Flags {
		if !strings.ContainsRune("Umsi", f) {
			c.unsupported("the flag %q of parse kind=regex", f)
			return "", nil, nil
		}
		flags += string(f)
	}
	if isRegex {
		if flags != "" {
			re.WriteString("(?" + flags + ")")
		}
	} else {
		re.WriteString("(?s)")
	}
	re.WriteString("^")
	for i, part := range n.Parts {
		last := i == len(n.Parts)-1
		switch {
		case part.Column != nil:
			group := c.id("g")
			groups = append(groups, literal(group))
			parsed = append(parsed, parsedColumn{*part.Column, group})
			re.WriteString("(" + columnPattern(part.Column.Type, last, n.Kind) + ")")
		case part.Any:
			re.WriteString(map[bool]string{false: ".*?", true: ".*"}[last])
		case isRegex:
			compiled, err := regexp.Compile(part.Text)
			if err != nil {
				c.mistake(errorf("the regular expression of parse: %w", err))
				return "", nil, nil
			}
			for range compiled.NumSubexp() {
				groups = append(groups, literal(c.id("g")))
			}
			re.WriteString("(?:" + part.Text + ")")
		default:
			re.WriteString(regexp.QuoteMeta(part.Text))
		}
	}
	if !isRegex {
		re.WriteString("$")
	}
	return re.String(), groups, parsed
}

// columnPattern is what a column of a type takes up. The last one takes the rest.
func columnPattern(t kql.Type, last bool, kind string) string {
	rest := ".*?"
	if last {
		rest = ".*"
	}
	var number string
	switch t {
	case kql.Int, kql.Long:
		number = `\s*-?\d+`
	case kql.Real, kql.Decimal:
		number = `\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?`
	default:
		return rest
	}
	if kind == "relaxed" {
		return number + "|" + rest
	}
	return number
}

// parseKV writes parse-kv: a function gives a bag of the keys found, which are then its members.
func (c *compiler) parseKV(n *kql.ParseKV) *rows {
	in := c.node(n.In)
	quotes, err := json.Marshal(append([][2]string{}, n.Quotes...))
	if err != nil {
		c.mistake(errorf("the quotes of parse-kv: %w", err))
	}
	greedy := "false"
	if n.Greedy {
		greedy = "true"
	}
	keys := make([]string, len(n.Keys))
	for i, key := range n.Keys {
		keys[i] = key.Name
	}
	wanted, err := json.Marshal(keys)
	if err != nil {
		c.mistake(errorf("the keys of parse-kv: %w", err))
	}
	bag := udfName("parse_kv") + "(" + strings.Join([]string{c.textOf(n.Expr, in), literal(string(wanted)), literal(n.Pairs), literal(n.Values),
		literal(n.Escape), literal(string(quotes)), greedy}, ", ") + ")"
	first := c.nest(in, append(append([]column{}, in.cols...), column{bag, kql.Dynamic, false}))
	got := first.cols[len(in.cols)].sql
	keyType := map[string]kql.Type{}
	for _, key := range n.Keys {
		keyType[key.Name] = key.Type
	}
	byName := map[string]int{}
	for i, col := range n.In.Columns() {
		byName[col.Name] = i
	}
	out := *first
	out.cols = make([]column, len(n.Cols))
	for i, col := range n.Cols {
		if t, ok := keyType[col.Name]; ok {
			text := "(" + got + " ->> " + literal(jsonPath([]pathStep{{name: col.Name}})) + ")"
			out.cols[i] = column{c.convertText(text, kql.String, t), t, false}
			if t == kql.String {
				out.cols[i].sql = "coalesce(" + text + ", '')"
			}
		} else if j, ok := byName[col.Name]; ok {
			out.cols[i] = first.cols[j]
		} else {
			c.fail(errorf("the plan leaves column %s of parse-kv without a value", col.Name))
		}
	}
	return c.nest(&out, out.cols)
}
