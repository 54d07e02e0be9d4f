package defender

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma/pipeline"
)

// scripted are the records of the scripts with a reader of every field that is asked for in them.
func scripted(t *testing.T) (records []*record.Record, events []*ecs.Event, readers []pipeline.Reader, sources []int) {
	t.Helper()
	p := testPipeline(t)
	files, err := filepath.Glob(filepath.Join("testdata", "sigma", "*.test"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, c := range readSigmaScript(t, file) {
			rec, ev := normalized(t, c.table, c.columns)
			stream := streamOf(t, p, c.logsource, rec, ev)
			var list []pipeline.Source
			for _, f := range c.fields {
				list = append(list, p.Field(stream, f[0]))
			}
			records, events = append(records, rec), append(events, ev)
			readers, sources = append(readers, p.Reader(list)), append(sources, len(list))
		}
	}
	return records, events, readers, sources
}

func TestReadingTakesNoMemoryOnceAReaderIsWarm(t *testing.T) {
	records, events, readers, sources := scripted(t)
	read := func() {
		for i, r := range readers {
			r.Begin(records[i], events[i])
			for s := range sources[i] {
				r.Values(s)
			}
			r.All()
		}
	}
	for range 3 {
		read()
	}
	if n := testing.AllocsPerRun(20, read); n > 0 {
		t.Errorf("%v allocations for %d records", n, len(records))
	}
}

// Values are the same whichever record a reader saw before.
func TestAReaderForgetsTheRecordBefore(t *testing.T) {
	p := testPipeline(t)
	stream := p.Route(logsourceOf("process_creation", "windows")).Streams[0]
	var sources []pipeline.Source
	for _, name := range []string{"Image", "User", "AdditionalFields.x", "process.name", "Hashes"} {
		sources = append(sources, p.Field(stream, name))
	}
	r := p.Reader(sources)
	full, fullEvent := normalized(t, "DeviceProcessEvents",
		`{"FolderPath":"C:\\a.exe","FileName":"a.exe","AccountName":"u","AdditionalFields":"{\"x\":[1,2]}","MD5":"m"}`)
	empty, emptyEvent := normalized(t, "DeviceProcessEvents", `{}`)
	for range 3 {
		r.Begin(full, fullEvent)
		for i, want := range [][]string{{`C:\a.exe`}, {"u"}, {"1", "2"}, {"a.exe"}, {"MD5=m"}} {
			if got := texts(r.Values(i)); !slices.Equal(got, want) {
				t.Errorf("source %d: got %q, want %q", i, got, want)
			}
		}
		if got := texts(r.All()); len(got) != 5 {
			t.Errorf("all values: %q", got)
		}
		r.Begin(empty, emptyEvent)
		for i := range sources {
			if got := r.Values(i); len(got) > 0 {
				t.Errorf("source %d of an empty record: %q", i, texts(got))
			}
		}
	}
}

func texts(values []pipeline.Value) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v.Text))
	}
	return out
}

// A hostile record costs no more than its length.
func TestWhatARecordGivesIsBounded(t *testing.T) {
	p := testPipeline(t)
	stream := p.Route(logsourceOf("pipe_created", "windows")).Streams[0]
	r := p.Reader([]pipeline.Source{
		p.Field(stream, "PipeName"), p.Field(stream, "AdditionalFields.a.a.a.a.a.a"), p.Field(stream, "ActionType"),
	})
	nested := `"x"`
	for range 6 { // JSON within JSON within …
		nested = `"{\"a\":` + strings.ReplaceAll(strings.ReplaceAll(nested, `\`, `\\`), `"`, `\"`) + `}"`
	}
	for name, columns := range map[string]string{
		"a long list":       `{"AdditionalFields":[` + strings.Repeat(`{"PipeName":"\\x"},`, 5000) + `{}]}`,
		"a list of lists":   `{"AdditionalFields":{"PipeName":[` + strings.Repeat(`["a","b"],`, 5000) + `0]}}`,
		"too deep":          `{"AdditionalFields":"` + strings.Repeat(`[`, 500) + strings.Repeat(`]`, 500) + `"}`,
		"JSON in JSON":      `{"AdditionalFields":` + nested + `}`,
		"a list of strings": `{"ActionType":[` + strings.Repeat(`"a",`, 5000) + `"b"]}`,
	} {
		rec, ev := normalized(t, "DeviceEvents", columns)
		r.Begin(rec, ev)
		for i := range 3 {
			if got := r.Values(i); len(got) > 64 || name == "JSON in JSON" && len(got) > 0 {
				t.Errorf("%s, source %d: %d values", name, i, len(got))
			}
		}
	}
}

// FuzzSources reads every field that any stream has from whatever record.
func FuzzSources(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "sigma", "*.test"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if rest, ok := strings.CutPrefix(line, "record "); ok {
				table, columns, _ := strings.Cut(rest, " ")
				f.Add(table, columns)
			}
		}
	}
	p := testPipeline(f)
	plan, err := Plan()
	if err != nil {
		f.Fatal(err)
	}
	sources := p.Sources()
	r := p.Reader(sources)
	f.Fuzz(func(t *testing.T, table, columns string) {
		raw := `{"category":"AdvancedHunting-` + table + `","properties":` + columns + `}`
		var parser record.Parser
		var rec record.Record
		if err := parser.Parse([]byte(raw), &rec); err != nil {
			return
		}
		var ev ecs.Event
		plan.Normalize(&ev, &rec, arrival)
		r.Begin(&rec, &ev)
		first := make([][]string, len(sources))
		for i := range sources {
			values := r.Values(i)
			if len(values) > 64 {
				t.Fatalf("%d values", len(values))
			}
			for _, v := range values {
				if len(v.Text) == 0 {
					t.Fatal("an empty value")
				}
			}
			first[i] = texts(values)
		}
		r.Begin(&rec, &ev) // in another order
		for i := range slices.Backward(sources) {
			if got := texts(r.Values(i)); !slices.Equal(got, first[i]) {
				t.Fatalf("%q, and before %q", got, first[i])
			}
		}
	})
}

func BenchmarkReader(b *testing.B) {
	p := testPipeline(b)
	stream := p.Route(logsourceOf("process_creation", "windows")).Streams[0]
	var sources []pipeline.Source
	for _, name := range []string{"Image", "CommandLine", "OriginalFileName", "ParentImage", "ParentCommandLine", "Description",
		"Product", "Hashes", "IntegrityLevel", "User", "Company", "LogonId"} {
		sources = append(sources, p.Field(stream, name))
	}
	rec, ev := normalized(b, "DeviceProcessEvents", `{"ActionType":"ProcessCreated","Timestamp":"2026-05-01T10:00:00Z",`+
		`"DeviceId":"d","DeviceName":"pc1","FolderPath":"C:\\Windows\\System32\\whoami.exe","FileName":"whoami.exe",`+
		`"ProcessCommandLine":"whoami.exe /all","ProcessId":4711,"AccountDomain":"contoso","AccountName":"ann","LogonId":999,`+
		`"ProcessIntegrityLevel":"High","MD5":"0123456789abcdef0123456789abcdef","SHA1":"0123456789abcdef0123456789abcdef01234567",`+
		`"SHA256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","FileSize":1,`+
		`"ProcessVersionInfoOriginalFileName":"whoami.exe","ProcessVersionInfoFileDescription":"x","ProcessVersionInfoProductName":"y",`+
		`"ProcessVersionInfoCompanyName":"z","InitiatingProcessFolderPath":"c:\\windows\\system32\\cmd.exe",`+
		`"InitiatingProcessFileName":"cmd.exe","InitiatingProcessCommandLine":"cmd /c whoami","InitiatingProcessId":1,`+
		`"InitiatingProcessSHA1":"a","InitiatingProcessSHA256":"b","InitiatingProcessMD5":"c","ReportId":1,"AdditionalFields":null}`)
	r := p.Reader(sources)
	b.ReportAllocs()
	for b.Loop() {
		r.Begin(rec, ev)
		for i := range sources {
			r.Values(i)
		}
	}
}
