package search

import (
	"strings"
	"testing"
	"time"
)

func TestEventsAreRenderedInEveryFormat(t *testing.T) {
	hits := []Hit{
		{ID: "1", Time: time.Date(2026, 11, 23, 10, 0, 0, 5000, time.UTC), Document: []byte(`{"host":{"name":"ws-1"},"process":{"args":["a","b,c"],"pid":4}}`)},
		{ID: "2", Time: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Document: []byte(`{"host":{"name":"ws\n2"},"odd.name":{"x":1}}`)},
	}
	for format, want := range map[string]string{
		"csv":    "@timestamp,host.name,process.args,process.pid,odd.name.x\n2026-11-23T10:00:00.000005Z,ws-1,\"a, b,c\",4,\n2026-11-23T09:00:00Z,\"ws\n2\",,,1\n",
		"ndjson": string(hits[0].Document) + "\n" + string(hits[1].Document) + "\n",
		"json":   "[\n" + string(hits[0].Document) + ",\n" + string(hits[1].Document) + "\n]\n",
		"table": "@timestamp                   host.name  process.args  process.pid  odd.name.x\n" +
			"2026-11-23T10:00:00.000005Z  ws-1       a, b,c        4            \n" +
			"2026-11-23T09:00:00Z         ws 2                                  1\n",
	} {
		var out strings.Builder
		r, err := NewRenderer(&out, format, []string{"@timestamp", "host.name", "process.args", "process.pid", "odd.name.x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			if err := r.Add(h); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil || out.String() != want {
			t.Errorf("%s:\n%s%v\nwant\n%s", format, out.String(), err, want)
		}
	}
	if _, err := NewRenderer(nil, "xml", nil); err == nil {
		t.Error("a format that does not exist is taken")
	}
}

func TestCSVHoldsNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+x": "'+x", "-x": "'-x", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx",
		"": "", "-5": "-5", "+4.5e3": "+4.5e3", "a=b": "a=b", "ws-1": "ws-1",
	} {
		if got := Harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestLargeNumbersStayWhole(t *testing.T) {
	d, err := ParseDocument(&Hit{ID: "1", Document: []byte(`{"process":{"id":9007199254740993,"args":["a",1.5,true,null]}}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := Text(d.Find("process.id")) + "; " + Text(d.Find("process.args")) + "; " + Text(d.Find("process.absent")); got != "9007199254740993; a, 1.5, true, ; " {
		t.Error(got)
	}
	if _, err := ParseDocument(&Hit{ID: "1", Document: []byte("{")}); err == nil {
		t.Error("a document that is cut off is read")
	}
}
