package sigma

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// reading reads one rule with a selection whose only item is as written, indented by eight spaces.
func reading(item string, o Options) *Collection {
	return Read("test.yml", []byte("title: Test\nlogsource: {category: test}\ndetection:\n    sel:\n        "+item+"\n    condition: sel\n"), o)
}

// tests are the leaves of a condition.
func leaves(n Node) []*Test {
	switch n := n.(type) {
	case *And:
		return all(n.Of)
	case *Or:
		return all(n.Of)
	case *Not:
		return leaves(n.Of)
	case *Test:
		return []*Test{n}
	}
	return nil
}

func all(list []Node) []*Test {
	var out []*Test
	for _, n := range list {
		out = append(out, leaves(n)...)
	}
	return out
}

// expression writes a condition as a person would: a leaf as its field, what it does and with what.
func expression(n Node) string {
	list := func(of []Node, op string) string {
		texts := make([]string, len(of))
		for i, part := range of {
			texts[i] = expression(part)
		}
		if len(texts) == 1 {
			return texts[0]
		}
		return "(" + strings.Join(texts, op) + ")"
	}
	switch n := n.(type) {
	case *And:
		return list(n.Of, " & ")
	case *Or:
		return list(n.Of, " | ")
	case *Not:
		return "!" + expression(n.Of)
	case *Test:
		return leaf(n)
	}
	return "?"
}

func leaf(t *Test) string {
	field := t.Field
	if t.Cased {
		field += "(cased)"
	}
	ops := map[Kind]string{Equal: "=", Less: "<", LessOrEqual: "<=", Greater: ">", GreaterOrEqual: ">="}
	switch t.Kind {
	case Match:
		return field + "=" + t.Pattern.String()
	case Regex:
		return field + "~" + t.Regexp.String()
	case CIDR:
		return field + " in " + t.Prefix.String()
	case Null:
		return field + " null"
	case Empty:
		return field + " empty"
	case Exists:
		return fmt.Sprintf("%s exists %v", field, t.Want)
	case FieldRef:
		return field + []string{" is ", " starts with ", " ends with ", " contains "}[t.Anchor] + t.Ref
	}
	if t.Part != 0 {
		field = []string{"", "minute", "hour", "day", "week", "month", "year"}[t.Part] + " of " + field
	}
	return fmt.Sprintf("%s%s%g", field, ops[t.Kind], t.Bound)
}

func placeholders(name string) ([]string, bool) {
	values := map[string][]string{"admins": {"root", "adm*"}, "host": {"srv1"}, "none": {}, "path": {`C:\x.exe`}}
	list, ok := values[name]
	return list, ok
}

func TestModifiers(t *testing.T) {
	for _, c := range []struct{ item, want string }{
		{`A: x`, `A=x`},
		{`A: 'x*'`, `A=x*`},
		{`A: [x, y]`, `(A=x | A=y)`},
		{`A: ''`, `A empty`},
		{`A: null`, `A null`},
		{`A:`, `A null`},
		{`A: []`, `A null`},
		{`A: [null, x, '']`, `(A null | A=x | A empty)`},
		{`A: 1`, `A=1`},
		{`A: -1.5`, `A=-1.5`},
		{`A: 0x1F`, `A=31`},
		{`A: 0755`, `A=0755`},
		{`A: 1e3`, `A=1e3`},
		{`A: 1_000`, `A=1000`},
		{`A: true`, `A=true`},
		{`A: False`, `A=false`},
		{`A: yes`, `A=yes`},
		{`A: 2025-01-31`, `A=2025-01-31`},
		{`A: 12:30`, `A=12:30`},
		{`A: 12345678901234567890123`, `A=12345678901234567890123`},

		{`A|contains: x`, `A=*x*`},
		{`A|contains: '*x'`, `A=*x*`},
		{`A|contains: '\*x'`, `A=*\*x*`},
		{`A|contains: ''`, `A=*`},
		{`A|contains: 5`, `A=*5*`},
		{`A|startswith: x`, `A=x*`},
		{`A|startswith: 'x\'`, `A=x\\*`},
		{`A|endswith: '\x'`, `A=*\x`},
		{`A|contains: [x, y]`, `(A=*x* | A=*y*)`},
		{`A|contains|all: [x, y]`, `(A=*x* & A=*y*)`},
		{`A|all|contains: [x, y]`, `(A=*x* & A=*y*)`},
		{`A|all: x`, `A=x`},
		{`A|neq: x`, `!A=x`},
		{`A|neq: [x, y]`, `!(A=x | A=y)`},
		{`A|contains|all|neq: [x, y]`, `!(A=*x* & A=*y*)`},
		{`A|neq: null`, `!A null`},
		{`A|cased: Foo`, `A(cased)=Foo`},
		{`A|contains|cased: Foo`, `A(cased)=*Foo*`},
		{`A|cased|endswith: Foo`, `A(cased)=*Foo`},

		{`A|re: 'a.*b$'`, `A~a.*b$`},
		{`A|re: '\\d\*'`, `A~\\d\*`},
		{`A|re: 123`, `A~123`},
		{`A|re|i: x`, `A~(?i)x`},
		{`A|re|i|m|s: x`, `A~(?ims)x`},
		{`A|re|ignorecase|multiline|dotall: x`, `A~(?ims)x`},
		{`A|re|all: [x, y]`, `(A~x & A~y)`},
		{`A|re|contains: 'x|y'`, `A~x|y`},
		{`A|re|startswith: 'x|y'`, `A~\A(?:x|y)`},
		{`A|re|i|endswith: 'x|y'`, `A~(?i)(?:x|y)\z`},

		{`A|cidr: 10.0.0.0/8`, `A in 10.0.0.0/8`},
		{`A|cidr: ['2001:DB8::/32', 127.0.0.1, '::1']`, `(A in 2001:db8::/32 | A in 127.0.0.1/32 | A in ::1/128)`},
		{`A|cidr: '::ffff:10.0.0.0/104'`, `A in 10.0.0.0/8`},

		{`A|base64: foobar`, `A=Zm9vYmFy`},
		{`A|base64: 'a\*'`, `A=YSo=`},
		{`A|base64: föö`, `A=ZsO2w7Y=`},
		{`A|base64|base64: foo`, `A=Wm05dg==`},
		{`A|base64offset|contains: foo`, `(A=*Zm9v* | A=*Zvb* | A=*mb2*)`},
		{`A|base64offset|contains: foob`, `(A=*Zm9vY* | A=*Zvb2* | A=*mb29i*)`},
		{`A|base64offset: fooba`, `(A=Zm9vYm | A=Zvb2Jh | A=mb29iY)`},
		{`A|base64offset|contains|all: [foo, bar]`, `((A=*Zm9v* | A=*Zvb* | A=*mb2*) & (A=*YmFy* | A=*Jhc* | A=*iYX*))`},
		{`A|wide|base64: ab`, `A=YQBiAA==`},
		{`A|utf16le|base64: ab`, `A=YQBiAA==`},
		{`A|utf16be|base64: ab`, `A=AGEAYg==`},
		{`A|utf16|base64: ab`, `A=//5hAGIA`},
		{`A|wide|base64: 'é😀'`, `A=6QA92ADe`},
		{`A|wide|base64offset|contains: ab`, `(A=*YQBiA* | A=*EAYg* | A=*hAGIA*)`},
		{`A|wide: ab`, "A=a\x00b\x00"},
		{`A|wide|contains: a*b`, "A=*a\x00*b\x00*"},

		{`A|windash: x`, `A=x`},
		{`A|windash: -x`, `(A=-x | A=/x | A=–x | A=—x | A=―x)`},
		{`A|contains|windash: /x`, `(A=*-x* | A=*/x* | A=*–x* | A=*—x* | A=*―x*)`},
		{`A|windash|contains: ' -x y-z - '`, `(A=* -x y-z - * | A=* /x y-z - * | A=* –x y-z - * | A=* —x y-z - * | A=* ―x y-z - *)`},
		{`A|windash: --x`, `(A=--x | A=-/x | A=-–x | A=-—x | A=-―x)`},

		{`A|exists: true`, `A exists true`},
		{`A|exists: no`, `A exists false`},
		{`A|fieldref: B`, `A is B`},
		{`A|fieldref|startswith: B`, `A starts with B`},
		{`A|fieldref|endswith: B`, `A ends with B`},
		{`A|fieldref|contains: [B, C]`, `(A contains B | A contains C)`},
		{`A|fieldref|neq: B`, `!A is B`},
		{`A|fieldref|cased: B`, `A(cased) is B`},

		{`A|lt: 5`, `A<5`},
		{`A|lte: -5`, `A<=-5`},
		{`A|gt: 1.5`, `A>1.5`},
		{`A|gte: '10'`, `A>=10`},
		{`A|gt: 0x10`, `A>16`},

		{`A|minute: 0`, `minute of A=0`},
		{`A|hour: [22, 23]`, `(hour of A=22 | hour of A=23)`},
		{`A|hour|gte: 22`, `hour of A>=22`},
		{`A|day: 31`, `day of A=31`},
		{`A|week|lt: 10`, `week of A<10`},
		{`A|month: 12`, `month of A=12`},
		{`A|year|neq: 2025`, `!year of A=2025`},

		{`A|expand: '%admins%'`, `(A=root | A=adm*)`},
		{`A|expand: '%host%\%admins%'`, `(A=srv1\root | A=srv1\adm*)`},
		{`A|contains|expand: 'x%host%'`, `A=*xsrv1*`},
		{`A|expand|contains: '%host%'`, `A=*srv1*`},
		{`A|expand|base64: '%path%'`, `A=QzpceC5leGU=`},
		{`A|expand: '100%\a %%'`, `A=100%\a %%`},
		{`A|re|expand: '^%path%|%admins%$'`, `(A~^C:\\x\.exe|root$ | A~^C:\\x\.exe|adm.*$)`},
		{`A|contains|all|expand: ['%admins%', x]`, `((A=*root* | A=*adm*) & A=*x*)`},
		{`A: '%admins%'`, `A=%admins%`},

		{`'|all': [x, y]`, `(=*x* & =*y*)`},
		{`'|contains|all': [x, 'y*']`, `(=*x* & =*y*)`},
		{`'|re': 'x.y'`, `~x.y`},
		{`'|startswith': x`, `=x*`},
		{`'|cased': Foo`, `(cased)=*Foo*`},
		{`'|neq': Foo`, `!=*Foo*`},

		{`A |contains: x`, `A=*x*`},
		{`A|CONTAINS: x`, `A=*x*`},
		{`"A.b c|contains": x`, `A.b c=*x*`},
	} {
		got := reading(c.item, Options{Placeholder: placeholders})
		if len(got.Rules) != 1 || len(besides(got.Problems)) > 0 {
			t.Errorf("%s: %v", c.item, got.Problems)
			continue
		}
		if e := expression(got.Rules[0].Condition); e != c.want {
			t.Errorf("%s: got %s, want %s", c.item, e, c.want)
		}
	}
}

func TestModifiersThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		item   string
		column int // of line 5
		want   string
	}{
		{`A|foo: x`, 9, `unknown modifier "foo"`},
		{`A|: x`, 9, `expected the name of a modifier`},
		{`A||contains: x`, 9, `expected the name of a modifier`},
		{`'': x`, 9, `expected the name of a field`},
		{`A|contains|startswith: x`, 9, `contradict each other`},
		{`A|contains|contains: x`, 9, `stands twice`},
		{`A|contains|re: x`, 9, `re must be the first`},
		{`A|base64|cidr: x`, 9, `cidr must be the first`},
		{`A|i: x`, 14, `write re|i`},
		{`A|contains: null`, 21, `contains cannot be put on null`},
		{`A|contains: [x, null]`, 25, `contains cannot be put on null`},
		{`A|re|windash: x`, 23, `windash cannot follow re`},
		{`A|cidr|contains: 10.0.0.0/8`, 26, `contains cannot follow cidr`},
		{`A|lt|cased: 1`, 21, `cased cannot follow lt`},
		{`A|exists|contains: true`, 28, `contains cannot follow exists`},
		{`A|exists: 1`, 19, `exists cannot be put on a number`},
		{`A|exists: maybe`, 19, `exists expects true or false`},
		{`'|exists': true`, 9, `exists needs a field`},
		{`A|cidr: nonsense`, 17, `"nonsense" is no network`},
		{`A|cidr: 10.0.0.1/8`, 17, `did you mean 10.0.0.0/8?`},
		{`A|cidr: 10.0.0.0/33`, 17, `is no network`},
		{`A|cidr: 'fe80::1%eth0'`, 17, `is no network`},
		{`A|lt: x`, 15, `lt expects a number`},
		{`A|lt: true`, 15, `lt cannot be put on true or false`},
		{`A|lt: .inf`, 15, `lt expects a number`},
		{`A|hour: 24`, 17, `hour expects a whole number from 0 to 23, got 24`},
		{`A|hour: 1.5`, 17, `hour expects a whole number`},
		{`A|gt|hour: 1`, 9, `hour must be the first`},
		{`A|fieldref: 'B*'`, 21, `has no wildcards`},
		{`A|fieldref: ''`, 21, `expected the name of a field for fieldref`},
		{`A|contains|fieldref: B`, 30, `go behind fieldref`},
		{`A|base64: 'x*'`, 19, `wildcards has no base64 form`},
		{`A|contains|base64: x`, 28, `put contains behind`},
		{`A|base64offset|contains: x`, 34, `needs at least two characters`},
		{`A|wide: ä`, 17, `put base64 or base64offset behind them`},
		{`A|utf16: x`, 18, `put base64 or base64offset behind them`},
		{`A|windash: '-a -b -c -d'`, 20, `at most 3 dashes`},
		{`A|expand: 'x%unknown%'`, 19, `%unknown% is not defined`},
		{`A|expand: '%none%'`, 19, `%none% stands for no value`},
		{`A|re: 'a('`, 15, `does not compile: missing closing )`},
		{`A|re: 'a(?!b)'`, 15, `lookaround`},
		{`A|re: 'a**'`, 15, `does not compile`},
		{`A|re: '((a{100}){100}){100}'`, 15, `too large`},
		{`A|re: '` + strings.Repeat(`a{999}`, 30) + `'`, 15, `too large`},
		{`A|re: ` + strings.Repeat("a", 5000), 15, `longer than 4096 bytes`},
		{`A: {B: c}`, 12, `expected a value or a list of values behind A, got keys with values`},
		{`A: [[x]]`, 13, `expected a value or a list of values behind A, got a list`},
		{`'|all': [x, null]`, 21, `keyword cannot be nothing`},
		{`'|all': ['']`, 18, `empty keyword`},
	} {
		got := reading(c.item, Options{Placeholder: placeholders})
		if len(got.Rules) != 0 || len(got.Problems) != 1 {
			t.Errorf("%s: %d rules, problems %v", c.item, len(got.Rules), got.Problems)
			continue
		}
		p := got.Problems[0]
		if !strings.Contains(p.Message, c.want) || p.Line != 5 || p.Column != c.column || p.Warning {
			t.Errorf("%s: got %v; want 5:%d … %s", c.item, p, c.column, c.want)
		}
		if p.File != "test.yml" || p.Title != "Test" || p.RuleID == "" {
			t.Errorf("%s: the problem does not say whose it is: %+v", c.item, p)
		}
	}
}

func TestAPlaceholderWithoutValuesIsNamed(t *testing.T) {
	got := reading(`A|expand: '%servers%'`, Options{})
	if len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Message, "%servers%") {
		t.Errorf("%v", got.Problems)
	}
}

// What base64offset makes is in the encoded form wherever the text lies.
func TestBase64OffsetsAreFoundWhereverTheTextLies(t *testing.T) {
	for _, word := range []string{"fo", "foo", "http", "https", "Invoke"} {
		got := reading("A|base64offset|contains: "+word, Options{})
		if len(got.Rules) != 1 {
			t.Fatalf("%s: %v", word, got.Problems)
		}
		for before := range 7 {
			for behind := range 4 {
				plain := strings.Repeat("x", before) + word + strings.Repeat("y", behind)
				o := operand{Test: Test{Pattern: Literal(plain)}, form: text}
				if err := base64Encoded(&o); err != nil {
					t.Fatal(err)
				}
				encoded, _ := o.Pattern.Literal()
				if !Evaluate(got.Rules[0].Condition, func(string) []string { return []string{encoded} }) {
					t.Errorf("%s is not found in %s, which is %s", word, encoded, plain)
				}
			}
		}
	}
}

func TestATestSaysWhereAndHowItIsWritten(t *testing.T) {
	got := reading("CommandLine|contains|all:\n            - ' -enc '\n            - it's\n            - 5\n        B:", Options{})
	if len(got.Rules) != 1 {
		t.Fatal(got.Problems)
	}
	var said []string
	for _, test := range leaves(got.Rules[0].Condition) {
		said = append(said, fmt.Sprintf("%d:%d %s", test.At.Line, test.At.Column, test.Source))
	}
	want := []string{
		"6:15 CommandLine|contains|all: ' -enc '",
		"7:15 CommandLine|contains|all: 'it''s'",
		"8:15 CommandLine|contains|all: 5",
		"9:11 B: null",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got %q", said)
	}
}
