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
