// Package ecs knows the fields of the Elastic Common Schema and holds events that consist of them.
package ecs

import (
	_ "embed"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Type is what the values of a field are.
type Type uint8

// The types of fields. An Array field holds a list of whatever values; IsList tells whether a field of another type may
// hold several.
const (
	Keyword Type = iota
	Text
	Long
	Float
	Boolean
	IP
	Date
	Object
	Array
)

var typeNames = [...]string{"keyword", "text", "long", "float", "boolean", "ip", "date", "object", "array"}

// String is the type's name in ECS.
func (t Type) String() string { return typeNames[t] }

// ParseType finds a type by its name.
func ParseType(name string) (Type, bool) {
	i := slices.Index(typeNames[:], name)
	return Type(max(i, 0)), i >= 0
}

// Field is the number of a field in the dictionary. Numbers ascend in the order in which a document with sorted keys
// shows the fields; they hold for one build of the program only and are not to be stored.
type Field uint16

// field is what the dictionary knows of a field.
type field struct {
	name string
	typ  Type
	list bool
}

// path is a field's place in a document: the objects that are open around it and its key.
type path struct {
	objects []uint32 // the numbers of the parents: equal ones are the same object of the document
	opening string   // "process":{"parent":{"name":
	from    []uint16 // where opening begins when the outermost n parents are open already
	parents []string
}

// objects numbers the objects that fields are in, by their dotted names.
var objects struct {
	sync.Mutex
	numbers map[string]uint32
}

func objectNumber(name string) uint32 {
	objects.Lock()
	defer objects.Unlock()
	n, ok := objects.numbers[name]
	if !ok {
		if objects.numbers == nil {
			objects.numbers = make(map[string]uint32)
		}
		n = uint32(len(objects.numbers))
		objects.numbers[name] = n
	}
	return n
}

func newPath(parents []string, quotedKey string) path {
	p := path{parents: parents}
	var b strings.Builder
	for i, parent := range parents {
		p.objects = append(p.objects, objectNumber(strings.Join(parents[:i+1], ".")))
		p.from = append(p.from, uint16(b.Len()))
		b.WriteString(strconv.Quote(parent) + ":{")
	}
	p.from = append(p.from, uint16(b.Len()))
	b.WriteString(quotedKey)
	p.opening = b.String()
	return p
}

//go:embed fields.txt
var fieldsText string

type dictionary struct {
	fields []field
	paths  []path // by field
	byName map[string]Field
}

var known = sync.OnceValue(func() *dictionary {
	d, err := parse(fieldsText)
	if err != nil {
		panic(fmt.Sprintf("ecs: fields.txt: %v", err)) // embedded, held by a test
	}
	return d
})

// parse reads the sections of fields.txt.
func parse(text string) (*dictionary, error) {
	d := &dictionary{byName: make(map[string]Field)}
	var typ Type
	var list bool
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			name, rest, _ := strings.Cut(strings.Trim(line, "[]"), " ")
			var ok bool
			if typ, ok = ParseType(name); !ok {
				return nil, fmt.Errorf("unknown type %q", name)
			}
			list = rest == "list" || typ == Array
			continue
		}
		parent, names, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("no colon in %q", line)
		}
		for _, name := range strings.Fields(names) {
			if parent != "-" {
				name = parent + "." + name
			}
			d.fields = append(d.fields, field{name: name, typ: typ, list: list})
		}
	}
	slices.SortFunc(d.fields, func(a, b field) int {
		return slices.Compare(strings.Split(a.name, "."), strings.Split(b.name, "."))
	})
	for i := range d.fields {
		f := &d.fields[i]
		if _, twice := d.byName[f.name]; twice {
			return nil, fmt.Errorf("%s occurs twice", f.name)
		}
		d.byName[f.name] = Field(i)
		parts := strings.Split(f.name, ".")
		last := len(parts) - 1
		d.paths = append(d.paths, newPath(parts[:last:last], strconv.Quote(parts[last])+":"))
	}
	pack(d.paths)
	return d, nil
}

// pack puts what paths refer to side by side in memory: writing a document goes through it in this order.
func pack(paths []path) {
	var objects []uint32
	var from []uint16
	var opening strings.Builder
	for i := range paths {
		objects, from = append(objects, paths[i].objects...), append(from, paths[i].from...)
		opening.WriteString(paths[i].opening)
	}
	text := opening.String()
	for i := range paths {
		p := &paths[i]
		p.objects, objects = objects[:len(p.objects):len(p.objects)], objects[len(p.objects):]
		p.from, from = from[:len(p.from):len(p.from)], from[len(p.from):]
		p.opening, text = text[:len(p.opening)], text[len(p.opening):]
	}
}

// Lookup finds a field by its full name.
func Lookup(name string) (Field, bool) {
	f, ok := known().byName[name]
	return f, ok
}

// LookupBytes is Lookup without the need of a string.
func LookupBytes(name []byte) (Field, bool) {
	f, ok := known().byName[string(name)]
	return f, ok
}

// MustLookup finds a field that the dictionary is known to have.
func MustLookup(name string) Field {
	f, ok := Lookup(name)
	if !ok {
		panic("ecs: no field " + name)
	}
	return f
}

// Fields are all fields of the dictionary, in the order of their numbers.
func Fields() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for i := range known().fields {
			if !yield(Field(i)) {
				return
			}
		}
	}
}

// Name is the field's full name, "process.parent.name".
func (f Field) Name() string { return known().fields[f].name }

// Type is what the field's values are.
func (f Field) Type() Type { return known().fields[f].typ }

// IsArray reports whether the field may hold several values.
func (f Field) IsArray() bool { return known().fields[f].list }
