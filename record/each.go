package record

// Each visits the members of the object, or the elements of the array, that text consists of, until visit returns false.
// Unlike Members it holds no list, however many there are. A member holds until visit returns, its slices as long as text.
// The error tells why text is no JSON object or array; what was visited before was well formed.
func Each(text []byte, visit func(*Member) bool) error {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '{' && text[i] != '[' {
		return errSyntax
	}
	s := scan(text)
	defer s.done()
	object, closing := text[i] == '{', text[i]+2 // in ASCII } is { + 2 and ] is [ + 2
	i = skipSpace(text, i+1)
	more := i >= len(text) || text[i] != closing
	if !more {
		i++
	}
	for m := (Member{}); more; {
		var err error
		if object {
			if i, err = s.key(i, &m); err != nil {
				return err
			}
		}
		start := i
		if m.Kind, i, m.Escaped, err = s.value(i, 1); err != nil {
			return err
		}
		m.Value = text[start:i:i]
		if !visit(&m) {
			return nil
		}
		if more, i, err = separator(text, i, closing); err != nil {
			return err
		}
	}
	if skipSpace(text, i) != len(text) {
		return errSyntax
	}
	return nil
}
