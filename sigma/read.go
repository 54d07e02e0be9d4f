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
	// What counts towards the bounds of a file, and whether one is passed.
	spent     struct{ nodes, written, tests, texts, programs int }
	exhausted bool

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
			root = r.merge(r.global, root)
			text = r.rewritten(root, text)
		}
		r.previous = root
	case "correlation":
	case "global":
		if r.global == nil {
			r.global = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: root.Line, Column: root.Column}
		}
		r.global = r.merge(r.global, root)
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
		root = r.merge(r.previous, root)
		text = r.rewritten(root, text)
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
			if !r.failed {
				r.warnOfBreadth(e.value, rule.Condition)
			}
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

// warnOfBreadth warns of a condition that is no choice among events.
func (r *reader) warnOfBreadth(at *yaml.Node, condition Node) {
	if known, _ := foregone(condition); known {
		return // that is told already
	}
	if why := breadth(condition); why != "" {
		r.warn(at, "the rule may match nearly every event of its logsource: %s; let it ask for something in particular", why)
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

// rewritten is the YAML of a rule that others' keys were merged into, so that it can be read by itself.
func (r *reader) rewritten(root *yaml.Node, otherwise []byte) []byte {
	if r.exhausted || aliased(root) {
		return otherwise
	}
	text, err := yaml.Marshal(root)
	if err != nil || !r.afford(&r.spent.written, len(text), maxWritten, root, "bytes with what the global documents add to every rule") {
		return otherwise
	}
	return text
}

// aliased reports whether a node has aliases: their anchor may be in another document.
func aliased(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, aliased)
}

// merge lays keys over others, deeply: those of over win. The action is not handed on.
func (r *reader) merge(under, over *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: over.Line, Column: over.Column}
	if !r.afford(&r.spent.nodes, len(under.Content), maxNodes, over, "values, those of global documents counted each time") {
		return out
	}
	place := make(map[string]int, len(over.Content)/2) // of a key in over
	for i := 0; i+1 < len(over.Content); i += 2 {
		place[over.Content[i].Value] = i
	}
	merged := make(map[int]bool)
	for i := 0; i+1 < len(under.Content); i += 2 {
		key, value := under.Content[i], under.Content[i+1]
		if j, ok := place[key.Value]; ok && !merged[j] {
			merged[j] = true
			key = over.Content[j]
			if own := over.Content[j+1]; own.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode {
				value = r.merge(value, own)
			} else {
				value = own
			}
		}
		out.Content = append(out.Content, key, value)
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		if !merged[i] {
			out.Content = append(out.Content, over.Content[i], over.Content[i+1])
		}
	}
	out.Content = withoutAction(out.Content)
	return out
}

func withoutAction(content []*yaml.Node) []*yaml.Node {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == "action" {
			return slices.Delete(content, i, i+2)
		}
	}
	return content
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
