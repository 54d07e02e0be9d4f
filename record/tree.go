package record

// Nested reads JSON that is within records. It is reused, and not to be used concurrently.
type Nested struct{ scanner scanner }

// Node is one value of a tree. Its children, if it is an object or an array, follow it; Next is the index of the node
// behind the last of them.
type Node struct {
	Member
	Next int
}

// Tree appends every value of text, which is one JSON value, to dst: parents before children, in the order of the text.
// The error tells why text is not JSON.
func (n *Nested) Tree(dst []Node, text []byte) ([]Node, error) {
	mark := len(dst)
	s := n.scan(text)
	dst = append(dst, Node{})
	dst, end, err := s.tree(dst, skipSpace(text, 0), 0)
	if err == nil && skipSpace(text, end) != len(text) {
		err = errSyntax
	}
	if err != nil {
		return dst[:mark], err
	}
	return dst, nil
}

// Valid does what the function of that name does.
func (n *Nested) Valid(text []byte) error { return n.scan(text).whole() }

func (n *Nested) scan(text []byte) *scanner {
	n.scanner.mark(text)
	return &n.scanner
}

// tree reads the value at i into the last node of dst, and what is in it into further ones.
func (s *scanner) tree(dst []Node, i, depth int) (_ []Node, end int, err error) {
	b, self, start := s.text, len(dst)-1, i
	n := &dst[self]
	switch {
	case i < len(b) && b[i] == '"':
		n.Kind = String
		i, n.Escaped, err = s.str(i)
	case i < len(b) && (b[i] == '{' || b[i] == '['):
		dst, i, err = s.branches(dst, i, depth+1)
		n = &dst[self]
	default:
		n.Kind, i, n.Escaped, err = s.value(i, depth)
	}
	if err != nil {
		return dst, i, err
	}
	n.Value, n.Next = b[start:i:i], len(dst)
	return dst, i, nil
}

// branches reads the object or array at i, whose node is the last of dst.
func (s *scanner) branches(dst []Node, i, depth int) (_ []Node, end int, err error) {
	b := s.text
	object, closing := b[i] == '{', b[i]+2
	if dst[len(dst)-1].Kind = Array; object {
		dst[len(dst)-1].Kind = Object
	}
	if depth > MaxDepth {
		return dst, i, errDepth
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == closing {
		return dst, i + 1, nil
	}
	for more := true; more; {
		dst = append(dst, Node{})
		done := false
		if object {
			i, done, err = s.entry(i, &dst[len(dst)-1].Member)
			dst[len(dst)-1].Next = len(dst)
		}
		if !done && err == nil {
			dst, i, err = s.tree(dst, i, depth)
		}
		if err != nil {
			return dst, i, err
		}
		if object && i+1 < len(b) && b[i] == ',' && b[i+1] == '"' {
			i++
			continue
		}
		if more, i, err = separator(b, i, closing); err != nil {
			return dst, i, err
		}
	}
	return dst, i, nil
}
