package record

import (
	"slices"
	"testing"
)

func TestEachVisitsWhatMembersLists(t *testing.T) {
	for _, text := range []string{`{}`, ` [ ] `, `{"a":1,"b\"":"x\n","c":[1,{}]}`, `[1,"x",{"a":2},[3]]`, `[1,]`, `{"a"}`, `{"a":1`, `[1] x`, `3`, ``, `{"a":1,}`, "[\"\xff\"]"} {
		list, err := Members(nil, []byte(text))
		var seen []Member
		each := Each([]byte(text), func(m *Member) bool {
			seen = append(seen, *m)
			return true
		})
		if (err == nil) != (each == nil) {
			t.Errorf("%q: %v, and %v", text, err, each)
		}
		if err == nil && !slices.EqualFunc(list, seen, func(a, b Member) bool {
			return string(a.Key) == string(b.Key) && string(a.Value) == string(b.Value) && a.Kind == b.Kind && a.Escaped == b.Escaped && a.KeyEscaped == b.KeyEscaped
		}) {
			t.Errorf("%q: %v, and %v", text, list, seen)
		}
	}
}

func TestEachEndsWhenItIsToldTo(t *testing.T) {
	n := 0
	if err := Each([]byte(`[1,2,broken`), func(*Member) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
}
