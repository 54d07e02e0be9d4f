package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Error is a mistake in the configuration.
type Error struct {
	File    string
	Line    int    // from 1; 0 where no line is to blame
	Key     string // as intakes[0].eventhub.hub; empty where no key is to blame
	Message string // what is wrong and what was expected
	Source  string // the line, secrets hidden
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Message)
	if e.Source != "" {
		fmt.Fprintf(&b, "\n  %4d | %s", e.Line, e.Source)
	}
	return b.String()
}

// maxFile bounds the configuration and the files with secrets.
const maxFile = 1 << 20

// Load reads a configuration file, fills in defaults, the environment and the files with secrets, and checks the
// result. What is wrong with the content comes as *Error, several of them joined.
func Load(path string) (*Config, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(path, text)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Parse is Load for text that was read already; relative paths in it are taken from the directory of path.
func Parse(path string, text []byte) (*Config, error) {
	d := &document{path: path, lines: strings.Split(string(text), "\n")}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, d.explain(err, nil)
	}
	c := new(Config)
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		return nil, d.at(file.Docs[1].Body.GetToken(), "", "expected one document, found a second one")
	}
	if len(file.Docs) > 0 && file.Docs[0].Body != nil {
		d.root = file.Docs[0].Body
		if err := d.expandEnvironment(); err != nil {
			return nil, err
		}
		if err := yaml.NodeToValue(d.root, c, yaml.Strict()); err != nil {
			return nil, d.explain(err, c)
		}
	}
	if err := setDefaults(reflect.ValueOf(c).Elem()); err != nil {
		return nil, err
	}
	if err := d.check(c); err != nil {
		return nil, err
	}
	return c, nil
}

// document is the text under examination, to point into.
type document struct {
	path  string
	lines []string
	root  ast.Node
}

func (d *document) at(t *token.Token, key, message string) *Error {
	e := &Error{File: d.path, Key: key, Message: message}
	if t != nil && t.Position != nil {
		e.Line = t.Position.Line
		if e.Line >= 1 && e.Line <= len(d.lines) {
			e.Source = hideSecret(strings.TrimRight(d.lines[e.Line-1], "\r "))
		}
	}
	return e
}

// explain turns an error of the YAML library into ours.
func (d *document) explain(err error, into *Config) error {
	var unknown *yaml.UnknownFieldError
	var mismatch *yaml.TypeError
	var wrongNode *yaml.UnexpectedNodeTypeError
	var at yaml.Error
	switch {
	case errors.As(err, &unknown):
		key := d.keyOf(unknown.Token)
		message := fmt.Sprintf("unknown key %q", unknown.Token.Value)
		if near := nearest(unknown.Token.Value, siblings(reflect.TypeOf(into).Elem(), key)); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		return d.at(unknown.Token, parentKey(key), message)
	case errors.As(err, &mismatch):
		return d.at(mismatch.Token, d.keyOf(mismatch.Token), "expected "+typeName(mismatch.DstType))
	case errors.As(err, &wrongNode):
		return d.at(wrongNode.Token, d.keyOf(wrongNode.Token), fmt.Sprintf("expected %s, found %s", nodeName(wrongNode.Expected), nodeName(wrongNode.Actual)))
	case errors.As(err, &at):
		return d.at(at.GetToken(), d.keyOf(at.GetToken()), at.GetMessage())
	}
	return &Error{File: d.path, Message: err.Error()}
}

// environment matches ${NAME} in a value.
var environment = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandEnvironment replaces ${NAME} in every text of the document by the variable of that name.
func (d *document) expandEnvironment() error {
	var errs []error
	ast.Walk(visitor(func(n ast.Node) {
		s, ok := n.(*ast.StringNode)
		if !ok || !strings.Contains(s.Value, "${") {
			return
		}
		s.Value = environment.ReplaceAllStringFunc(s.Value, func(match string) string {
			name := match[2 : len(match)-1]
			value, set := os.LookupEnv(name)
			if !set {
				errs = append(errs, d.at(s.Token, d.keyOf(s.Token), fmt.Sprintf("the environment variable %s is not set", name)))
			}
			return value
		})
	}), d.root)
	return errors.Join(errs...)
}

type visitor func(ast.Node)

func (v visitor) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

// keyOf is the key at or around a token, as intakes[0].name.
func (d *document) keyOf(t *token.Token) string {
	if d.root == nil || t == nil {
		return ""
	}
	var key string
	ast.Walk(visitor(func(n ast.Node) {
		if n.GetToken() == t {
			if p := strings.TrimPrefix(n.GetPath(), "$."); len(p) >= len(key) {
				key = p
			}
		}
	}), d.root)
	return strings.TrimPrefix(key, "$")
}

// find is the token of a key, or of the closest key around it that is in the file.
func (d *document) find(key string) *token.Token {
	for ; d.root != nil && key != ""; key = parentKey(key) {
		var found *token.Token
		ast.Walk(visitor(func(n ast.Node) {
			if found == nil && n.GetPath() == "$."+key {
				found = n.GetToken()
			}
		}), d.root)
		if found != nil {
			return found
		}
	}
	return nil
}

// parentKey is key without its last part.
func parentKey(key string) string {
	if i := strings.LastIndexAny(key, ".["); i >= 0 {
		return key[:i]
	}
	return ""
}

// siblings are the keys that are allowed beside key.
func siblings(t reflect.Type, key string) []string {
	parts := strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	for _, part := range parts[:max(0, len(parts)-1)] {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if part[0] >= '0' && part[0] <= '9' || t.Kind() != reflect.Struct {
			continue
		}
		for f := range t.Fields() {
			if f.Tag.Get("yaml") == part {
				t = f.Type
				break
			}
		}
	}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	var keys []string
	if t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if key := f.Tag.Get("yaml"); key != derived {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// nearest is the candidate that a mistyped key was most likely meant to be; empty when none is close.
func nearest(typed string, candidates []string) string {
	best, least := "", 3
	for _, c := range candidates {
		if d := distance(typed, c); d < least || strings.HasPrefix(typed, c) && best == "" {
			best, least = c, min(d, least)
		}
	}
	return best
}

// distance is the number of letters to insert, delete or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

var (
	secretKey   = regexp.MustCompile(`(?i)^(\s*(?:-\s+)?[\w.-]*(?:secret|password|token|key|connection|proxy)[\w.-]*\s*:\s*)\S.*$`)
	secretValue = regexp.MustCompile(`(?i)((?:Shared)?A(?:ccess|ccount)\w*Key=|SharedAccessSignature=)[^;"']+|(://[^\s:/@]*:)[^\s;@]+`)
)

// hideSecret keeps a quoted line from giving away what it holds.
func hideSecret(line string) string {
	if m := secretKey.FindStringSubmatch(line); m != nil {
		return m[1] + redacted
	}
	return secretValue.ReplaceAllString(line, "${1}${2}"+redacted)
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "keys and values"
	default:
		return "a text"
	}
}

func nodeName(t ast.NodeType) string {
	switch t {
	case ast.MappingType, ast.MappingValueType:
		return "keys and values"
	case ast.SequenceType:
		return "a list"
	case ast.NullType:
		return "nothing"
	default:
		return "a single value"
	}
}

// setDefaults gives every value that is not set the one of its tag.
func setDefaults(v reflect.Value) error {
	for f, value := range v.Fields() {
		if text := f.Tag.Get("default"); text != "" && value.IsZero() {
			if err := setText(value, text); err != nil {
				return fmt.Errorf("default of %s: %w", f.Name, err)
			}
		}
		var inner []reflect.Value
		switch {
		case value.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Start]():
			inner = []reflect.Value{value}
		case value.Kind() == reflect.Pointer && !value.IsNil():
			inner = []reflect.Value{value.Elem()}
		case value.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			for i := range value.Len() {
				inner = append(inner, value.Index(i))
			}
		}
		for _, i := range inner {
			if err := setDefaults(i); err != nil {
				return err
			}
		}
	}
	return nil
}

func setText(v reflect.Value, text string) error {
	return yaml.Unmarshal([]byte(text), v.Addr().Interface())
}

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: larger than %s", path, Bytes(maxFile))
	}
	return os.ReadFile(path)
}

// resolve makes a path relative to the configuration file.
func (d *document) resolve(path string) string {
	if path == "" || path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.path), path)
}

// oneOf lists the allowed values for a message.
func oneOf(enum string) string {
	values := strings.Split(enum, ",")
	last := len(values) - 1
	if last == 0 {
		return values[0]
	}
	return strings.Join(slices.Clone(values[:last]), ", ") + " or " + values[last]
}
