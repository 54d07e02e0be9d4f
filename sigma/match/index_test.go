package match

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// texts are made of few bytes, so that parts of one are often in another.
func texts(d dice, n, most int) [][]byte {
	var out [][]byte
	for range n {
		text := make([]byte, 1+d.IntN(most))
		for i := range text {
			text[i] = "abc.\\\x00\xc3\xa9"[d.IntN(8)]
		}
		out = append(out, text)
	}
	return out
}

func TestTheEndsOfATextAreFoundAsComparingFindsThem(t *testing.T) {
	d := dice{newRand(1, 1)}
	for range 200 {
		var entries []endEntry
		for i, text := range texts(d, 40, 12) {
			entries = append(entries, endEntry{text: text, whole: i%3 == 0, posting: int32(i)})
		}
		x := newEnds(entries)
		for _, text := range append(texts(d, 40, 20), nil) {
			var want []int32
			for _, e := range entries {
				if e.whole && bytes.Equal(text, e.text) || !e.whole && bytes.HasSuffix(text, e.text) {
					want = append(want, e.posting)
				}
			}
			got := x.find(text, nil)
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Fatalf("%q: found %v, want %v", text, got, want)
			}
		}
	}
}

func TestTheLiteralsInATextAreFoundAsSearchingFindsThem(t *testing.T) {
	d := dice{newRand(2, 2)}
	for range 200 {
		var literals []gramLiteral
		for _, text := range texts(d, 60, 14) {
			if len(text) >= shortest {
				literals = append(literals, gramLiteral{text: text, start: d.IntN(4) == 0, posting: int32(len(literals))})
			}
		}
		x := newGrams(literals)
		h := &hits{stamps: make([]uint32, len(literals))}
		for _, text := range append(texts(d, 40, 60), nil) {
			var want []int32
			for _, l := range literals {
				if l.start && bytes.HasPrefix(text, l.text) || !l.start && bytes.Contains(text, l.text) {
					want = append(want, l.posting)
				}
			}
			h.now, h.found = h.now+1, h.found[:0]
			has := ascii
			if !isASCII(string(text)) {
				has = beyond
			}
			x.scan(text, has, h)
			if slices.Sort(h.found); !slices.Equal(h.found, want) {
				t.Fatalf("%q: found %v, want %v", text, h.found, want)
			}
		}
	}
}

func TestAPresenceDeniesNothingThatIsThere(t *testing.T) {
	d := dice{newRand(3, 3)}
	for _, text := range texts(d, 300, 400) {
		bits := presenceBits(len(text))
		p := presence{bits: make([]uint64, 1<<bits/64), shift: 32 - bits}
		p.fill(text)
		for i := 0; i+4 <= len(text); i++ {
			if p.lacks(gramAt(text, i) * gramFactor) {
				t.Fatalf("%q lacks %q", text, text[i:i+4])
			}
		}
	}
}

func TestLowerCaseIsThatOfEveryRune(t *testing.T) {
	d := dice{newRand(4, 4)}
	for range 2000 {
		text := d.text(8) + strings.Repeat("Q[@Z`{z", d.IntN(3))
		if d.IntN(4) == 0 {
			text += "\xff\xc3"
		}
		got, has := appendLower(nil, []byte(text))
		var want []byte
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && n == 1 {
				want = append(want, text[i])
			} else {
				want = utf8.AppendRune(want, unicode.ToLower(r))
			}
			i += n
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
		if (has == odd) != strings.Contains(text, "ſ") || (has == ascii) != isASCII(text) {
			t.Fatalf("%q: has %d", text, has)
		}
	}
}

func TestWhatAnExpressionRequires(t *testing.T) {
	for _, c := range []struct {
		expression string
		want       []string
	}{
		{`mimikatz`, []string{"mimikatz"}},
		{`(?i)MimiKatz`, []string{"mimikatz"}},
		{`(?i)straße`, []string{"straße"}},
		{`(?i)abcdµef`, []string{"abcd"}}, // µ is one of three that the expression takes for each other and lower case does not
		{`net\w+(?:user|group)`, []string{"user", "group"}},
		{`(?:net )+(?:user|group)`, []string{"net user", "net group"}},
		{`a?bcdefg`, []string{"bcdefg"}},
		{`(?:foo|bar)baz`, []string{"foobaz", "barbaz"}},
		{`"(?:\{[01]\})+"`, []string{`"{0}`, `"{1}`}},
		{`foo.*verylongword`, []string{"verylongword"}},
		{`[^a]`, nil},
		{`.*`, nil},
		{`\s`, nil},
		{`(?:foo)?`, nil},
		{`foo|.`, nil},
		{`[\x{fffd}]bcdef`, []string{"bcdef"}},
	} {
		re, err := syntax.Parse(c.expression, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := required(re); !slices.Equal(got, c.want) {
			t.Errorf("%s: requires %q, want %q", c.expression, got, c.want)
		}
	}
}

// What is supposed of expressions never keeps one from matching.
func TestEveryMatchOfAnExpressionHasWhatIsRequired(t *testing.T) {
	d := dice{newRand(5, 5)}
	all := append(slices.Clone(expressions), `(?i)\w+`+"`"+`(?:\w+|-|.)`+"`"+`[\w+|\s]`, `\\[a-z0-9]{1,32}\.[a-z0-9]{1,6}\.[ "']{1}`, `\s[a-f0-9]{14}\s[a-f0-9]{6}`,
		`\+.*\+.*\+.*\+`, `-(W|R)\s?(\s|"|')([0-9a-fA-F]{2}\s?){2,20}(\s|"|')`, `(?i)[sk]{3}x|a{20}b?`)
	for _, expression := range all {
		compiled := regexp.MustCompile(expression)
		re, err := syntaxOf(compiled)
		if err != nil {
			t.Fatal(err)
		}
		demands, r, w, m := required(re), longestRun(re), windowOf(re), minimumOf(re)
		for turn := range 200 {
			text := d.text(3) + example(re, turn) + d.text(3)
			if !compiled.MatchString(text) {
				continue
			}
			index := indexed(text)
			switch {
			case len(demands) > 0 && !slices.ContainsFunc(demands, func(s string) bool { return strings.Contains(index, s) }):
				t.Errorf("%s: %q has none of %q", expression, text, demands)
			case r.length > 0 && !r.in([]byte(text)):
				t.Errorf("%s: no run of %d in %q", expression, r.length, text)
			case len(w.classes) > 0 && !w.in([]byte(text)):
				t.Errorf("%s: no window of %d in %q", expression, len(w.classes), text)
			case !m.has([]byte(text)):
				t.Errorf("%s: %q has not the minimum %+v", expression, text, m)
			}
		}
	}
}

func TestExamplesOfExpressionsMatch(t *testing.T) {
	for _, expression := range append(slices.Clone(expressions), `[0-9a-f]{8}-[0-9a-f]{4}`, `(?:a|b(?:c|d)){2}`, `[^\x20-\x7e]`) {
		compiled := regexp.MustCompile(expression)
		re, err := syntaxOf(compiled)
		if err != nil {
			t.Fatal(err)
		}
		for turn := range 8 {
			if text := example(re, turn); !compiled.MatchString(text) && !strings.HasPrefix(expression, "(?i:") {
				t.Errorf("%s does not match %q", expression, text)
			}
		}
	}
}
