package azure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// readBicep reads a Bicep file back. No compiler of Bicep can be had from a registry, so this is a reader of the part of the
// language that the templates use: declarations with decorators, objects, lists and expressions. What it does not know is
// an error.
func readBicep(t *testing.T, w world, text string) reading {
	t.Helper()
	r := &bicepReader{t: t, w: w, names: map[string]any{}}
	r.p = &termParser{t: t, text: text, call: r.call, name: r.word, method: func(of any, name string) any {
		if m, ok := of.(map[string]any); ok && name == "listKeys" {
			return keysOf(w, m["id"].(string))
		}
		t.Fatalf("no method %s of %v", name, of)
		return nil
	}}
	out := reading{map[string]map[string]string{}, map[string]string{}, map[string]string{}}
	for r.skip(); r.p.at < len(text); r.skip() {
		r.declaration(&out)
	}
	return out
}

type bicepReader struct {
	t     *testing.T
	w     world
	p     *termParser
	names map[string]any
}

// skip passes over space and what says nothing about resources.
func (r *bicepReader) skip() {
	for {
		r.p.space()
		rest := r.p.text[r.p.at:]
		switch {
		case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "#disable-next-line "):
			r.p.at += strings.IndexByte(rest, '\n') + 1
		default:
			return
		}
	}
}

func (r *bicepReader) call(name string, args []any) any {
	if name == "reference" {
		return map[string]any{"principalId": r.w.principal(fmt.Sprint(args[0]))}
	}
	if name == "environment" {
		return map[string]any{"suffixes": map[string]any{"storage": r.w.storage}}
	}
	return pureCall(r.t, name, args)
}

func (r *bicepReader) word(word string) any {
	v, ok := r.names[word]
	if !ok {
		r.t.Fatalf("%s is not declared before it is used", word)
	}
	return v
}

func (r *bicepReader) declare(name string, value any) {
	if _, ok := r.names[name]; ok {
		r.t.Fatalf("%s is declared twice", name)
	}
	r.names[name] = value
}

func (r *bicepReader) declaration(out *reading) {
	p := r.p
	if p.take("@") {
		name := p.word()
		if !slices.Contains([]string{"description", "minLength", "maxLength", "minValue", "maxValue", "allowed"}, name) || !p.take("(") {
			r.t.Fatalf("a decorator %s", name)
		}
		r.value()
		if !p.take(")") {
			r.t.Fatalf("the decorator %s has no end", name)
		}
		return
	}
	switch what := p.word(); what {
	case "targetScope", "metadata":
		if what == "metadata" {
			p.word()
		}
		r.expect("=")
		r.value()
	case "param":
		name, kind := p.word(), p.word()
		r.expect("=")
		value := r.value()
		if _, number := value.(float64); (kind == "int") != number {
			r.t.Errorf("the parameter %s of type %s is %v", name, kind, value)
		}
		r.declare(name, value)
	case "var":
		name := p.word()
		r.expect("=")
		r.declare(name, r.value())
	case "output":
		name, kind := p.word(), p.word()
		r.expect("=")
		value := r.value()
		if name == "intake" && kind == "object" {
			flatten(out.intake, "", value)
		} else {
			out.outputs[name] = fmt.Sprint(value)
		}
	case "resource":
		r.resource(out)
	default:
		r.t.Fatalf("a declaration %q at %.60q", what, p.text[p.at:])
	}
}

func (r *bicepReader) expect(s string) {
	if !r.p.take(s) {
		r.t.Fatalf("expected %s at %.60q", s, r.p.text[r.p.at:])
	}
}

func (r *bicepReader) resource(out *reading) {
	symbol := r.p.word()
	kind, version, _ := strings.Cut(r.value().(string), "@")
	r.expect("=")
	body := r.value().(map[string]any)
	name := body["name"].(string)
	id := r.w.id(kind, name)
	scope := ""
	if parent, ok := body["parent"].(map[string]any); ok {
		parentKind := kind[:strings.LastIndexByte(kind, '/')]
		if parent["kind"] != parentKind {
			r.t.Errorf("%s of type %s has a parent of type %v", symbol, kind, parent["kind"])
		}
		id = parent["id"].(string) + "/" + last(kind) + "/" + name
	}
	if of, ok := body["scope"].(map[string]any); ok {
		scope = of["id"].(string)
		id = scope + "/providers/" + kind + "/" + name
	}
	delete(body, "parent")
	delete(body, "scope")
	delete(body, "name")
	delete(body, "dependsOn") // what it names was declared before, or reading it has failed
	if kind == nestedKind.name {
		out.putNested(r.t, body)
		r.declare(symbol, map[string]any{"id": id, "name": name, "kind": kind})
		return
	}
	flat := map[string]string{"apiVersion": version}
	flatten(flat, "", body)
	out.resources[key(kind, id, scope, flat)] = flat
	r.declare(symbol, map[string]any{
		"id": id, "name": name, "kind": kind,
		"properties": map[string]any{
			"principalId": r.w.principal(id), "clientId": r.w.client(id), "serviceBusEndpoint": r.w.endpoint(id), "primaryEndpoints": map[string]any{"blob": r.w.blob(id)},
		},
	})
}

// value reads an object, a list or an expression; the items of the first two stand on lines of their own.
func (r *bicepReader) value() any {
	p := r.p
	switch {
	case p.take("{"):
		out := map[string]any{}
		for !p.take("}") {
			var name string
			if p.space(); p.text[p.at] == '\'' {
				name = p.quoted()
			} else {
				name = p.word()
			}
			r.expect(":")
			if _, ok := out[name]; ok || name == "" {
				r.t.Fatalf("the property %q is there twice, or has no name", name)
			}
			out[name] = r.value()
		}
		return out
	case p.take("["):
		var out []any
		for !p.take("]") {
			out = append(out, r.value())
		}
		return out
	}
	return p.term()
}
