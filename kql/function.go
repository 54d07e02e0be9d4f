package kql

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// FunctionKind tells where a function may stand.
type FunctionKind uint8

// The kinds of functions.
const (
	Operator       FunctionKind = iota + 1 // between its arguments
	ScalarFunction                         // anywhere in an expression
	AggregateFunction
)

// Function is an entry of the catalogue: an operator, a scalar function or an aggregate, with how it is called. A planner finds its own
// rendering by Name. Conditional aggregates (sumif, make_set_if) are aliases: the binder moves their condition to Aggregation.Where.
type Function struct {
	Name       string
	Kind       FunctionKind
	Family     string // heading under which the catalogue lists it
	Aliases    []string
	Signatures []Signature
	Summary    string // what it does, in a sentence
	Refused    string // why no query may use it here; "": it may
	Columns    bool   // its result is several columns
	Window     bool   // it looks at other rows, in their order

	naming   string            // how its column is named
	prefix   string            // for naming "prefix" and "only"
	prefixes map[string]string // of aliases
}

// Signature is one way to call a function.
type Signature struct {
	Params []Parameter
	Result string // a type's name, or a rule
}

// Parameter of a function. Kind is a type's name or a class of types.
type Parameter struct {
	Name     string
	Kind     string
	Optional bool
	Min      int // of a repeated parameter: how often at least
	Repeated bool
}

// String is the signature as a reader writes it, without the function's name.
func (s Signature) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, p := range s.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name)
		if p.Kind != "any" && p.Kind != "star" {
			b.WriteString(": " + p.Kind)
		}
		if p.Optional {
			b.WriteByte('?')
		}
		if p.Repeated {
			b.WriteString(", …")
		}
	}
	b.WriteByte(')')
	return b.String()
}

//go:embed catalogue.txt
var catalogueText string

// library is the catalogue by name and alias.
type library struct {
	all        []*Function
	operators  map[string]*Function
	scalars    map[string]*Function
	aggregates map[string]*Function
}

// catalogue is read once. A mistake in it is a mistake of the program, which every test meets.
var catalogue = sync.OnceValue(func() *library {
	lib, err := readCatalogue(catalogueText)
	if err != nil {
		panic(err)
	}
	return lib
})

// Functions are all entries of the catalogue, in its order.
func Functions() []*Function { return catalogue().all }

func readCatalogue(text string) (*library, error) {
	lib := &library{operators: map[string]*Function{}, scalars: map[string]*Function{}, aggregates: map[string]*Function{}}
	family := ""
	var f *Function
	for i, line := range strings.Split(text, "\n") {
		var err error
		switch {
		case strings.HasPrefix(line, "## "):
			family = line[3:]
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			err = f.read(line[1:])
		case strings.HasPrefix(line, "operator "):
			f = &Function{Name: line[len("operator "):], Kind: Operator, Family: family}
			lib.all = append(lib.all, f)
		default:
			var name string
			var s Signature
			name, s, err = readSignature(line)
			if f == nil || f.Name != name || f.Family != family {
				f = &Function{Name: name, Kind: ScalarFunction, Family: family}
				if family == "Aggregates" {
					f.Kind = AggregateFunction
				}
				lib.all = append(lib.all, f)
			}
			f.Signatures = append(f.Signatures, s)
		}
		if err != nil {
			return nil, fmt.Errorf("catalogue.txt, line %d: %w", i+1, err)
		}
	}
	for _, f := range lib.all {
		table := map[FunctionKind]map[string]*Function{Operator: lib.operators, ScalarFunction: lib.scalars, AggregateFunction: lib.aggregates}[f.Kind]
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if table[name] != nil {
				return nil, fmt.Errorf("catalogue.txt: %s stands there twice", name)
			}
			table[name] = f
		}
	}
	return lib, nil
}

// read takes in a line that stands under a signature.
func (f *Function) read(line string) error {
	if f == nil {
		return fmt.Errorf("%q describes nothing", line)
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "alias":
		for _, alias := range strings.Fields(rest) {
			name, prefix, ok := strings.Cut(alias, ":")
			f.Aliases = append(f.Aliases, name)
			if ok {
				if f.prefixes == nil {
					f.prefixes = map[string]string{}
				}
				f.prefixes[name] = prefix
			}
		}
	case "named":
		f.naming, f.prefix, _ = strings.Cut(rest, " ")
	case "refused":
		f.Refused = rest
	case "columns":
		f.Columns = true
	case "window":
		f.Window = true
	default:
		f.Summary = line
	}
	return nil
}

func readSignature(line string) (string, Signature, error) {
	name, rest, ok := strings.Cut(line, "(")
	params, result, ok2 := strings.Cut(rest, ") ")
	if !ok || !ok2 {
		return "", Signature{}, fmt.Errorf("%q is no signature", line)
	}
	s := Signature{Result: result}
	if params == "" {
		return name, s, nil
	}
	for _, text := range strings.Split(params, ", ") {
		p := Parameter{Min: 1}
		p.Name, p.Kind, ok = strings.Cut(text, ":")
		if !ok {
			return "", s, fmt.Errorf("%q is no parameter", text)
		}
		if kind, count, ok := strings.Cut(p.Kind, "+"); ok {
			p.Kind, p.Repeated = kind, true
			if count != "" {
				p.Min = int(count[0] - '0')
			}
		}
		if kind, ok := strings.CutSuffix(p.Kind, "*"); ok {
			p.Kind, p.Repeated, p.Min = kind, true, 0
		}
		if kind, ok := strings.CutSuffix(p.Kind, "?"); ok {
			p.Kind, p.Optional, p.Min = kind, true, 0
		}
		s.Params = append(s.Params, p)
	}
	return name, s, nil
}
