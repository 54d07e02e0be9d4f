package pipeline

import (
	"bytes"
	"strings"

	"penstock/ecs"
	"penstock/record"
)

// node is an expression that is ready to be evaluated: its columns are numbered as its reader numbers them.
type node interface {
	append(r *reader) // appends the values to r.values
}

type (
	columnNode int
	pathNode   struct {
		column int
		steps  []step
	}
	ecsNode struct {
		field ecs.Field
		extra string // the name of a field that the dictionary does not have
	}
	textNode    []byte
	firstNode   []node
	severalNode []node
	callNode    struct {
		convert func(r *reader, args []node)
		args    []node
	}
	translateNode struct {
		of    node
		cases []translateCase
		rest  []byte
		same  bool
	}
	nothingNode struct{}
)

// step is a key on the way into JSON, and all keys from there on with dots between them: keys may have dots in them.
type step struct{ key, rest []byte }

type translateCase struct {
	from []byte
	to   [][]byte
}

// nodeCompiler numbers the columns of the expressions of one reader.
type nodeCompiler struct {
	columns []string
	numbers map[string]int // by name in lower case
}

func (c *nodeCompiler) column(name string) int {
	key := string(bytes.ToLower([]byte(name)))
	n, ok := c.numbers[key]
	if !ok {
		n = len(c.columns)
		c.numbers[key] = n
		c.columns = append(c.columns, name)
	}
	return n
}

func (c *nodeCompiler) compile(e *expression) node {
	switch e.kind {
	case kindColumn:
		return columnNode(c.column(e.name))
	case kindPath:
		p := pathNode{column: c.column(e.name)}
		for i, s := range e.steps {
			p.steps = append(p.steps, step{[]byte(s), []byte(strings.Join(e.steps[i:], "."))})
		}
		return p
	case kindECS:
		if f, ok := ecs.Lookup(e.name); ok {
			return ecsNode{field: f}
		}
		return ecsNode{extra: e.name}
	case kindText:
		return textNode(e.name)
	case kindFirst:
		return firstNode(c.all(e.of))
	case kindSeveral:
		return severalNode(c.all(e.of))
	case kindCall:
		return callNode{e.call.convert, c.all(e.of)}
	case kindTranslate:
		t := &translateNode{of: c.compile(e.of[0]), same: e.same}
		for _, x := range e.cases {
			line := translateCase{from: []byte(x.from)}
			for _, to := range x.to {
				line.to = append(line.to, []byte(to))
			}
			t.cases = append(t.cases, line)
		}
		if e.rest != nil {
			t.rest = []byte(*e.rest)
		}
		return t
	}
	return nothingNode{}
}

func (c *nodeCompiler) all(list []*expression) []node {
	out := make([]node, 0, len(list))
	for _, e := range list {
		out = append(out, c.compile(e))
	}
	return out
}

func (n columnNode) append(r *reader) {
	if m := r.column(int(n)); m != nil {
		r.addMember(m)
	}
}

func (n pathNode) append(r *reader) {
	if root, ok := r.open(n.column); ok {
		r.descend(root, n.steps, 0)
	}
}

// descend gives the source what the steps lead to from a node. On a list they lead on from each of its elements, and
// JSON in a text is opened.
func (r *reader) descend(i int, steps []step, opened int) {
	if len(steps) == 0 {
		r.addNode(i)
		return
	}
	switch r.tree[i].Kind {
	case record.Object:
		if child := r.child(i, steps[0].key); child >= 0 {
			r.descend(child, steps[1:], opened)
		} else if len(steps) > 1 {
			if child := r.child(i, steps[0].rest); child >= 0 {
				r.addNode(child)
			}
		}
	case record.Array:
		from := len(r.values)
		for j := i + 1; j < r.tree[i].Next && len(r.values)-from < maxValues; j = r.tree[j].Next {
			if value := r.namedValue(j, steps[0].rest); value >= 0 {
				r.addNode(value)
				continue
			}
			r.descend(j, steps, opened)
		}
	case record.String:
		if text := r.text(&r.tree[i].Member); opened < maxOpened && startsLikeJSON(text) {
			if root, ok := r.parse(text); ok {
				r.descend(root, steps, opened+1)
			}
		}
	}
}

// child is the member of an object with that name, found without regard to case only if there is none that is exactly
// alike; -1 where there is none.
func (r *reader) child(i int, name []byte) int {
	exact, alike := -1, -1
	for j := i + 1; j < r.tree[i].Next; j = r.tree[j].Next {
		key := r.tree[j].Key
		if r.tree[j].KeyEscaped {
			key = r.unescape(key)
		}
		switch {
		case bytes.Equal(key, name):
			exact = j
		case len(key) == len(name) && bytes.EqualFold(key, name):
			alike = j
		}
	}
	if exact >= 0 {
		return exact
	}
	return alike
}

var keyName, keyValue, keyNewValue = []byte("Name"), []byte("Value"), []byte("NewValue")

// namedValue is the value of an element {"Name": name, "Value": …} or {"Name": name, "NewValue": …}, in which form
// Microsoft 365 lists parameters and changed properties; -1 where the element is none.
func (r *reader) namedValue(i int, name []byte) int {
	if r.tree[i].Kind != record.Object {
		return -1
	}
	n := r.child(i, keyName)
	if n < 0 || !bytes.EqualFold(r.tree[n].Text(), name) {
		return -1
	}
	if value := r.child(i, keyValue); value >= 0 {
		return value
	}
	return r.child(i, keyNewValue)
}

func (n ecsNode) append(r *reader) {
	if r.ev == nil {
		return
	}
	var v ecs.Value
	if n.extra != "" {
		v = r.ev.GetExtra(n.extra)
	} else {
		v = r.ev.Get(n.field)
	}
	switch v.Kind {
	case ecs.None:
	case ecs.List:
		if from, ok := r.parse(v.JSON); ok {
			r.addNode(from)
		}
	case ecs.String:
		if v.Escaped {
			r.add(r.unescape(v.JSON[1 : len(v.JSON)-1]))
			return
		}
		r.add(v.JSON[1 : len(v.JSON)-1])
	default:
		r.add(v.JSON)
	}
}

func (n textNode) append(r *reader) { r.add(n) }

func (n firstNode) append(r *reader) {
	from := len(r.values)
	for _, x := range n {
		if x.append(r); len(r.values) > from {
			return
		}
	}
}

func (n severalNode) append(r *reader) {
	for _, x := range n {
		x.append(r)
	}
}

func (n callNode) append(r *reader) { n.convert(r, n.args) }

func (n *translateNode) append(r *reader) {
	mark := len(r.values)
	n.of.append(r)
	// The results go behind what they are made of, and then take its place.
	end := min(len(r.values), mark+maxValues)
	if end == mark {
		r.add(n.rest)
		return
	}
	for i := mark; i < end; i++ {
		n.translate(r, r.values[i].Text)
	}
	r.values = r.values[:mark+copy(r.values[mark:], r.values[end:])]
}

func (n *translateNode) translate(r *reader, text []byte) {
	for i := range n.cases {
		c := &n.cases[i]
		if len(c.from) == len(text) && bytes.EqualFold(c.from, text) {
			for _, to := range c.to {
				r.add(to)
			}
			return
		}
	}
	if n.same {
		r.add(text)
		return
	}
	r.add(n.rest)
}

func (nothingNode) append(*reader) {}
