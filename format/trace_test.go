package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
)

func TestATraceSaysWhereEveryFieldCameFrom(t *testing.T) {
	plan, err := compileText(t, Schema{"T": {{Name: "DeviceName"}, {Name: "Known"}, {Name: "AdditionalFields"}, {Name: "FileSize"}, {Name: "RemoteIP"}, {Name: "Timestamp"}}},
		`group: common
assign:
  - host.name = DeviceName
  - '@timestamp = event_time(Timestamp)'
  - event.kind = "event"`,
		`table: T
include: [common]
assign:
  - file.size = FileSize
  - when: is_ip(RemoteIP)
    assign:
      - destination.ip = RemoteIP
  - host.name = parsed(AdditionalFields).Host.Name ?? DeviceName
  - process.name = basename(parsed(AdditionalFields).Image)
  - action.name = record.operationName`)
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(`{"time":"2026-06-01T12:00:00Z","tenantId":"t","operationName":"Publish","category":"T","properties":{"DeviceName":"old","Known":"k","Novel":"n","FileSize":"huge",
"RemoteIP":"203.0.113.7","AdditionalFields":"{\"Host\":{\"Name\":\"new\"},\"Image\":\"C:\\\\a.exe\",\"Spare\":1,\"None\":null}"}}`)
	var p record.Parser
	var rec record.Record
	if err := p.Parse(raw, &rec); err != nil {
		t.Fatal(err)
	}
	trace := plan.Trace(&rec, time.Date(2026, 6, 1, 13, 0, 0, 0, time.UTC))
	var got []string
	show := func(f *Traced) string {
		line := fmt.Sprintf("%s %s %s", f.Field, f.Source, f.Value.JSON)
		if f.Line.File != "" {
			line += fmt.Sprintf(" | %d %s", f.Line.Line, f.Line.Text)
		}
		if f.Line.When != "" {
			line += " when " + f.Line.When
		}
		for _, o := range f.From {
			line += fmt.Sprintf(" | %s %s", o.Path, o.Value.JSON)
		}
		if f.Follows != nil {
			line += " | " + strings.Join(f.Follows, ", ")
		}
		return line
	}
	for i := range trace.Fields {
		if trace.Fields[i].Field != "penstock.id" {
			got = append(got, show(&trace.Fields[i]))
		}
	}
	want := []string{
		`@timestamp mapped "2026-06-01T12:00:00Z" | 4 @timestamp = event_time(Timestamp) | record.time "2026-06-01T12:00:00Z"`,
		`action.name mapped "Publish" | 10 action.name = record.operationName | record.operationName "Publish"`,
		`destination.address derived "203.0.113.7" | destination.ip`,
		`destination.ip mapped "203.0.113.7" | 7 destination.ip = RemoteIP when is_ip(RemoteIP) | RemoteIP "203.0.113.7"`,
		`event.kind mapped "event" | 5 event.kind = "event"`,
		`host.name mapped "new" | 8 host.name = parsed(AdditionalFields).Host.Name ?? DeviceName | AdditionalFields.Host.Name "new"`,
		`penstock.columns.Novel kept "n" | Novel "n"`,
		`penstock.table own "T"`,
		`penstock.time_source own "time"`,
		`penstock.warnings own ["file.size"]`,
		`process.name mapped "a.exe" | 9 process.name = basename(parsed(AdditionalFields).Image) | AdditionalFields.Image "C:\\a.exe"`,
		`related.ip derived ["203.0.113.7"] | destination.ip`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(trace.Unfit) != 1 || show(&trace.Unfit[0]) != `file.size mapped "huge" | 4 file.size = FileSize | FileSize "huge"` {
		t.Errorf("unfit: %+v", trace.Unfit)
	}
	got = nil
	for _, l := range trace.Unmapped {
		got = append(got, fmt.Sprintf("%s %s: %s", l.Path, l.Value.JSON, l.Why))
	}
	want = []string{
		`DeviceName "old": no line that names it applies to this record, or another one came after`, `Known "k": no line of the mapping names it`,
		`AdditionalFields.Spare 1: no line of the mapping names the key`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// What a trace says is what normalising gives.
	var ev ecs.Event
	plan.Normalize(&ev, &rec, time.Date(2026, 6, 1, 13, 0, 0, 0, time.UTC))
	fields := 0
	for f, v := range ev.All() {
		fields++
		if !slices.ContainsFunc(trace.Fields, func(x Traced) bool { return x.Field == f.Name() && string(x.Value.JSON) == string(v.JSON) }) {
			t.Errorf("%s %s is not in the trace", f.Name(), v.JSON)
		}
	}
	for range ev.Extras() {
		fields++
	}
	if fields != len(trace.Fields) {
		t.Errorf("%d fields, %d traced", fields, len(trace.Fields))
	}
}
