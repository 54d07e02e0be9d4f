package hunt

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// someTexts are texts with words that begin, end and part in different ways.
var someTexts = []string{
	"powershell.exe", "C:\\Windows\\cmd.exe", "net user /add", "mimikatz", "Mimikatz64", "mimi-katz", "grüße mimikatz", "straße", "a_b_mimikatz_c", "x=12345;y=0x1f", "10.0.0.1",
	"-enc SQBFAFgA", "İstanbul notepad", "{\"k\":\"mimikatz\"}", "line\nmimikatz", "", "ſcript", "Kelvin K",
}

// Conditions that the words of segments answer, against the same ones in a form of which nothing is known beforehand.
func TestSegmentsArePassedOverOnlyWithoutWantedRows(t *testing.T) {
	f := newFieldOf(t, Options{}, 8)
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string { return someTexts[r.IntN(len(someTexts))] }
	for i := range 4 {
		var process, cloud []string
		for range 8 {
			at := now.Add(-time.Duration(i) * time.Minute).Format(time.RFC3339)
			process = append(process, fmt.Sprintf(`"Timestamp":%q,"DeviceName":%q,"FileName":%q,"ProcessCommandLine":%q,"AdditionalFields":%q`, at, text(), text(), text(), text()))
			cloud = append(cloud, fmt.Sprintf(`"Timestamp":%q,"ActionType":%q,"RawEventData":{"a":%q,"n":1e5}`, at, text(), text()))
		}
		f.keep("a", "DeviceProcessEvents", process...)
		f.keep("a", "CloudAppEvents", cloud...)
	}
	terms := []string{"mimikatz", "cmd", "powershell.exe", "net user", "notepad", "MIMIKATZ", "straße", "10.0.0.1", "12345", "script", "100000", "nmimikatz", "exe", "kelvin", "zzz", "mimi"}
	term := func() string { return "'" + terms[r.IntN(len(terms))] + "'" }
	column := func() string {
		return []string{"FileName", "ProcessCommandLine", "DeviceName", "AdditionalFields"}[r.IntN(4)]
	}
	var condition func(depth int) string
	condition = func(depth int) string {
		if depth > 0 && r.IntN(2) == 0 {
			op := []string{" and ", " or "}[r.IntN(2)]
			return "(" + condition(depth-1) + op + condition(depth-1) + ")"
		}
		switch r.IntN(7) {
		case 0:
			return column() + " has_any (" + term() + ", " + term() + ")"
		case 1:
			return column() + " in~ (" + term() + ", " + term() + ", 'mimi-katz')"
		case 2:
			return "* has " + term()
		case 3:
			return "not(" + column() + " has " + term() + ")"
		case 4:
			return column() + " has_all (" + term() + ", " + term() + ")"
		}
		op := []string{"has", "==", "=~", "contains", "startswith", "endswith", "hasprefix", "has_cs", "!has"}[r.IntN(9)]
		return column() + " " + op + " " + term()
	}
	var pairs [][2]string
	for range 24 {
		c := condition(2)
		pairs = append(pairs, [2]string{"DeviceProcessEvents | where " + c + " | count", "DeviceProcessEvents | where iff(" + c + ", true, false) | count"})
	}
	for _, word := range terms[:8] {
		plain := " | where iff(* has '" + word + "', true, false) | project Timestamp"
		pairs = append(pairs, [2]string{"search in (DeviceProcessEvents, CloudAppEvents) '" + word + "' | count",
			"union (DeviceProcessEvents" + plain + "), (CloudAppEvents" + plain + ") | count"})
	}
	skipped := 0
	for some := range slices.Chunk(pairs, 16) {
		var items []string
		for _, p := range some {
			items = append(items, "pack_array(toscalar("+p[0]+"), toscalar("+p[1]+"))")
		}
		got, s, err := f.run(Request{Query: "print x = pack_array(" + strings.Join(items, ", ") + ") | mv-expand x | project x"})
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range got.lines {
			var found []int
			if err := json.Unmarshal([]byte(line), &found); err != nil || found[0] != found[1] {
				t.Errorf("%s\nfinds %s rows with words and without, %v", some[i][0], line, err)
			}
		}
		skipped += s.Segments().Skipped
	}
	if skipped == 0 {
		t.Error("no segment was passed over")
	}
}
