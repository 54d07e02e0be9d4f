package record

// Node is one value of a Tree. Its children, if it is an object or an array, follow it; Next is the index of the node
// behind the last of them.
type Node struct {
	Member
	Next int
}

// Tree appends every value of text, which is one JSON value, to dst: parents before children, in the order of the text.
// The error tells why text is not JSON.
func Tree(dst []Node, text []byte) ([]Node, error) {
	mark := len(dst)
	dst = append(dst, Node{})
	dst, end, err := tree(dst, text, skipSpace(text, 0), 0)
	if err == nil && skipSpace(text, end) != len(text) {
		err = errSyntax
	}
	if err != nil {
		return dst[:mark], err
	}
	return dst, nil
}

// tree reads the value at i into the last node of dst, and what is in it into further ones.
func tree(dst []Node, b []byte, i, depth int) (_ []Node, end int, err error) {
	self, start := len(dst)-1, i
	n := &dst[self]
	if i >= len(b) || b[i] != '{' && b[i] != '[' {
		n.Kind, end, n.Escaped, err = value(b, i, depth)
		n.Next = len(dst)
		if err == nil {
			n.Value = b[start:end:end]
		}
		return dst, end, err
	}
	if depth++; depth > MaxDepth {
		return dst, i, errDepth
	}
	object, closing := b[i] == '{', b[i]+2
	n.Kind = Array
	if object {
		n.Kind = Object
	}
	i = skipSpace(b, i+1)
	more := i >= len(b) || b[i] != closing
	if !more {
		i++
	}
	for more {
		dst = append(dst, Node{})
		if object {
			if i, err = key(b, i, &dst[len(dst)-1].Member); err != nil {
				return dst, i, err
			}
		}
		if dst, i, err = tree(dst, b, i, depth); err != nil {
			return dst, i, err
		}
		if more, i, err = separator(b, i, closing); err != nil {
			return dst, i, err
		}
	}
	dst[self].Value = b[start:i:i]
	dst[self].Next = len(dst)
	return dst, i, nil
}
