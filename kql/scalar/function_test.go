package scalar

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// arguments for a function's parameters, made of a text and a number.
func arguments(f Function, s string, n int64) []any {
	var out []any
	for i := range len(f.Params) {
		switch f.Params[i] {
		case 's':
			out = append(out, s)
		case 'l', 'p':
			out = append(out, n)
		case 't':
			out = append(out, max(0, min(n, maxTicks)))
		case 'r':
			out = append(out, float64(n)/7)
		case 'b':
			out = append(out, n%2 == 0)
		case 'd':
			v, err := Parse(s)
			if err != nil {
				v = s
			}
			out = append(out, v)
		case '*':
			out[len(out)-1] = []any{out[len(out)-1], s, json.Number("1")}
		}
	}
	return out
}

// kinds says whether a result is of the kind that a function promises.
func kinds(result any, kind byte) bool {
	switch v := result.(type) {
	case nil:
		return true
	case string:
		return (kind == 's' || kind == 'd') && len(v) <= maxResult
	case int64:
		return kind == 'l' || kind == 't' || kind == 'p' || kind == 'd'
	case float64:
		return kind == 'r' || kind == 'd'
	case bool:
		return kind == 'b' || kind == 'd'
	}
	return kind == 'd' && json.Valid([]byte(Text(result)))
}

func FuzzFunctions(f *testing.F) {
	for _, s := range []string{"", "a", `{"a":[1,null,"x"],"b":{"c":2.5}}`, "[1,2,3]", "https://u:p@h:1/p?q=1#f", `C:\a\b.txt:s`, `a "b \" c`, "10.0.0.1/8", "::1", "<a x='1'><b/></a>",
		"2020-01-01T00:00:00Z", "1.02:03:04.5", "eJwLSS0uUQAA", "(a)(b", "a,\"b\"", "$.a['b'][0]", "1e400", "12.5", "-", "😀", "[[1,true],[2,false]]", "k=v k2='a b'", "yyyy-MM-dd"} {
		f.Add(s, int64(3))
		f.Add(s, int64(math.MinInt64))
	}
	table := Table()
	f.Fuzz(func(t *testing.T, s string, n int64) {
		if len(s) > 1000 || strings.Count(s, "[")+strings.Count(s, "{") > 100 {
			return
		}
		for name, fn := range table {
			args := arguments(fn, s, n)
			if got := fn.Call(args); !kinds(got, fn.Result) {
				t.Errorf("%s(%v) gives %T, not %c", name, args, got, fn.Result)
			}
			for i := range args {
				missing := append([]any{}, args...)
				missing[i] = nil
				if got := fn.Call(missing); !kinds(got, fn.Result) {
					t.Errorf("%s(%v) gives %T, not %c", name, missing, got, fn.Result)
				}
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`{"b":1,"a":[true,null,"x\u00e9"]}`)
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(Text(v))
		if err != nil || Text(again) != Text(v) {
			t.Errorf("%q becomes %q, then %q: %v", s, Text(v), Text(again), err)
		}
	})
}

func TestBagsKeepTheOrderOfTheirMembers(t *testing.T) {
	v, err := Parse(`{"b":1, "a":{"z":[1, 2.50], "y":null}}`)
	if got := Text(v); err != nil || got != `{"b":1,"a":{"z":[1,2.50],"y":null}}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTimesAndSpansAreReadAsTheyAreWritten(t *testing.T) {
	for _, ticks := range []int64{0, 1, ticksAtEpoch, ticksAtEpoch + 1234567, maxTicks} {
		if got := parseTime(FormatTime(ticks)); got != ticks {
			t.Errorf("%s is read as %v", FormatTime(ticks), got)
		}
		if Ticks(FromTicks(ticks)) != ticks {
			t.Errorf("%d ticks come back as %d", ticks, Ticks(FromTicks(ticks)))
		}
	}
	for _, ticks := range []int64{0, 1, -1, ticksPerDay, -ticksPerDay - 5, 12345678901234} {
		if got := ParseSpan(FormatSpan(ticks)); got != ticks {
			t.Errorf("%s is read as %v", FormatSpan(ticks), got)
		}
	}
}

func TestCommandLinesAreSplitAsWindowsDoes(t *testing.T) {
	for line, want := range map[string]string{
		`a b  c`:           `["a","b","c"]`,
		`"a b" c`:          `["a b","c"]`,
		`a\\b "c\\" d`:     `["a\\\\b","c\\","d"]`,
		`a\"b c`:           `["a\"b","c"]`,
		`"a ""b"" c"`:      `["a \"b\" c"]`,
		`"" x`:             `["","x"]`,
		`C:\x\y.exe /c "z`: `["C:\\x\\y.exe","/c","z"]`,
		"\ta\t b":          `["a","b"]`,
	} {
		if got := Text(parseCommandLine([]any{line, "windows"})); got != want {
			t.Errorf("%s gives %s, want %s", line, got, want)
		}
	}
}
