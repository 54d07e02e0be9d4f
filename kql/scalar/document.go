package scalar

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
)

var documentFunctions = map[string]Function{
	"parse_csv":     {"s", 'd', strict(parseCSV)},
	"parse_xml":     {"s", 'd', strict(parseXML)},
	"parse_path":    {"s", 'd', strict(parseFilePath)},
	"parse_version": {"s", 's', strict(parseVersion)},
	"parse_kv":      {"sdsssdb", 'd', strict(parseKV)},
	"extract_json":  {"ss", 'd', strict(extractJSON)},
}

// parseCSV reads one record.
func parseCSV(a []any) any {
	if text(a[0]) == "" {
		return []any{""}
	}
	r := csv.NewReader(strings.NewReader(text(a[0])))
	r.LazyQuotes = true
	r.FieldsPerRecord = -1
	record, err := r.Read()
	if err != nil {
		return nil
	}
	out := make([]any, len(record))
	for i, field := range record {
		out[i] = field
	}
	return out
}

// parseXML makes bags of elements: attributes are members with @, the text beside them is #text, elements of one name are an array.
func parseXML(a []any) any {
	d := xml.NewDecoder(strings.NewReader(text(a[0])))
	d.Strict = true
	out := newBag()
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil
		}
		switch t := token.(type) {
		case xml.ProcInst:
			if t.Target == "xml" {
				out.set("?xml", attributesOf(string(t.Inst)))
			}
		case xml.StartElement:
			v, err := xmlElement(d, t, 0)
			if err != nil {
				return nil
			}
			out.set(xmlName(t.Name), v)
		}
	}
	if len(out.names) == 0 {
		return nil
	}
	return out
}

var xmlAttribute = regexp.MustCompile(`([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)

func attributesOf(s string) any {
	out := newBag()
	for _, m := range xmlAttribute.FindAllStringSubmatch(s, -1) {
		out.set("@"+m[1], m[2]+m[3])
	}
	return out
}

func xmlName(n xml.Name) string { return n.Local }

func xmlElement(d *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	out := newBag()
	for _, attr := range start.Attr {
		out.set("@"+xmlName(attr.Name), attr.Value)
	}
	var content strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			v, err := xmlElement(d, t, depth+1)
			if err != nil {
				return nil, err
			}
			name := xmlName(t.Name)
			switch earlier := out.values[name].(type) {
			case nil:
				out.set(name, v)
			case []any:
				out.set(name, append(earlier, v))
			default:
				out.set(name, []any{earlier, v})
			}
		case xml.CharData:
			content.Write(t)
		case xml.EndElement:
			s := strings.TrimSpace(content.String())
			switch {
			case len(out.names) == 0 && s == "":
				return nil, nil
			case len(out.names) == 0:
				return s, nil
			case s != "":
				out.set("#text", s)
			}
			return out, nil
		}
	}
}

// parseFilePath takes paths of Windows, of Unix and of URLs apart.
func parseFilePath(a []any) any {
	s := text(a[0])
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	rest = strings.ReplaceAll(rest, "\\", "/")
	stream := ""
	if at := strings.LastIndexByte(rest, ':'); at > 1 && scheme == "" && !strings.Contains(rest[at:], "/") {
		rest, stream = rest[:at], rest[at+1:]
	}
	root := ""
	switch {
	case len(rest) >= 2 && rest[1] == ':':
		root = rest[:2]
	case strings.HasPrefix(rest, "//") && scheme == "":
		root = "//" + strings.SplitN(rest[2:], "/", 2)[0]
	case strings.HasPrefix(rest, "/"):
		root = "/"
	}
	dir, file := path.Split(rest)
	trimmed := strings.TrimSuffix(dir, "/")
	name := ""
	if trimmed != "" {
		name = path.Base(trimmed)
		if strings.HasSuffix(name, ":") {
			name = ""
		}
	}
	extension := strings.TrimPrefix(path.Ext(file), ".")
	original := func(part string) string {
		if strings.Contains(s, "\\") && scheme == "" {
			return strings.ReplaceAll(part, "/", "\\")
		}
		return part
	}
	if trimmed == "" && dir != "" {
		trimmed = "/"
	}
	out := newBag()
	out.set("Scheme", scheme)
	out.set("RootPath", original(root))
	out.set("DirectoryPath", original(trimmed))
	out.set("DirectoryName", name)
	out.set("Filename", file)
	out.set("Extension", extension)
	out.set("AlternateDataStreamName", stream)
	return out
}

// parseVersion makes a number of up to four parts of at most eight digits.
func parseVersion(a []any) any {
	parts := strings.Split(strings.TrimSpace(text(a[0])), ".")
	if len(parts) > 4 {
		return nil
	}
	var b strings.Builder
	for i := range 4 {
		part := "0"
		if i < len(parts) {
			part = parts[i]
		}
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || n > 99999999 {
			return nil
		}
		digits := strconv.FormatUint(n, 10)
		b.WriteString(strings.Repeat("0", 8-len(digits)) + digits)
	}
	out := strings.TrimLeft(b.String(), "0")
	if out == "" {
		return "0"
	}
	return out
}

// parsePath reads a JSON path such as $.a['b'][0]: names are strings, places int64.
func parsePath(s string) ([]any, bool) {
	if !strings.HasPrefix(s, "$") {
		return nil, false
	}
	s = s[1:]
	var out []any
	for s != "" && len(out) < maxDepth {
		switch {
		case strings.HasPrefix(s, "['"), strings.HasPrefix(s, `["`):
			end := strings.Index(s[2:], s[1:2]+"]")
			if end < 0 {
				return nil, false
			}
			out = append(out, s[2:2+end])
			s = s[2+end+2:]
		case s[0] == '[':
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return nil, false
			}
			i, err := strconv.ParseInt(strings.TrimSpace(s[1:end]), 10, 64)
			if err != nil {
				return nil, false
			}
			out = append(out, i)
			s = s[end+1:]
		case s[0] == '.':
			end := strings.IndexAny(s[1:], ".[")
			if end < 0 {
				end = len(s) - 1
			}
			if end == 0 {
				return nil, false
			}
			out = append(out, s[1:1+end])
			s = s[1+end:]
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}

func follow(v any, path []any) (any, bool) {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			bag, ok := v.(*Bag)
			if !ok {
				return nil, false
			}
			if v, ok = bag.values[step]; !ok {
				return nil, false
			}
		case int64:
			items, ok := v.([]any)
			if step < 0 {
				step += int64(len(items))
			}
			if !ok || step < 0 || step >= int64(len(items)) {
				return nil, false
			}
			v = items[step]
		}
	}
	return v, true
}

func extractJSON(a []any) any {
	path, ok := parsePath(text(a[0]))
	if !ok && text(a[0]) != "$" {
		return nil
	}
	v, err := Parse(text(a[1]))
	if err != nil {
		return nil
	}
	out, _ := follow(v, path)
	return out
}
