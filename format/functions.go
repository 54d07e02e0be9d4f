package format

import (
	"bytes"

	"penstock/ecs"
	"penstock/record"
)

// separators finds the last / or \ of a path: where the part before it ends, -1 where there is none, and where the part
// behind it starts. It reads the inside of a JSON string from its end, in which \ is written \\ and / may be written \/.
func separators(text []byte) (dirEnd, baseStart int) {
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case '/':
			if backslashes(text[:i])%2 == 1 {
				return i - 1, i + 1
			}
			return i, i + 1
		case '\\':
			run := backslashes(text[:i+1])
			if run%2 == 0 {
				return i - 1, i + 1
			}
			if run > 1 { // the last one escapes what follows it
				return i - 2, i
			}
		}
	}
	return -1, 0
}

// piece cuts a part out of a string without unescaping it.
func (n *normalizer) piece(x *node, v ecs.Value) ecs.Value {
	if v.Kind != ecs.String {
		return v
	}
	text := v.JSON[1 : len(v.JSON)-1]
	switch x.op {
	case opBasename:
		_, start := separators(text)
		return n.slice(v, text, start, len(text))
	case opDirname:
		end, _ := separators(text)
		return n.slice(v, text, 0, dirnameEnd(text, end))
	case opWithoutPrefix:
		if bytes.HasPrefix(text, []byte(x.text)) {
			return n.slice(v, text, len(x.text), len(text))
		}
	case opWithoutBrackets:
		if len(text) >= 2 && text[0] == '<' && text[len(text)-1] == '>' {
			return n.slice(v, text, 1, len(text)-1)
		}
	}
	return v
}

// dirnameEnd keeps the separator of a root: / and C:\.
func dirnameEnd(text []byte, end int) int {
	if end < 0 {
		return 0
	}
	for end > 0 {
		switch {
		case end >= 2 && text[end-1] == '\\' && (text[end-2] == '\\'):
			end -= 2
			continue
		case text[end-1] == '/' && (end < 2 || text[end-2] != '\\'):
			end--
			continue
		}
		break
	}
	if end == 0 || end == 2 && text[1] == ':' {
		return end + separatorLength(text[end:])
	}
	return end
}

func separatorLength(text []byte) int {
	if text[0] == '\\' {
		return 2
	}
	return 1
}

// slice is the part of a string between two places of its inside. It shares the memory of the whole where a quote is on
// either side already, and takes new memory where it is not.
func (n *normalizer) slice(v ecs.Value, text []byte, from, to int) ecs.Value {
	if from == 0 && to == len(text) {
		return v
	}
	part := text[from:to]
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(append(append(*arena, '"'), part...), '"')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.String, Escaped: v.Escaped && bytes.IndexByte(part, '\\') >= 0}
}

// hasArguments reports whether a command line, cut at single spaces, has more than its first piece, and more than one
// empty piece behind it.
func hasArguments(text []byte) bool {
	space := bytes.IndexByte(text, ' ')
	return space >= 0 && space+1 < len(text)
}

// arguments cuts a command line at single spaces and leaves the first piece out; one empty piece behind it is none.
func (n *normalizer) arguments(v ecs.Value) ecs.Value {
	if v.Kind != ecs.String {
		return ecs.Value{}
	}
	text := v.JSON[1 : len(v.JSON)-1]
	if v.Escaped && bytes.Contains(text, []byte(`\u0020`)) {
		n.text = record.Unescape(n.text[:0], text)
		text = n.quoted(n.text).JSON
		text = text[1 : len(text)-1]
	}
	space := bytes.IndexByte(text, ' ')
	if space < 0 || space+1 == len(text) {
		return ecs.Value{}
	}
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(*arena, '[', '"')
	for rest := text[space+1:]; ; {
		space = bytes.IndexByte(rest, ' ')
		if space < 0 {
			*arena = append(*arena, rest...)
			break
		}
		*arena = append(append(*arena, rest[:space]...), '"', ',', '"')
		rest = rest[space+1:]
	}
	*arena = append(*arena, '"', ']')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.List, Texts: true}
}

// listOf is a list with the one value.
func (n *normalizer) listOf(v ecs.Value) ecs.Value {
	if v.Kind == ecs.List || isEmpty(v) {
		return v
	}
	if v.Kind != ecs.String {
		if v, _ = n.keyword(v); v.Kind != ecs.String {
			return v
		}
	}
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(append(append(*arena, '['), v.JSON...), ']')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.List, Texts: true}
}

// quotedList is the list with the one text, unless the text holds quotation marks: then it is ["text"] as a text, which
// is what the reference intake makes of the registry's data.
func (n *normalizer) quotedList(v ecs.Value) ecs.Value {
	if v.Kind != ecs.String || !v.Escaped || bytes.IndexByte(n.textOf(v), '"') < 0 {
		return n.listOf(v)
	}
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(append(append(*arena, `"[\"`...), v.JSON[1:len(v.JSON)-1]...), `\"]"`...)
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.String, Escaped: true}
}

// namedValues makes an object of a list of {Name, Value}: elements whose value is null are left out, a text that is JSON
// is stored as what it says, any other value as its text.
func (n *normalizer) namedValues(v ecs.Value) ecs.Value {
	if v.Kind != ecs.List {
		return ecs.Value{}
	}
	out := n.aside[:0]
	list := n.open(v)
	for i := n.firstOf(list); i < n.endOf(list); i = n.nodes[i].Next {
		name, value := n.valueOf(n.member(i, "Name")), n.valueOf(n.member(i, "Value"))
		if name.Kind != ecs.String || value.Kind == ecs.None {
			continue
		}
		out = append(append(append(out, ','), name.JSON...), ':')
		out = n.appendNamed(out, value)
	}
	if len(out) == 0 {
		return ecs.Value{}
	}
	out[0] = '{'
	return n.kept(append(out, '}'), ecs.Map)
}

// kept moves what was built aside into the event's memory.
func (n *normalizer) kept(json []byte, kind ecs.Kind) ecs.Value {
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(*arena, json...)
	n.aside = json
	return ecs.Value{JSON: (*arena)[at:], Kind: kind}
}

func (n *normalizer) appendNamed(out []byte, value ecs.Value) []byte {
	if value.Kind == ecs.String {
		if text := bytes.TrimSpace(n.textOf(value)); n.nested.Valid(text) == nil {
			return append(out, text...)
		}
		return append(out, value.JSON...)
	}
	text, ok := n.keyword(value)
	if !ok {
		return append(out, `""`...)
	}
	return append(out, text.JSON...)
}

// attachments lists the files of an investigation's entities that have a SHA-256.
func (n *normalizer) attachments(v ecs.Value) ecs.Value {
	if v.Kind != ecs.Map {
		return ecs.Value{}
	}
	n.aside = n.aside[:0]
	n.each(n.open(v), "Entities", func(entity int) {
		n.each(entity, "Files", func(file int) {
			name := n.valueOf(n.member(file, "Name"))
			n.each(file, "FileHashes", func(hash int) {
				algorithm, value := n.valueOf(n.member(hash, "Algorithm")), n.valueOf(n.member(hash, "Value"))
				if string(n.textOf(algorithm)) == "SHA256" && !isEmpty(value) {
					n.aside = appendAttachment(n.aside, name, value)
				}
			})
		})
	})
	if len(n.aside) == 0 {
		return ecs.Value{}
	}
	n.aside[0] = '['
	return n.kept(append(n.aside, ']'), ecs.List)
}

func appendAttachment(out []byte, name, value ecs.Value) []byte {
	out = append(out, `,{"file":{"hash":{"sha256":`...)
	out = append(append(out, value.JSON...), '}')
	if !isEmpty(name) {
		out = append(append(out, `,"name":`...), name.JSON...)
	}
	return append(out, "}}"...)
}

// each visits the elements of a list within an object.
func (n *normalizer) each(object int, key string, visit func(int)) {
	list := n.member(object, key)
	if list < 0 || n.nodes[list].Kind != record.Array {
		return
	}
	for i := n.firstOf(list); i < n.endOf(list); i = n.nodes[i].Next {
		visit(i)
	}
}
