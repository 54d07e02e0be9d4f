package scalar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pairReader takes keys and values out of a text.
type pairReader struct {
	s             string
	pairs, values string
	escape        string
	quotes        [][2]string
}

// parseKV gives a bag of the wanted keys found. Arguments: text, wanted keys, delimiter of pairs ("" for white space), delimiter between key and value,
// escape character, quotes as pairs of opening and closing, greedy.
func parseKV(a []any) any {
	r := &pairReader{s: text(a[0]), pairs: text(a[2]), values: text(a[3]), escape: text(a[4])}
	for _, q := range list(a[5]) {
		if pair := list(q); len(pair) == 2 {
			r.quotes = append(r.quotes, [2]string{plain(pair[0]), plain(pair[1])})
		}
	}
	wanted := map[string]bool{}
	for _, k := range list(a[1]) {
		wanted[plain(k)] = true
	}
	greedy, _ := a[6].(bool)
	out := newBag()
	found := func(k, v string) {
		if _, ok := out.values[k]; wanted[k] && !ok {
			out.set(k, v)
		}
	}
	switch {
	case r.values == "":
		return out
	case greedy:
		r.greedy(found)
	default:
		for r.s != "" {
			r.skipDelimiters()
			k, ended := r.token(r.values)
			if ended == r.values {
				v := ""
				if r.atPairs() == 0 {
					v, _ = r.token("")
				}
				found(k, v)
			}
		}
	}
	return out
}

func (r *pairReader) atPairs() int {
	if r.pairs == "" {
		c, size := utf8.DecodeRuneInString(r.s)
		if size > 0 && unicode.IsSpace(c) {
			return size
		}
		return 0
	}
	if strings.HasPrefix(r.s, r.pairs) {
		return len(r.pairs)
	}
	return 0
}

func (r *pairReader) skipDelimiters() {
	for {
		trimmed := strings.TrimLeftFunc(r.s, unicode.IsSpace)
		if n := r.atPairs(); n > 0 {
			r.s = r.s[n:]
		} else if trimmed != r.s {
			r.s = trimmed
		} else {
			return
		}
	}
}

// token reads up to stop or the end of the pair, and says which ended it. Quotes protect delimiters and are taken off.
func (r *pairReader) token(stop string) (string, string) {
	var b strings.Builder
	r.s = strings.TrimLeftFunc(r.s, unicode.IsSpace)
	for _, q := range r.quotes {
		if q[0] != "" && strings.HasPrefix(r.s, q[0]) {
			r.s = r.s[len(q[0]):]
			r.quoted(&b, q[1])
			break
		}
	}
	for r.s != "" {
		if stop != "" && strings.HasPrefix(r.s, stop) {
			r.s = r.s[len(stop):]
			return b.String(), stop
		}
		if n := r.atPairs(); n > 0 {
			r.s = r.s[n:]
			return b.String(), ""
		}
		r.one(&b)
	}
	return b.String(), ""
}

func (r *pairReader) quoted(b *strings.Builder, closing string) {
	for r.s != "" {
		if closing != "" && strings.HasPrefix(r.s, closing) {
			r.s = r.s[len(closing):]
			return
		}
		r.one(b)
	}
}

// one takes over a character, or the one after an escape.
func (r *pairReader) one(b *strings.Builder) {
	if r.escape != "" && strings.HasPrefix(r.s, r.escape) && len(r.s) > len(r.escape) {
		r.s = r.s[len(r.escape):]
	}
	_, size := utf8.DecodeRuneInString(r.s)
	b.WriteString(r.s[:size])
	r.s = r.s[size:]
}

// greedy reads values that hold white space: a value goes on up to the last blank before the next key.
func (r *pairReader) greedy(found func(k, v string)) {
	r.skipDelimiters()
	k, ended := r.token(r.values)
	for ended == r.values {
		next := strings.Index(r.s, r.values)
		if next < 0 {
			found(k, strings.TrimSpace(r.s))
			return
		}
		cut := strings.LastIndexFunc(r.s[:next], unicode.IsSpace)
		if cut < 0 {
			cut = 0
		}
		found(k, strings.TrimSpace(r.s[:cut]))
		k = strings.TrimSpace(r.s[cut:next])
		r.s = r.s[next+len(r.values):]
	}
}
