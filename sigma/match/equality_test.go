package match

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// dice draws rules and events that are alike often enough for matches to be frequent.
type dice struct{ *rand.Rand }

var parts = []string{
	"a", "B", "s", "S", "ſ", "k", "K", "\u212a", "é", "É", "İ", "ß", "Σ", "ς", "\\", "/", ".", " ", "-", "*", "?", "\"", "1", "10", "-1.5",
	"power", "Shell", ".exe", "cmd", "\\Windows\\", " -enc ", "10.0.0.1", "10.1.2.3", "::1", "fe80::1", "日本", "𝔘", "\x00", "\n", "\ufffd",
}

func (d dice) of(texts []string) string { return texts[d.IntN(len(texts))] }

func (d dice) text(most int) string {
	var b strings.Builder
	for range d.IntN(most + 1) {
		b.WriteString(d.of(parts))
	}
	return b.String()
}

var columnNames = []string{"A", "B", "C", "Odd", "NoColumn", "PartOf"}

func (d dice) value() any {
	switch d.IntN(10) {
	case 0:
		return nil
	case 1:
		return ""
	case 2:
		return d.IntN(12)
	case 3:
		var list []any
		for range d.IntN(4) {
			list = append(list, d.text(4))
		}
		return list
	case 4:
		return d.text(60)
	}
	return d.text(6)
}

func (d dice) columns() map[string]any {
	out := map[string]any{"ActionType": d.of([]string{"One", "two", "Three"})}
	for _, name := range columnNames[:4] {
		if d.IntN(5) > 0 {
			out[name] = d.value()
		}
	}
	return out
}

func (d dice) pattern() sigma.Pattern {
	var p sigma.Pattern
	for range 1 + d.IntN(4) {
		switch d.IntN(6) {
		case 0, 1:
			if len(p) == 0 || !p[len(p)-1].Any {
				p = append(p, sigma.Piece{Any: true})
			}
		case 2:
			p = append(p, sigma.Piece{})
		default:
			if text := d.text(3); text != "" && (len(p) == 0 || p[len(p)-1].Text == "") {
				p = append(p, sigma.Piece{Text: text})
			}
		}
	}
	return p
}

var expressions = []string{
	`power`, `(?i)shell`, `(?i)s`, `(?i)KS?`, `^a`, `\.exe$`, `(?:cmd|power).*shell`, `(?i)(?:cmd|power)[sk]`, `[0-9]+\.`, `a{2,3}`, `(?i)ß|σ`,
	`(?s).{20}`, `[^a]`, `(a|b)+k`, `(?i:\\win)dows`, `"|\*`, `x?`, `(?i)é`, `[\x{fffd}]`, `(?i)[sk]hell`, `(?i)power(shell)?\.exe`, `1[05]`,
	`[a-z0-9]\.[ "e]`, `[^/]{20,}$`, `\\[a-zA-Z]{1,9}\\?[ s]`, `(?i)e` + "`" + `?n` + "`" + `?c`, `(\w+|-)\s?-`, `[\w.]{12}`, `(?:-enc){1,2}\s`, `[a-m]{3,}\.`, `1\d{1,3}\.`,
	`\.e?x?.*\..*\.`, `.{40,}`, `(?:a.*){3}|(?:aa.*){2}`, `(?i)(?:s.*){4}`, `\s[a-z]{3}`, `(a|s)+S`, `(?i)(shell|cmd)(\.exe)?( -enc)?`, `[^\x00-\x7f][aB]`,
}

func (d dice) test() *sigma.Test {
	t := &sigma.Test{Field: d.of(columnNames), Cased: d.IntN(4) == 0}
	if d.IntN(12) == 0 {
		t.Field = ""
	}
	switch d.IntN(16) {
	case 0:
		t.Kind, t.Regexp = sigma.Regex, regexp.MustCompile(d.of(expressions))
	case 1:
		t.Kind, t.Prefix = sigma.CIDR, netip.MustParsePrefix(d.of([]string{"10.0.0.0/8", "10.0.0.0/30", "::/0", "fe80::/10", "0.0.0.0/0"}))
	case 2:
		t.Kind = []sigma.Kind{sigma.Less, sigma.LessOrEqual, sigma.Greater, sigma.GreaterOrEqual, sigma.Equal}[d.IntN(5)]
		t.Bound = float64(d.IntN(12))
	case 3:
		t.Kind = sigma.Null
	case 4:
		t.Kind = sigma.Empty
	case 5:
		t.Kind, t.Want = sigma.Exists, d.IntN(2) == 0
	case 6:
		t.Kind, t.Ref, t.Anchor = sigma.FieldRef, d.of(columnNames), sigma.Anchor(d.IntN(4))
	case 7, 8:
		t.Pattern = sigma.Pattern{{Any: true}, {Text: d.text(3) + "a"}, {Any: true}}
	case 9, 10:
		t.Pattern = sigma.Pattern{{Any: true}, {Text: d.text(3) + d.of(parts)}}
	case 11:
		t.Pattern = sigma.Pattern{{Text: d.text(2) + d.of(parts)}, {Any: true}}
	case 12:
		t.Pattern = sigma.Pattern{{Text: d.text(2) + d.of(parts)}}
	default:
		t.Pattern = d.pattern()
	}
	return t
}

func (d dice) condition(depth int) sigma.Node {
	if depth == 0 || d.IntN(4) == 0 {
		return d.test()
	}
	var of []sigma.Node
	for range d.IntN(5) {
		of = append(of, d.condition(depth-1))
	}
	switch d.IntN(5) {
	case 0, 1:
		return &sigma.And{Of: of}
	case 2, 3:
		return &sigma.Or{Of: of}
	}
	return &sigma.Not{Of: d.condition(depth - 1)}
}

var testStreams = []*pipeline.Stream{
	{Name: "one", Table: "T", ActionTypes: []string{"One"}},
	{Name: "two", Table: "T", ActionTypes: []string{"Two", "Three"}},
	{Name: "other", Table: "U"},
	{Name: "any"},
}

func (d dice) rule() *sigma.Rule {
	r := &sigma.Rule{Condition: d.condition(3)}
	r.Logsource.Category = d.of([]string{"", "one", "two", "o", "other", "any", "nothing"})
	return r
}

func (d dice) rules(n int) []*sigma.Rule {
	out := make([]*sigma.Rule, n)
	for i := range out {
		out[i] = d.rule()
	}
	return out
}

// disagreement tries rules on events both ways; it says where the two differ.
func disagreement(t testing.TB, d dice, rules, events int) (matches int) {
	s := Compile(d.rules(rules), newColumns(testStreams...))
	m, one := s.Matcher(), newPlainSet(s)
	var ev ecs.Event
	var dst []int32
	for range events {
		columns := d.columns()
		rec := event(t, d.of([]string{"T", "t", "U", "V"}), columns)
		dst = m.Match(rec, &ev, dst[:0])
		want := one.match(rec, &ev)
		if !slices.Equal(dst, want) {
			for i := range int32(s.Len()) {
				if slices.Contains(dst, i) != slices.Contains(want, i) {
					t.Fatalf("%s %q: plainly %v, fast %v\n%s", rec.Table, columns, slices.Contains(want, i), slices.Contains(dst, i),
						describe(s.Rule(i).Condition))
				}
			}
			t.Fatalf("got %v, want %v", dst, want)
		}
		matches += len(dst)
	}
	return matches
}

func describe(n sigma.Node) string {
	switch n := n.(type) {
	case *sigma.And:
		return "and" + describeAll(n.Of)
	case *sigma.Or:
		return "or" + describeAll(n.Of)
	case *sigma.Not:
		return "not " + describe(n.Of)
	case *sigma.Test:
		return fmt.Sprintf("{%q kind %d pattern %q cased %v regexp %v prefix %v bound %v ref %q anchor %d want %v}",
			n.Field, n.Kind, n.Pattern, n.Cased, n.Regexp, n.Prefix, n.Bound, n.Ref, n.Anchor, n.Want)
	}
	return "?"
}

func describeAll(of []sigma.Node) string {
	var parts []string
	for _, n := range of {
		parts = append(parts, describe(n))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func TestFastAndPlainAgree(t *testing.T) {
	matches := 0
	rounds := 150
	if testing.Short() {
		rounds = 20
	}
	for seed := range uint64(rounds) {
		matches += disagreement(t, dice{newRand(seed, 7)}, 60, 25)
	}
	if matches < rounds*100 {
		t.Errorf("only %d matches: the rules and events do not fit", matches)
	}
	t.Logf("%d matches", matches)
}

// Keywords are looked for in the record's JSON, however that writes their letters.
func TestKeywordsAreFoundHoweverJSONWritesThem(t *testing.T) {
	keyword := func(text string) *sigma.Rule {
		return &sigma.Rule{Condition: &sigma.Test{Pattern: sigma.Pattern{{Any: true}, {Text: text}, {Any: true}}}}
	}
	s := Compile([]*sigma.Rule{keyword("mimikatz"), keyword(`C:\Perf\perfc.dat`), keyword("say \"powershell\""), keyword("invoke-é-thing")},
		newColumns(testStreams...))
	for _, c := range []struct {
		properties string
		want       []int32
	}{
		{`{"A":"x mimiKATZ.exe"}`, []int32{0}},
		{`{"A":"x mimi"," B":"katz.exe"}`, nil},
		{`{"A":"x mim\u0069kat\u007A"}`, []int32{0}},
		{"{\"A\":\"mimi\u212aatz\"}", []int32{0}},
		{`{"A":"mimi\u212aatz"}`, []int32{0}},
		{"{\"A\":\"m\u0130mikatz\"}", []int32{0}},
		{`{"mimikatz":"A"}`, nil},
		{`{"A":["b",{"c":"MIMIKATZ"}]}`, []int32{0}},
		{`{"A":"\u00ae c:\\perf\\PERFC.dat\u002e"}`, []int32{1}},
		{`{"A":"c:/perf/perfc.dat"}`, nil},
		{`{"A":"c:\\users\\say \"Powershell\""}`, []int32{2}},
		{`{"A":"INVOKE-\u00c9-thing"}`, []int32{3}},
	} {
		rec := new(record.Record)
		var p record.Parser
		if err := p.Parse([]byte(`{"category":"T","properties":`+c.properties+`}`), rec); err != nil {
			t.Fatal(err)
		}
		var ev ecs.Event
		if got := s.Matcher().Match(rec, &ev, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: matched %v, want %v", c.properties, got, c.want)
		}
		if got := newPlainSet(s).match(rec, &ev); !slices.Equal(got, c.want) {
			t.Errorf("%s: matched plainly %v, want %v", c.properties, got, c.want)
		}
	}
}

func FuzzFastAndPlainAgree(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(uint64(118), uint64(175)) // ſ is in the index as s
	f.Fuzz(func(t *testing.T, a, b uint64) {
		disagreement(t, dice{newRand(a, b)}, 20, 10)
	})
}

func newRand(a, b uint64) *rand.Rand { return rand.New(rand.NewPCG(a, b)) }
