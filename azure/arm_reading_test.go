package azure

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// readARM reads an ARM template back, evaluating its expressions with the defaults of its parameters.
func readARM(t *testing.T, w world, text string) reading {
	t.Helper()
	var doc struct {
		Parameters map[string]struct {
			DefaultValue any `json:"defaultValue"`
		} `json:"parameters"`
		Variables map[string]string `json:"variables"`
		Resources []map[string]any  `json:"resources"`
		Outputs   map[string]struct {
			Type  string `json:"type"`
			Value any    `json:"value"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	e := &armEval{t: t, w: w, variables: map[string]any{}, parameters: map[string]any{}}
	for name, p := range doc.Parameters {
		e.parameters[name] = p.DefaultValue
	}
	for name, v := range doc.Variables {
		e.variables[name] = e.value(v)
	}
	out := reading{map[string]map[string]string{}, map[string]string{}, map[string]string{}}
	ids := map[string]bool{}
	type waiting struct {
		of    string
		needs []any
	}
	var waits []waiting
	for _, r := range doc.Resources {
		kind := r["type"].(string)
		names := strings.Split(e.value(r["name"]).(string), "/")
		scope, _ := e.value(r["scope"]).(string)
		id := w.id(kind, names...)
		if scope != "" {
			id = scope + "/providers/" + kind + "/" + names[0]
		}
		ids[id] = true
		if list, ok := r["dependsOn"].([]any); ok {
			waits = append(waits, waiting{id, list})
		}
		body := map[string]any{}
		for name, value := range r {
			switch name {
			case "type", "name", "dependsOn", "scope", "comments", "apiVersion":
			default:
				body[name] = e.value(value)
			}
		}
		if kind == nestedKind.name {
			out.putNested(t, body)
			continue
		}
		flat := map[string]string{"apiVersion": r["apiVersion"].(string)}
		flatten(flat, "", body)
		out.resources[key(kind, id, scope, flat)] = flat
	}
	for _, one := range waits {
		for _, need := range one.needs {
			if id := e.value(need); !ids[id.(string)] {
				t.Errorf("%s waits for %v, which is not in the template", one.of, id)
			}
		}
	}
	for name, o := range doc.Outputs {
		if name == "intake" {
			flatten(out.intake, "", e.value(o.Value))
		} else {
			out.outputs[name] = fmt.Sprint(e.value(o.Value))
		}
	}
	return out
}

// armEval evaluates expressions: the functions that the templates use, and no others.
type armEval struct {
	t                     *testing.T
	w                     world
	parameters, variables map[string]any
}

func (e *armEval) value(v any) any {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "[[") {
			return v[1:]
		}
		if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") {
			p := &termParser{t: e.t, text: v[1 : len(v)-1], call: e.call}
			out := p.term()
			if p.space(); p.at != len(p.text) {
				e.t.Fatalf("%s: cannot be read from %q", v, p.text[p.at:])
			}
			return out
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = e.value(one)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, one := range v {
			out[e.value(name).(string)] = e.value(one)
		}
		return out
	}
	return v
}

func (e *armEval) call(name string, args []any) any {
	text := func(i int) string { return fmt.Sprint(args[i]) }
	var texts []string
	for i := range args {
		texts = append(texts, text(i))
	}
	switch name {
	case "parameters":
		if v, ok := e.parameters[text(0)]; ok {
			return v
		}
	case "variables":
		if v, ok := e.variables[text(0)]; ok {
			return v
		}
	case "resourceId":
		if strings.Count(text(0), "/") == len(args)-1 {
			return e.w.id(text(0), texts[1:]...)
		}
	case "extensionResourceId":
		return text(0) + "/providers/" + text(1) + "/" + text(2)
	case "reference":
		id := text(0)
		return map[string]any{
			"principalId": e.w.principal(id), "clientId": e.w.client(id), "serviceBusEndpoint": e.w.endpoint(id), "primaryEndpoints": map[string]any{"blob": e.w.blob(id)},
		}
	case "listKeys":
		return keysOf(e.w, text(0))
	case "environment":
		return map[string]any{"suffixes": map[string]any{"storage": e.w.storage}}
	}
	return pureCall(e.t, name, args)
}

func keysOf(w world, id string) any {
	return map[string]any{"primaryConnectionString": w.listen(id), "keys": []any{map[string]any{"value": "key-of-" + last(id)}}}
}

// pureCall is a function that ARM and Bicep have alike.
func pureCall(t *testing.T, name string, args []any) any {
	t.Helper()
	var texts []string
	for _, a := range args {
		texts = append(texts, fmt.Sprint(a))
	}
	switch name {
	case "toLower":
		return strings.ToLower(texts[0])
	case "concat":
		return strings.Join(texts, "")
	case "format":
		out := texts[0]
		for i, one := range texts[1:] {
			out = strings.ReplaceAll(out, fmt.Sprintf("{%d}", i), one)
		}
		return out
	case "mul":
		return args[0].(float64) * args[1].(float64)
	case "guid":
		return "guid-of-" + strings.ReplaceAll(strings.Join(texts, "+"), "/", ".")
	case "subscriptionResourceId":
		return "/subscriptions/" + subscription + "/providers/" + texts[0] + "/" + texts[1]
	case "replace":
		return strings.ReplaceAll(texts[0], texts[1], texts[2])
	case "split":
		var out []any
		for part := range strings.SplitSeq(texts[0], texts[1]) {
			out = append(out, part)
		}
		return out
	case "first":
		return args[0].([]any)[0]
	}
	t.Fatalf("no function %s with %v", name, args)
	return nil
}

// termParser reads an expression of ARM or of Bicep: texts, numbers, calls, members, items, products.
type termParser struct {
	t    *testing.T
	text string
	at   int
	call func(name string, args []any) any
	// name gives what a bare word stands for; nil: there are none.
	name func(word string) any
	// method is a call on a value.
	method func(of any, name string) any
}

func (p *termParser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n') {
		p.at++
	}
}

func (p *termParser) take(s string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

func (p *termParser) word() string {
	p.space()
	from := p.at
	for p.at < len(p.text) && (p.text[p.at] == '_' || p.text[p.at] >= '0' && p.text[p.at] <= '9' || p.text[p.at]|32 >= 'a' && p.text[p.at]|32 <= 'z') {
		p.at++
	}
	return p.text[from:p.at]
}

func (p *termParser) term() any {
	v := p.operand()
	for {
		switch {
		case p.take("*"):
			v = v.(float64) * p.operand().(float64)
		case p.take("."):
			name := p.word()
			if p.take("(") {
				if !p.take(")") {
					p.t.Fatalf("%s: an argument that is not expected", p.text)
				}
				v = p.method(v, name)
				continue
			}
			m, ok := v.(map[string]any)
			if !ok || m[name] == nil {
				p.t.Fatalf("%s: %v has no %s", p.text, v, name)
			}
			v = m[name]
		case p.take("["):
			i := p.term().(float64)
			v = v.([]any)[int(i)]
			if !p.take("]") {
				p.t.Fatalf("%s: ] is missing", p.text)
			}
		default:
			return v
		}
	}
}

func (p *termParser) operand() any {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '\'' {
		return p.quoted()
	}
	word := p.word()
	if word == "" {
		p.t.Fatalf("%s: cannot be read from %d", p.text, p.at)
	}
	if word == "true" || word == "false" {
		return word == "true"
	}
	if word[0] >= '0' && word[0] <= '9' {
		var n float64
		fmt.Sscan(word, &n)
		return n
	}
	if p.take("(") {
		var args []any
		for !p.take(")") {
			args = append(args, p.term())
			p.take(",")
		}
		return p.call(word, args)
	}
	if p.name == nil {
		p.t.Fatalf("%s: a bare word %s", p.text, word)
	}
	return p.name(word)
}

// quoted reads a text: of ARM with ” for ', of Bicep with escapes and values in it.
func (p *termParser) quoted() string {
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '\'' && p.name == nil && strings.HasPrefix(p.text[p.at:], "''"):
			b.WriteByte('\'')
			p.at++
		case c == '\'':
			p.at++
			return b.String()
		case c == '\\' && p.name != nil:
			p.at++
			b.WriteByte(p.text[p.at])
		case c == '$' && p.name != nil && strings.HasPrefix(p.text[p.at:], "${"):
			p.at += 2
			fmt.Fprint(&b, p.term())
			if p.at >= len(p.text) || p.text[p.at] != '}' {
				p.t.Fatalf("%s: } is missing", p.text)
			}
		default:
			b.WriteByte(c)
		}
	}
	p.t.Fatalf("%s: a text without end", p.text)
	return ""
}
