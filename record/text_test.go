package record

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
)

func TestEscapedTextUnescapesToItself(t *testing.T) {
	for text := range blockTexts {
		text = bytes.ToValidUTF8(text, []byte("é"))
		escaped := Escape([]byte("before"), text)
		if !bytes.HasPrefix(escaped, []byte("before")) {
			t.Fatalf("what was there is gone: %q", escaped)
		}
		var want string
		if err := json.Unmarshal(append(append([]byte{'"'}, escaped[6:]...), '"'), &want); err != nil || want != string(text) {
			t.Fatalf("%q became %q: %q, %v", text, escaped, want, err)
		}
		if got := Unescape([]byte("before"), escaped[6:]); string(got) != "before"+string(text) {
			t.Fatalf("%q became %q", text, got)
		}
		words := append(make([]byte, 0, 6*len(text)+2*block), "before"...)
		for i := 0; i < len(text); i++ {
			if words, i = guardWords(words, text, i); i < len(text) {
				words = appendEscape(words, text[i])
			}
		}
		if !bytes.Equal(words, escaped) {
			t.Fatalf("%q became %q by words, and %q", text, words, escaped)
		}
	}
}

func TestUnescapingAgreesWithEncodingJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test
	pieces := []string{`\\`, `\\`, `\\`, `\"`, `\/`, `\n`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, "a", "é", "a plain run of text "}
	for range 3000 {
		var text []byte
		common := 1 + random.IntN(len(pieces)) // some texts are nothing but backslashes
		for range random.IntN(5 * block) {
			text = append(text, pieces[random.IntN(common)]...)
		}
		var want string
		if err := json.Unmarshal(append(append([]byte{'"'}, text...), '"'), &want); err != nil {
			t.Fatal(err)
		}
		if got := Unescape([]byte("before"), text); string(got) != "before"+want {
			t.Fatalf("%q became %q, want %q", text, got, want)
		}
		words := make([]byte, 0, len(text)+8)
		for i := 0; ; {
			if words, i = unguardWords(words, text, i); i == len(text) {
				break
			}
			words, i = unescapeOne(words, text, i)
		}
		if string(words) != want {
			t.Fatalf("%q became %q by words, want %q", text, words, want)
		}
	}
}
