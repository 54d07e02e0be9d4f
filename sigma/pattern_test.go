package sigma

import (
	"reflect"
	"strings"
	"testing"
)

var (
	many = Piece{Any: true}
	one1 = Piece{}
)

func lit(s string) Piece { return Piece{Text: s} }

func TestWildcardsAndTheirEscapes(t *testing.T) {
	for _, c := range []struct {
		written string
		want    Pattern
	}{
		{``, nil},
		{`plain`, Pattern{lit("plain")}},
		{`a*b`, Pattern{lit("a"), many, lit("b")}},
		{`a?b`, Pattern{lit("a"), one1, lit("b")}},
		{`??`, Pattern{one1, one1}},
		{`a**b`, Pattern{lit("a"), many, lit("b")}},
		{`*?*`, Pattern{many, one1, many}},
		{`\*`, Pattern{lit("*")}},
		{`\?`, Pattern{lit("?")}},
		{`a\*b`, Pattern{lit("a*b")}},
		{`\\*`, Pattern{lit(`\`), many}},
		{`\\?`, Pattern{lit(`\`), one1}},
		{`\\\*`, Pattern{lit(`\*`)}},
		{`\\\\*`, Pattern{lit(`\\`), many}},
		{`\\`, Pattern{lit(`\`)}},
		{`\\\`, Pattern{lit(`\\`)}},
		{`\\\\`, Pattern{lit(`\\`)}},
		{`\`, Pattern{lit(`\`)}},
		{`C:\Windows\`, Pattern{lit(`C:\Windows\`)}},
		{`\cmd.exe`, Pattern{lit(`\cmd.exe`)}},
		{`\\cmd.exe`, Pattern{lit(`\cmd.exe`)}},
		{`\\\\srv\\share\*`, Pattern{lit(`\\srv\share*`)}},
		{`%TEMP%\*`, Pattern{lit(`%TEMP%*`)}},
		{`ß*`, Pattern{lit("ß"), many}},
	} {
		if got := ParsePattern(c.written); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.written, got, c.want)
		}
		if again := ParsePattern(c.want.String()); !reflect.DeepEqual(again, c.want) {
			t.Errorf("%s: written as %s, which is %q", c.written, c.want.String(), again)
		}
	}
}

func TestAPatternWithoutWildcardsHasALiteral(t *testing.T) {
	for written, want := range map[string]string{`abc`: "abc", `a\*c`: "a*c", ``: "", `\\`: `\`} {
		if got, ok := ParsePattern(written).Literal(); !ok || got != want {
			t.Errorf("%s: %q, %v", written, got, ok)
		}
	}
	for _, written := range []string{`*`, `?`, `a*`, `*a`, `a?c`} {
		if got, ok := ParsePattern(written).Literal(); ok {
			t.Errorf("%s has wildcards, yet the literal %q", written, got)
		}
	}
}

func TestPatternsMatchWholeValues(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		folded, cased  bool
	}{
		{`cmd.exe`, `cmd.exe`, true, true},
		{`cmd.exe`, `CMD.EXE`, true, false},
		{`cmd.exe`, `xcmd.exe`, false, false},
		{`cmd.exe`, `cmd.exex`, false, false},
		{`cmd.exe`, `cmdXexe`, false, false},
		{`*\cmd.exe`, `C:\Windows\System32\cmd.exe`, true, true},
		{`*\cmd.exe`, `cmd.exe`, false, false},
		{`*a*b*`, `xxaxxbxx`, true, true},
		{`*a*b*`, `xxbxxaxx`, false, false},
		{`a?c`, `abc`, true, true},
		{`a?c`, `aéc`, true, true},
		{`a?c`, `ac`, false, false},
		{`*?`, ``, false, false},
		{`*?`, `x`, true, true},
		{`*`, ``, true, true},
		{`*`, "two\nlines", true, true},
		{`?`, "\n", true, true},
		{`*ab`, `aab`, true, true},
		{`*aab*ab`, `aaabab`, true, true},
		{`a\*`, `a*`, true, true},
		{`a\*`, `ab`, false, false},
		{`é`, `É`, true, false},
		{`straße`, `STRASSE`, false, false},
		{`kelvin`, "\u212aelvin", true, false}, // the Kelvin sign is a k
		{"\u212a", `k`, true, false},
		{`s`, "\u017f", false, false}, // the long s is none
		{`i`, "\u0130", true, false},  // İ is an i
		{`ı`, `I`, false, false},
		{"a\xff", "a\xff", true, true},
		{"a\xff", "a\xfe", false, false},
		{"a?", "a\xfe", true, true},
		{"\ufffd", "\xff", false, false},
	} {
		p := ParsePattern(c.pattern)
		if got := p.Match(c.value, false); got != c.folded {
			t.Errorf("%s on %q without regard to case: %v", c.pattern, c.value, got)
		}
		if got := p.Match(c.value, true); got != c.cased {
			t.Errorf("%s on %q: %v", c.pattern, c.value, got)
		}
	}
}

func TestMatchingTakesNoExponentialTime(t *testing.T) {
	p := ParsePattern(strings.Repeat("a*", 50) + "b")
	if p.Match(strings.Repeat("a", 5000), false) {
		t.Error("there is no b")
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{``, `a*b?c`, `\\\*`, `\\`, `*\cmd.exe`, "\xff*", `?\?`} {
		f.Add(s, "value")
	}
	f.Fuzz(func(t *testing.T, written, value string) {
		p := ParsePattern(written)
		if again := ParsePattern(p.String()); !reflect.DeepEqual(again, p) {
			t.Fatalf("%q is %q, written as %q it is %q", written, p, p.String(), again)
		}
		for i, piece := range p {
			if i > 0 && (piece.Any && p[i-1].Any || piece.Text != "" && p[i-1].Text != "") {
				t.Fatalf("two alike follow each other in %q", p)
			}
		}
		if p.Match(value, true) && !p.Match(value, false) {
			t.Fatalf("%q matches %q only with regard to case", p, value)
		}
		if text, ok := p.Literal(); ok && !p.Match(text, true) {
			t.Fatalf("%q does not match its own text", p)
		}
		if !p.contained().Match("x"+value+"y", false) && p.Match(value, false) {
			t.Fatalf("%q is %q, yet not in it", p, value)
		}
	})
}
