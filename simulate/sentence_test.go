package simulate

import (
	"bytes"
	"testing"
	"time"
	"unicode/utf8"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
)

func TestEveryRecordIsSaidInASentenceWithoutHoles(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	tenant := newTenant(t, Config{Seed: 8, Stories: time.Minute})
	var (
		ev       ecs.Event
		parser   record.Parser
		rec      record.Record
		sentence format.Sentence
		buf      []byte
	)
	relations := map[string]int{}
	for range 10_000 {
		var meta Meta
		buf, meta = tenant.Append(buf[:0])
		if err := parser.Parse(buf, &rec); err != nil {
			t.Fatalf("%v\n%s", err, buf)
		}
		plan.Normalize(&ev, &rec, meta.Time)
		plan.Describe(&sentence, &rec, &ev)
		text := sentence.Text
		if len(text) < 10 || !utf8.Valid(text) {
			t.Errorf("%s: %q\n%s", meta.Table, text, buf)
		}
		for _, hole := range []string{"  ", "()", "[", "{", "}", " ,", ": :", "“”", "null"} {
			if bytes.Contains(text, []byte(hole)) && !bytes.Contains(buf, []byte(hole)) {
				t.Errorf("%s: %q has %q", meta.Table, text, hole)
			}
		}
		if len(sentence.References) == 0 {
			t.Errorf("%s: %q names nobody and nothing\n%s", meta.Table, text, buf)
		}
		relations[meta.Table] += len(plan.Relations(&rec, &ev))
	}
	for table, n := range relations {
		// These tell of one thing each.
		if n == 0 && table != "AlertInfo" && table != "IdentityInfo" && table != "MessagePostDeliveryEvents" {
			t.Errorf("%s tells of no relation", table)
		}
	}
}
