package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

var texts = []string{
	`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `1.5e+10`, `-1E-2`, `""`, `"é"`, `"\u00e9\n\"\\\/"`, ` [ 1 , 2 ] `,
	`{"a":1,"a":2}`, `"\ud83d\ude00"`, `"\ud800"`, `"\ud800\u0041"`, `[[[[]]]]`, `{"a":{"b":[null,true,false,"x"]}}`,
	``, ` `, `{`, `[`, `"`, `nul`, `tru`, `01`, `1.`, `.5`, `-`, `+1`, `1e`, `{"a"}`, `{"a":}`, `{a:1}`, `[1,]`, `{"a":1,}`,
	`[1 2]`, `"\x"`, `"\u12g4"`, "\"\n\"", "\"\x1f\"", `"abcdefgh` + "\t" + `"`, `{}x`, `NaN`, `'a'`, "\"\x7f\"", `nullx`,
	`"12345678\"12345678é12345678"`,
}

// oracle is what encoding/json holds of text, and that its strings are UTF-8 and its depth in bounds, which encoding/json
// does not ask for.
func oracle(text []byte) bool {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return json.Valid(text) && utf8.Valid(text) && deepest <= MaxDepth
}

func checkToken(t *testing.T, text []byte) {
	t.Helper()
	err := Valid(text)
	if want := oracle(text); (err == nil) != want {
		t.Fatalf("%q: %v, want valid: %v", text, err, want)
	}
	if err != nil {
		return
	}
	list, err := Members(nil, text)
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) == nil && object != nil {
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got := make(map[string]json.RawMessage)
		for _, m := range list {
			got[string(Unescape(nil, m.Key))] = m.Value
		}
		if len(got) != len(object) {
			t.Fatalf("%q: %d members, want %d", text, len(got), len(object))
		}
		for k, v := range object {
			if !bytes.Equal(got[k], v) {
				t.Fatalf("%q: %s is %s, want %s", text, k, got[k], v)
			}
		}
	}
	var s string
	if json.Unmarshal(text, &s) == nil && text[skipSpace(text, 0)] == '"' {
		inside := bytes.TrimSpace(text)
		inside = inside[1 : len(inside)-1]
		if got := Unescape(nil, inside); string(got) != s {
			t.Fatalf("%q: unescaped %q, want %q", text, got, s)
		}
		var back string
		if err := json.Unmarshal([]byte(`"`+string(Escape(nil, []byte(s)))+`"`), &back); err != nil || back != s {
			t.Fatalf("%q: escaped and back %q, %v", s, back, err)
		}
	}
}

func TestTokensAgreeWithEncodingJSON(t *testing.T) {
	for _, text := range texts {
		checkToken(t, []byte(text))
		checkToken(t, []byte(`{"k":`+text+`}`))
		checkToken(t, []byte(`[`+text+`,`+text+`]`))
		checkToken(t, []byte(strings.Repeat(" ", 9)+text))
	}
}

func FuzzTokenise(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkToken(t, text) })
}
