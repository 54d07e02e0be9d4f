package sigma

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Options of reading.
type Options struct {
	// Placeholder gives the values that %name% stands for (modifier expand); nil or false: none is defined. Wildcards in
	// them count.
	Placeholder func(name string) ([]string, bool)
}

// Collection is what files of rules hold.
type Collection struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	Problems     []*Problem
}

// Read reads one file: a YAML text of one or several documents. Every fault in it is told; a document that has one (but
// for warnings) gives no rule, the others do. References between rules stay as they are written until Resolve.
func Read(file string, data []byte, o Options) *Collection {
	r := &reader{file: file, options: o, out: &Collection{}, ids: make(map[string]int)}
	if len(data) > maxFile {
		r.out.Problems = append(r.out.Problems, &Problem{File: file, Position: Position{1, 1},
			Message: "the file is larger than 1 MiB; split it into several"})
		return r.out
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	parts := split(data)
	if len(parts) > maxDocuments {
		r.out.Problems = append(r.out.Problems, &Problem{File: file, Position: Position{parts[maxDocuments].line + 1, 1},
			Message: "the file has more than 2,000 documents; those from here on are not read"})
		parts = parts[:maxDocuments]
	}
	roots := make([]*yaml.Node, len(parts))
	for i, p := range parts {
		root, fault := parse(p)
		if fault != nil {
			fault.File = file
			r.out.Problems = append(r.out.Problems, fault)
		}
		roots[i] = root
		r.old = r.old || root != nil && root.Kind == yaml.MappingNode && scalarOf(root, "action") == "correlation"
	}
	for i, root := range roots {
		if root != nil && !r.exhausted {
			r.document(root, parts[i])
		}
	}
	slices.SortStableFunc(r.out.Problems, func(a, b *Problem) int { return a.Line - b.Line })
	return r.out
}

// reader walks the YAML tree of a document and gathers what is in it and what is wrong.
type reader struct {
	file    string
	options Options
	out     *Collection
	// old: the file has correlations in the older layout, whose rules need neither a title nor a logsource.
	old      bool
	global   *yaml.Node // what action: global documents hold; nil: none
	previous *yaml.Node // the rule that action: repeat varies
	ids      map[string]int
	// What the bounds are about: nodes looked at, tests made, bytes written.
	nodes, tests, bytes int
	exhausted           bool

	// Of the document that is being read:
	problems []*Problem
	failed   bool
	lenient  bool // faults are warnings: those of metadata
}

// document reads one document, whatever it is.
func (r *reader) document(root *yaml.Node, p part) {
	r.problems, r.failed = nil, false
	var m Metadata
	defer func() {
		for _, problem := range r.problems {
			problem.RuleID, problem.Title = m.ID, m.Title
		}
		r.out.Problems = append(r.out.Problems, r.problems...)
	}()
	if root.Kind != yaml.MappingNode {
		r.problem(root, "expected a rule: keys such as title, logsource and detection; got %s", kindOf(root))
		return
	}
	text := p.text
	switch action := strings.ToLower(scalarOf(root, "action")); action {
	case "":
		if has(root, "correlation") || has(root, "filter") {
			break
		}
		if r.global != nil {
			root = merge(r.global, root)
			text = r.written(root, text)
		}
		r.previous = root
	case "correlation":
	case "global":
		if r.global == nil {
			r.global = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: root.Line, Column: root.Column}
		}
		r.global = merge(r.global, root)
		r.previous = r.global
		return
	case "reset":
		r.global = nil
		return
	case "repeat":
		if r.previous == nil {
			r.problem(root, "action: repeat varies the rule in front of it, and there is none")
			return
		}
		root = merge(r.previous, root)
		text = r.written(root, text)
		r.previous = root
	default:
		r.problem(root, "unknown action %s; expected global, reset, repeat or correlation", shorten(action))
		return
	}
	if r.failed {
		return
	}
	entries := r.entries(root, "a rule")
	m = r.metadata(root, entries, text)
	switch {
	case has(root, "correlation"), scalarOf(root, "action") == "correlation":
		r.correlation(root, entries, m)
	case has(root, "filter"), scalarOf(root, "type") == "filter":
		r.filter(root, entries, m)
	default:
		r.rule(root, entries, m)
	}
}

// rule reads a detection rule.
func (r *reader) rule(root *yaml.Node, entries []entry, m Metadata) {
	rule := &Rule{Metadata: m}
	for _, e := range entries {
		switch e.key {
		case "logsource":
			rule.Logsource = r.logsource(e.value)
		case "detection":
			rule.Condition = r.detection(e.value)
		case "fields":
			rule.Fields = r.texts(e.value, "the name of a field")
		}
	}
	if !among(entries, "logsource") && !r.old {
		r.problem(root, "expected logsource: with category, product or service")
	}
	if !among(entries, "detection") {
		r.problem(root, "expected detection: with selections and a condition")
	}
	if !r.failed {
		r.out.Rules = append(r.out.Rules, rule)
	}
}

func (r *reader) logsource(n *yaml.Node) Logsource {
	var ls Logsource
	entries := r.entries(n, "category, product or service")
	for _, e := range entries {
		switch e.key {
		case "category":
			ls.Category = strings.ToLower(r.optional(e.value))
		case "product":
			ls.Product = strings.ToLower(r.optional(e.value))
		case "service":
			ls.Service = strings.ToLower(r.optional(e.value))
		case "definition":
			ls.Definition = r.optional(e.value)
		default:
			r.warn(e.at, "logsource has no key %q; expected category, product, service or definition", e.key)
		}
	}
	if ls.Category+ls.Product+ls.Service == "" && !r.failed {
		r.problem(n, "expected category, product or service in logsource: which events is the rule for?")
	}
	return ls
}

// optional is a text that may be missing.
func (r *reader) optional(n *yaml.Node) string {
	if n.Tag == "!!null" {
		return ""
	}
	return r.text(n, "a text")
}

// written is the YAML of a rule that others' keys were merged into, so that it can be read by itself.
func (r *reader) written(root *yaml.Node, otherwise []byte) []byte {
	if aliased(root) {
		return otherwise
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		return otherwise
	}
	if r.bytes += len(text); r.bytes > maxWritten {
		r.problem(root, "the global documents of the file make it longer than %d MiB; split it into several", maxWritten>>20)
	}
	return text
}

// aliased reports whether a node has aliases: their anchor may be in another document.
func aliased(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, aliased)
}

// merge lays keys over others, deeply: those of over win. The action is not handed on.
func merge(under, over *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: over.Line, Column: over.Column}
	for i := 0; i+1 < len(under.Content); i += 2 {
		if under.Content[i].Value != "action" {
			out.Content = append(out.Content, under.Content[i], under.Content[i+1])
		}
	}
	inherited := len(out.Content)
next:
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		if key.Value == "action" {
			continue
		}
		for j := 0; j < inherited; j += 2 {
			if out.Content[j].Value != key.Value {
				continue
			}
			if value.Kind == yaml.MappingNode && out.Content[j+1].Kind == yaml.MappingNode {
				value = merge(out.Content[j+1], value)
			}
			out.Content[j], out.Content[j+1] = key, value
			continue next
		}
		out.Content = append(out.Content, key, value)
	}
	return out
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func has(n *yaml.Node, key string) bool { return valueOf(n, key) != nil }

func among(entries []entry, key string) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return e.key == key })
}

// scalarOf is the text of a key; empty where there is none.
func scalarOf(n *yaml.Node, key string) string {
	if v := valueOf(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// base is the name of a file without folders and extension.
func base(file string) string {
	name := filepath.Base(filepath.ToSlash(file))
	return strings.TrimSuffix(name, filepath.Ext(name))
}
