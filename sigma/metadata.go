package sigma

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const maxTitle = 256 // characters; the specification's bound

var (
	uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	date = regexp.MustCompile(`^[1-3]\d{3}(-[01]\d-[0-3]\d|/[01]?\d/[0-3]?\d)$`)
	tag  = regexp.MustCompile(`^[a-z0-9_-]+\..`)
)

// metadata reads what every kind of rule says about itself. Faults in it are warnings: the rule can be used. That a title
// is missing is none.
func (r *reader) metadata(root *yaml.Node, entries []entry, text []byte) Metadata {
	m := Metadata{File: r.file, Line: root.Line, Text: text}
	old := scalarOf(root, "action") == "correlation"
	var id *yaml.Node
	r.lenient = true
	for _, e := range entries {
		switch e.key {
		case "id":
			if id = e.value; id.Tag != "!!null" {
				m.ID = strings.ToLower(r.text(e.value, "a UUID"))
			}
		case "title":
			m.Title = strings.TrimSpace(r.optional(e.value))
			if len([]rune(m.Title)) > maxTitle {
				r.warn(e.value, "the title is longer than %d characters", maxTitle)
			}
		case "name":
			m.Name = r.optional(e.value)
		case "description":
			m.Description = r.optional(e.value)
		case "license":
			m.License = r.optional(e.value)
		case "author":
			m.Author = strings.Join(r.texts(e.value, "a name"), ", ")
		case "status":
			m.Status = r.status(e.value)
		case "level":
			m.Level = r.level(e.value)
		case "date":
			m.Date = r.date(e)
		case "modified":
			m.Modified = r.date(e)
		case "references":
			m.References = r.texts(e.value, "an address")
		case "falsepositives":
			m.FalsePositives = r.texts(e.value, "a text")
		case "tags":
			m.Tags = r.tags(e.value)
		case "related":
			m.Related = r.related(e.value)
		case "logsource", "detection", "fields", "correlation", "filter", "action":
		default:
			if !old || !oldCorrelationKey(e.key) {
				r.custom(&m, e)
			}
		}
	}
	r.lenient = false
	r.identity(&m, root, id)
	return m
}

// identity gives a rule its title and id where it has none.
func (r *reader) identity(m *Metadata, root, id *yaml.Node) {
	if m.Title == "" {
		if !r.old {
			r.problem(root, "expected title: a short text that says what the rule finds")
			m.Title = m.Name
		} else if m.Title = m.Name; m.Title == "" {
			m.Title = base(r.file)
		}
	}
	written := m.ID
	if written != "" && !uuid.MatchString(written) {
		m.ID = ""
		r.warn(id, "the id %s is no UUID (8-4-4-4-12 hexadecimal digits); one derived from the title and the file's name is used",
			shorten(written))
	}
	if m.ID == "" {
		m.ID = derive(base(r.file), m.Title)
	}
	// Rules that have their id from an action: global or the rule that they repeat would all have the same.
	inherited := id != nil && id.Line < root.Line
	n := r.ids[m.ID]
	r.ids[m.ID]++
	if n > 0 && (written == "" || inherited) {
		m.ID = derive(m.ID, m.Title, strconv.Itoa(n))
	}
}

// derive makes a UUID (version 8, RFC 9562) of texts.
func derive(of ...string) string {
	sum := sha256.Sum256([]byte("penstock sigma rule\x00" + strings.Join(of, "\x00")))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (r *reader) status(n *yaml.Node) Status {
	switch s := Status(strings.ToLower(r.optional(n))); s {
	case "", Stable, Testing, Experimental, Deprecated, Unsupported:
		return s
	default:
		r.warn(n, "unknown status %q; expected stable, test, experimental, deprecated or unsupported", string(s))
	}
	return ""
}

func (r *reader) level(n *yaml.Node) Level {
	switch l := Level(strings.ToLower(r.optional(n))); l {
	case "", Informational, Low, Medium, High, Critical:
		return l
	default:
		r.warn(n, "unknown level %q; expected informational, low, medium, high or critical", string(l))
	}
	return ""
}

func (r *reader) date(e entry) string {
	s := r.optional(e.value)
	if s != "" && !date.MatchString(s) {
		r.warn(e.value, "%s is no date for %s; expected one like 2025-01-31", shorten(s), e.key)
	}
	return s
}

func (r *reader) tags(n *yaml.Node) []string {
	list := r.texts(n, "a tag like attack.t1059")
	for i, t := range list {
		list[i] = strings.ToLower(t)
		if !tag.MatchString(list[i]) {
			r.warn(n, "the tag %s has no namespace; expected one like attack.t1059", shorten(t))
		}
	}
	return list
}

func (r *reader) related(n *yaml.Node) []Related {
	n = r.follow(n)
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.warn(n, "expected a list of related rules, each with id and type; got %s", kindOf(n))
		return nil
	}
	var out []Related
	for _, item := range n.Content {
		var rel Related
		for _, e := range r.entries(item, "id and type of a related rule") {
			switch e.key {
			case "id":
				rel.ID = strings.ToLower(r.optional(e.value))
			case "type":
				rel.Type = strings.ToLower(r.optional(e.value))
			}
		}
		out = append(out, rel)
	}
	return out
}

// custom keeps an attribute that the specification does not know. A key that belongs elsewhere was written there by mistake.
func (r *reader) custom(m *Metadata, e entry) {
	if place := misplaced(e.key); place != "" {
		r.warn(e.at, "the key %q means nothing here; %s", e.key, place)
	}
	if !r.bounded(e.value, 0) {
		return
	}
	var v any
	if err := e.value.Decode(&v); err != nil {
		r.warn(e.value, "the value of %q cannot be read: %v", e.key, err)
		return
	}
	if m.Custom == nil {
		m.Custom = make(map[string]any)
	}
	m.Custom[e.key] = v
}

// misplaced says where a key of the top level belongs.
func misplaced(key string) string {
	switch key {
	case "condition", "timeframe", "selection", "keywords":
		return "it belongs under detection"
	case "category", "product", "service":
		return "it belongs under logsource"
	case "detections", "log_source", "logsources", "correlations", "filters", "falsepositive", "false_positives", "reference", "tag":
		known := map[string]string{"detections": "detection", "log_source": "logsource", "logsources": "logsource",
			"correlations": "correlation", "filters": "filter", "falsepositive": "falsepositives",
			"false_positives": "falsepositives", "reference": "references", "tag": "tags"}
		return "did you mean " + known[key] + "?"
	case "group-by", "timespan", "rules", "aliases", "generate":
		return "it belongs under correlation"
	}
	return ""
}
