package hunt

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// Whatever a query has in its names and texts, it is a name or a text. None of these reaches a file, the network, a
// setting or other SQL; those that are well-formed KQL run.
func TestNothingBreaksOutOfKQL(t *testing.T) {
	f := newField(t, Options{})
	f.keep("a", "DeviceProcessEvents", process("2026-11-26T11:00:00Z", "d'); DROP TABLE x; --", `C:\\a\"b'c`))
	hostile := []string{
		`'; DROP TABLE x; --`, `" OR 1=1 --`, `') UNION SELECT * FROM read_text('/etc/hostname') --`, `$1`, `?`, `%s`, `\`, `'`, `''`, `"`, "`", "\x00", "\u2028", `{{x}}`,
		`]]`, `/*`, `*/`, `--`, `; SET memory_limit='1TB'`, `penstock_head('1')`, `penstock_intake`, `' || (SELECT 1) || '`, `e'\x27'`, `x'41'`, `U&"\0041"`, "𝕏", "ﬀ", "\u202e",
	}
	for _, text := range hostile {
		r := Request{
			Query:      "print v = p, n = strlen(p) | extend w = strcat(v, '!') | where v == p and w has_cs '!' or true | project v",
			Parameters: []Parameter{{Name: "p", Type: "string", Value: text}},
		}
		got, _, err := f.run(r)
		if err != nil || len(got.lines) != 1 || got.lines[0] != text {
			t.Errorf("the text %q as a value: %q, %v", text, got.lines, err)
		}
		quoted := string(appendString(nil, text))
		for _, query := range []string{
			"print " + quoted, "DeviceProcessEvents | where FileName has " + quoted, "DeviceProcessEvents | where FileName matches regex " + quoted,
			"DeviceProcessEvents | extend [" + quoted + "] = 1 | project [" + quoted + "]", "DeviceProcessEvents | summarize [" + quoted + "] = count() by ['a b']=FileName",
			"DeviceProcessEvents | extend d = parse_json(FileName)[" + quoted + "]", "DeviceProcessEvents | parse FileName with * " + quoted + " rest",
			"datatable([" + quoted + "]: string)[" + quoted + "]", "let [" + quoted + "] = 1; print [" + quoted + "]", "[" + quoted + "] | take 1", "table(" + quoted + ")",
			"DeviceProcessEvents | evaluate " + quoted, "search in (DeviceProcessEvents) " + quoted, "DeviceProcessEvents | render " + quoted, "DeviceProcessEvents | as " + quoted,
			"print bag_pack(" + quoted + ", 1) | evaluate bag_unpack(print_0)", "print extract(" + quoted + ", 0, 'x'), replace_regex('x', " + quoted + ", " + quoted + "), split('a', " + quoted + ")",
			"print format_datetime(now(), " + quoted + "), todatetime(" + quoted + "), parse_url(" + quoted + "), parse_path(" + quoted + ")",
			"externaldata(x:string)[" + quoted + "]",
		} {
			if _, _, err := f.run(Request{Query: query}); err != nil && !isAnswer(err) {
				t.Errorf("%s: %v", query, err)
			}
		}
	}
	for _, query := range []string{
		"read_text('/etc/hostname')", "print read_text('/etc/hostname')", "DeviceProcessEvents | where read_csv('x') == 1", "print getenv('HOME')", "print current_setting('memory_limit')",
		"penstock_head('1')", "duckdb_settings()", "print penstock_intake", "DeviceProcessEvents | project penstock_intake", "DeviceProcessEvents | project penstock_id",
		"DeviceProcessEvents | where penstock_read > ago(1d)", "cluster('x').database('y').DeviceProcessEvents", "workspace('x').DeviceProcessEvents", ".show tables", ".drop table x",
		"SELECT 1", "DeviceProcessEvents; DROP TABLE x", "externaldata(x:string)['file:///etc/passwd']", "externaldata(x:string)['https://169.254.169.254/latest']",
		"evaluate sql_request('x','y')", "evaluate http_request('https://example.com')", "evaluate python('x')",
	} {
		got, _, err := f.run(Request{Query: query})
		var told *QueryError
		if !errors.As(err, &told) {
			t.Errorf("%s is let through: %+v, %v", query, got.lines, err)
		}
	}
	f.want(Request{Query: "DeviceProcessEvents | count"}, "1")
}

// isAnswer tells whether an error is one that says what is wrong with the query, or which bound it reached.
func isAnswer(err error) bool {
	var query *QueryError
	var mistake *Mistake
	return errors.As(err, &query) || errors.As(err, &mistake) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrMemory) || errors.Is(err, context.Canceled)
}

// FuzzHunt runs whatever text over a small lake: it is answered, or it is said what is wrong with it. No query fails in a
// way that only the log explains, and none shows what came by another intake.
func FuzzHunt(f *testing.F) {
	for _, query := range []string{
		"DeviceProcessEvents | where FileName has 'exe' | summarize n = count(), make_set(FileName) by bin(Timestamp, 1h)", "union Device* | take 5",
		"DeviceProcessEvents | join kind=leftouter (DeviceNetworkEvents) on DeviceId | project FileName, RemoteUrl, Timestamp1",
		"let t = DeviceProcessEvents | extend x = parse_json('{\"a\":[1,2]}'); t | mv-expand x.a to typeof(long) | summarize sum(x_a)",
		"print x = 1.5, y = 2d, z = datetime(2026-01-01), w = dynamic({\"a\":1}) | extend q = tostring(w.a), r = z - y",
		"DeviceProcessEvents | parse ProcessCommandLine with exe ' -' rest | extend i = indexof(exe, '.') | order by i desc | serialize n = row_number()",
		"range i from 1 to 10 step 3 | extend s = strcat('a', i), b = i % 2 == 0 | where s in~ ('A1', 'a4') | top 1 by i", "search in (DeviceProcessEvents) 'a.exe'",
		"DeviceProcessEvents | make-series count() on Timestamp step 1d by DeviceName", "datatable(a:int, b:string)[1,'x',2,'y'] | evaluate pivot(b)",
		"DeviceProcessEvents | where Timestamp > ago(1d) | top-nested 2 of DeviceName by count()", "print ipv4_is_private('10.0.0.1'), base64_decode_tostring('YQ==')",
	} {
		f.Add(query)
	}
	fd := newField(f, Options{Limits: Limits{Rows: 100, Timeout: 3 * time.Second}})
	fd.keep("mine", "DeviceProcessEvents", process("2026-11-26T10:00:00Z", "d1", "a.exe"), process("2026-11-26T11:00:00Z", "d2", "b.exe"))
	fd.keep("theirs", "DeviceProcessEvents", process("2026-11-26T10:00:00Z", "d1", "s3cr3t"))
	fd.keep("theirs", "DeviceNetworkEvents", `"Timestamp":"2026-11-26T10:00:00Z","DeviceId":"d1","RemoteUrl":"s3cr3t"`)
	f.Fuzz(func(t *testing.T, query string) {
		out := &table{}
		_, err := fd.Run(t.Context(), Request{Query: query, Intakes: []string{"mine"}, Quiet: true}, out)
		if err != nil && !isAnswer(err) {
			t.Errorf("%q: %v", query, err)
		}
		if all := strings.Join(out.lines, "\n"); strings.Contains(all, "s3cr3t") && !strings.Contains(query, "s3cr3t") {
			t.Errorf("%q shows what came by another intake:\n%s", query, all)
		}
	})
}
