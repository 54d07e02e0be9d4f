package format

import (
	"bytes"
	"net/netip"
	"unicode/utf8"

	"penstock/ecs"
	"penstock/record"
)

// isEmpty reports whether a value counts as none: absent, "", [] or {}, a lone $, and the text None.
func isEmpty(v ecs.Value) bool {
	switch v.Kind {
	case ecs.None:
		return true
	case ecs.String:
		switch len(v.JSON) {
		case 2:
			return true
		case 3:
			return v.JSON[1] == '$'
		case 6:
			return string(v.JSON) == `"None"`
		}
	case ecs.List, ecs.Map:
		for _, c := range v.JSON[1 : len(v.JSON)-1] {
			if c > ' ' {
				return false
			}
		}
		return true
	}
	return false
}

// isFalsy reports whether ?? passes over a value.
func isFalsy(v ecs.Value) bool {
	switch v.Kind {
	case ecs.False:
		return true
	case ecs.String:
		return len(v.JSON) == 2
	case ecs.Integer, ecs.Number:
		f, ok := v.Float()
		return ok && f == 0
	case ecs.True:
		return false
	}
	return isEmpty(v)
}

// eval is the value of an expression for the record at hand.
func (n *normalizer) eval(x *node) ecs.Value {
	switch x.op {
	case opColumn:
		return n.columns[x.index]
	case opRecordKey:
		return n.recordKey(x.text)
	case opConstant:
		return x.value
	case opParsed:
		return n.parsed(n.eval(x.of))
	case opPath:
		return n.descend(x)
	case opCoalesce:
		return n.coalesce(x)
	case opList:
		return n.listOf(n.eval(x.of))
	case opQuotedList:
		return n.quotedList(n.eval(x.of))
	case opFirst:
		return n.first(n.eval(x.of))
	case opTranslate:
		return n.translate(x)
	case opEventTime:
		return n.eventTime(x)
	case opField:
		return n.told.Get(x.field)
	case opExtraField:
		return n.told.GetExtra(x.text)
	case opNamedValues:
		return n.namedValues(n.eval(x.of))
	case opAttachments:
		return n.attachments(n.eval(x.of))
	case opArguments:
		return n.arguments(n.eval(x.of))
	}
	return n.piece(x, n.eval(x.of))
}

func (n *normalizer) coalesce(x *node) ecs.Value {
	var v ecs.Value
	for _, of := range x.list {
		if v = n.eval(of); !isFalsy(v) {
			return v
		}
	}
	return v
}

func (n *normalizer) recordKey(name string) ecs.Value {
	for i := len(n.rec.Envelope) - 1; i >= 0; i-- {
		if m := &n.rec.Envelope[i]; string(m.Key) == name {
			return ecs.FromMember(m)
		}
	}
	return ecs.Value{}
}

// parsed is a value that arrives as JSON in a string, or as it is.
func (n *normalizer) parsed(v ecs.Value) ecs.Value {
	if v.Kind != ecs.String {
		return v
	}
	o := n.openText(v)
	if o.node < 0 {
		return ecs.Value{}
	}
	return ecs.FromMember(&n.nodes[o.node].Member)
}

// opened remembers that a value was taken apart, by where its text is.
type opened struct {
	at   *byte
	size int
	node int // -1: it is no object or array
}

// maxOpened bounds the search for what was taken apart already; a mapping asks for far less.
const maxOpened = 64

func (n *normalizer) remember(v ecs.Value, node int) opened {
	o := opened{&v.JSON[0], len(v.JSON), node}
	if len(n.opened) < maxOpened {
		n.opened = append(n.opened, o)
	}
	return o
}

func (n *normalizer) recall(v ecs.Value) (opened, bool) {
	for _, o := range n.opened {
		if o.at == &v.JSON[0] && o.size == len(v.JSON) {
			return o, true
		}
	}
	return opened{}, false
}

// openText takes the JSON in a string apart.
func (n *normalizer) openText(v ecs.Value) opened {
	if o, ok := n.recall(v); ok {
		return o
	}
	text := v.JSON[1 : len(v.JSON)-1]
	if v.Escaped {
		arena := n.ev.Arena()
		from := len(*arena)
		*arena = record.Unescape(*arena, text)
		text = (*arena)[from:]
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return n.remember(v, -1)
	}
	node := n.tree(text)
	if node >= 0 {
		n.remember(ecs.FromMember(&n.nodes[node].Member), node)
	}
	return n.remember(v, node)
}

func (n *normalizer) tree(text []byte) int {
	node := len(n.nodes)
	var err error
	if n.nodes, err = n.nested.Tree(n.nodes, text); err != nil {
		return -1
	}
	return node
}

// open takes an object or array apart and returns its node; -1 for any other value.
func (n *normalizer) open(v ecs.Value) int {
	if v.Kind != ecs.Map && v.Kind != ecs.List {
		return -1
	}
	if o, ok := n.recall(v); ok {
		return o.node
	}
	return n.remember(v, n.tree(v.JSON)).node
}

// count is how many elements or members a node has.
func (n *normalizer) count(node int) int {
	count := 0
	for i := n.firstOf(node); i < n.endOf(node); i = n.nodes[i].Next {
		count++
	}
	return count
}

// firstOf and endOf bound the children of a node; i = n.nodes[i].Next goes from one to the next.
func (n *normalizer) firstOf(node int) int { return node + 1 }

func (n *normalizer) endOf(node int) int {
	if node < 0 {
		return 0
	}
	return n.nodes[node].Next
}

func (n *normalizer) valueOf(node int) ecs.Value {
	if node < 0 {
		return ecs.Value{}
	}
	return ecs.FromMember(&n.nodes[node].Member)
}

func (n *normalizer) descend(x *node) ecs.Value {
	node := n.open(n.eval(x.of))
	for i := range x.steps {
		if node = n.step(node, &x.steps[i]); node < 0 {
			return ecs.Value{}
		}
	}
	v := n.valueOf(node)
	if v.Kind == ecs.Map || v.Kind == ecs.List {
		n.remember(v, node)
	}
	return v
}

func (n *normalizer) step(node int, step *Step) int {
	if node < 0 {
		return -1
	}
	if step.Key != "" {
		return n.member(node, step.Key)
	}
	if n.nodes[node].Kind != record.Array {
		return -1
	}
	k := 0
	for i := n.firstOf(node); i < n.endOf(node); i = n.nodes[i].Next {
		if k == step.Index {
			return i
		}
		k++
	}
	return -1
}

// member is the node of a key of an object, or -1; of equal keys the last counts.
func (n *normalizer) member(node int, key string) int {
	found := -1
	if node < 0 || n.nodes[node].Kind != record.Object {
		return found
	}
	for i := n.firstOf(node); i < n.endOf(node); i = n.nodes[i].Next {
		m := &n.nodes[i].Member
		if string(m.Key) == key {
			found = i
		} else if m.KeyEscaped {
			if n.text = record.Unescape(n.text[:0], m.Key); string(n.text) == key {
				found = i
			}
		}
	}
	return found
}

func (n *normalizer) first(v ecs.Value) ecs.Value {
	if v.Kind != ecs.List {
		return v
	}
	if node := n.open(v); n.firstOf(node) < n.endOf(node) {
		return n.valueOf(n.firstOf(node))
	}
	return ecs.Value{}
}

func (n *normalizer) translate(x *node) ecs.Value {
	v := n.eval(x.of)
	if v.Kind != ecs.None {
		text := n.textOf(v)
		for i := range x.cases {
			if x.cases[i].from == string(text) {
				return x.cases[i].to
			}
		}
	}
	return x.otherwise
}

// textOf is what a value reads as; it holds until the next call.
func (n *normalizer) textOf(v ecs.Value) []byte {
	if v.Kind != ecs.String || !v.Escaped {
		return v.Text(nil)
	}
	n.text = v.AppendText(n.text[:0])
	return n.text
}

func (n *normalizer) eventTime(x *node) ecs.Value {
	var timestamp []byte
	if v := n.columns[x.index]; !isEmpty(v) {
		timestamp = n.textOf(v)
	}
	t, from := eventTime(timestamp, n.rec.Time(), n.arrived)
	n.when = from
	arena := n.ev.Arena()
	at := len(*arena)
	if *arena = append(*arena, '"'); from == FromTimestamp {
		*arena = appendTimeText(*arena, t, timestamp)
	} else {
		*arena = appendTime(*arena, t)
	}
	*arena = append(*arena, '"')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.String}
}

// holds decides on a condition.
func (n *normalizer) holds(t *test) bool {
	switch t.kind.(type) {
	case And:
		for _, of := range t.list {
			if !n.holds(of) {
				return false
			}
		}
		return true
	case Or:
		for _, of := range t.list {
			if n.holds(of) {
				return true
			}
		}
		return false
	case Not:
		return !n.holds(t.list[0])
	case LongerThan:
		return n.longer(t)
	}
	v := n.eval(t.of)
	if v.Kind == ecs.None {
		return false
	}
	switch t.kind.(type) {
	case IsIP:
		_, ok := parseIP(n.textOf(v))
		return ok
	case StartsWith:
		return v.Kind == ecs.String && bytes.HasPrefix(n.textOf(v), []byte(t.values[0]))
	case HasArguments:
		return v.Kind == ecs.String && hasArguments(n.textOf(v))
	case In:
		text := n.textOf(v)
		for _, value := range t.values {
			if value == string(text) {
				return true
			}
		}
		return false
	}
	return true // Present
}

// longer compares the characters of a text, or the elements of a list or an object.
func (n *normalizer) longer(t *test) bool {
	switch v := n.eval(t.of); v.Kind {
	case ecs.None:
		return false
	case ecs.List, ecs.Map:
		return n.count(n.open(v)) > t.length
	default:
		return utf8.RuneCount(n.textOf(v)) > t.length
	}
}

// parseIP reads an address without a zone.
func parseIP(text []byte) (netip.Addr, bool) {
	if len(text) < 2 || len(text) > 45 {
		return netip.Addr{}, false
	}
	dots := bytes.IndexByte(text, '.') > 0
	if !dots && bytes.IndexByte(text, ':') < 0 || bytes.IndexByte(text, '%') >= 0 {
		return netip.Addr{}, false
	}
	if dots && bytes.IndexByte(text, ':') < 0 {
		return parseIPv4(text)
	}
	a, err := netip.ParseAddr(unsafeString(text))
	return a, err == nil
}

// parseIPv4 reads the common form without making a string of it.
func parseIPv4(text []byte) (netip.Addr, bool) {
	var b [4]byte
	part, value, length := 0, 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			value = value*10 + int(text[i]-'0')
			if length++; length > 3 || value > 255 || length > 1 && value < 10 {
				return netip.Addr{}, false
			}
			continue
		}
		if length == 0 || part > 3 || i < len(text) && text[i] != '.' {
			return netip.Addr{}, false
		}
		b[part] = byte(value)
		part, value, length = part+1, 0, 0
	}
	return netip.AddrFrom4(b), part == 4
}
