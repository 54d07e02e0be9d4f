package lake

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
)

func defenderPlan(t testing.TB) *format.Plan {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// parse reads one record.
func parse(t testing.TB, raw string) *record.Record {
	t.Helper()
	var p record.Parser
	var rec record.Record
	if err := p.Parse([]byte(raw), &rec); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return &rec
}

var testOrigin = Origin{Intake: "defender", Hub: "hub", Partition: "1", Sequence: 7, Index: 3, Enqueued: time.Unix(1700000000, 0), Read: time.Unix(1700000001, 0)}

func TestRecordsAreRebuiltByteForByteFromTheirColumns(t *testing.T) {
	plan := defenderPlan(t)
	const envelope = `{"time":"2026-11-23T10:00:00.1234567Z","tenantId":"t","operationName":"Publish","category":"AdvancedHunting-DeviceEvents","_TimeReceivedBySvc":"2026-11-23T09:59:00.1Z","properties":%s,"Tenant":"DefaultTenant"}`
	for _, c := range []struct{ name, properties string }{
		{"plain", `{"DeviceName":"ws-1","ProcessId":12,"Timestamp":"2026-11-23T09:58:00.7654321Z"}`},
		{"nulls and empty", `{"DeviceName":null,"ProcessId":null,"Timestamp":null,"FileName":"","IsInitiatingProcessRemoteSession":null}`},
		{"times of every width", `{"Timestamp":"2026-11-23T09:58:00Z","ProcessCreationTime":"2026-11-23T09:58:00.123Z","InitiatingProcessCreationTime":"2026-11-23T09:58:00.000001Z"}`},
		{"an unknown column", `{"DeviceName":"a","Brand new":{"x":[1,2,{"y":null}]},"Other":1.50}`},
		{"wrong types", `{"ProcessId":"12","DeviceName":20893,"FileSize":1e3,"Timestamp":17,"IsInitiatingProcessRemoteSession":"true","FileName":{"a":1}}`},
		{"escapes", `{"FolderPath":"C:\\Windows\\\"x\"\t\n","DeviceName":"a/b"}`},
		{"ASCII only", `{"FileName":"Microsoft\u00ae \ud83d\ude00","DeviceName":"x"}`},
		{".NET's escapes", `{"ProcessCommandLine":"a \u003C b \u0026 \u0027c\u0027 \u002B \u00AE","DeviceName":"x"}`},
		{"escapes of two kinds", `{"FileName":"\u00ae","FolderPath":"®","DeviceName":"\/"}`},
		{"half a surrogate and a zero", `{"FileName":"\ud83d","FolderPath":"a\u0000b"}`},
		{"duplicate and odd keys", `{"DeviceName":"a","DeviceName":"b","devicename":"c","Device\u004eame":"d","":"e"}`},
		{"white space", "{ \"DeviceName\" :\t\"a\" ,\r\n \"ProcessId\" : 1 }"},
		{"AdditionalFields as text", `{"AdditionalFields":"{\"a\":\"b\\\\c\",\"n\":1}"}`},
		{"AdditionalFields as object", `{"AdditionalFields":{"a": "b\\c", "n":1}}`},
		{"no object", `"text"`}, {"null", `null`}, {"empty", `{}`},
	} {
		raw := fmt.Sprintf(envelope, c.properties)
		rec := parse(t, raw)
		var r row
		r.shred(newTableSchema(plan.Table(rec.Table)), rec, testOrigin, false)
		if r.original != nil {
			t.Errorf("%s: cannot be rebuilt", c.name)
			continue
		}
		got, err := r.rebuild(nil)
		if err != nil || string(got) != raw {
			t.Errorf("%s: rebuilt as\n%s, %v, want\n%s", c.name, got, err, raw)
		}
	}
}

func TestRecordsOfTheConformanceCasesAreRebuiltByteForByte(t *testing.T) {
	for _, raw := range conformanceRecords(t) {
		rec := parse(t, raw)
		var r row
		r.shred(newTableSchema(defenderPlan(t).Table(rec.Table)), rec, testOrigin, false)
		if r.original != nil {
			t.Errorf("%s cannot be rebuilt: %s", rec.Table, raw)
		}
	}
}

// conformanceRecords are the anonymised real records beside the project; the test is skipped where they are not.
func conformanceRecords(t testing.TB) []string {
	t.Helper()
	records := conformance()
	if len(records) == 0 {
		t.Skip("the conformance cases are not here")
	}
	return records
}

func conformance() (records []string) {
	shared := os.Getenv("PENSTOCK_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	files, err := filepath.Glob(filepath.Join(shared, "conformance/events/*.json"))
	if err != nil {
		return nil
	}
	for _, file := range files {
		var c struct{ Input struct{ Message string } }
		if b, err := os.ReadFile(file); err == nil && json.Unmarshal(b, &c) == nil {
			records = append(records, c.Input.Message)
		}
	}
	return records
}

func TestRandomRecordsAreRebuiltOrKept(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	schema := newTableSchema(defenderPlan(t).Table("DeviceEvents"))
	rebuilt := 0
	for range 3000 {
		var b strings.Builder
		b.WriteString(`{"category":"AdvancedHunting-DeviceEvents","properties":{`)
		for i := range random.IntN(12) {
			if i > 0 {
				b.WriteByte(',')
			}
			name := schema.columns[random.IntN(len(schema.columns))].Name
			fmt.Fprintf(&b, "%q:%s", name, randomJSON(random, 2))
		}
		b.WriteString("}}")
		rec := parse(t, b.String())
		var r row
		r.shred(schema, rec, testOrigin, false)
		if r.original == nil {
			rebuilt++
		} else if string(r.original) != b.String() {
			t.Fatalf("neither rebuilt nor kept: %s", b.String())
		}
	}
	if rebuilt < 2900 {
		t.Errorf("only %d of 3000 random records are rebuilt from columns", rebuilt)
	}
}

func randomJSON(r *rand.Rand, depth int) string {
	choices := []string{"null", "true", "false", "0", "-0", "12", "1.5", "1E2", `""`, `"2026-01-02T03:04:05.6Z"`, `"x\\y"`, `"é"`, `"\u00e9"`, `"<"`, "9223372036854775808"}
	switch n := r.IntN(len(choices) + 2); {
	case n < len(choices):
		return choices[n]
	case depth == 0:
		return "[]"
	case n == len(choices):
		return "[" + randomJSON(r, depth-1) + ", " + randomJSON(r, depth-1) + "]"
	default:
		return `{"k":` + randomJSON(r, depth-1) + `}`
	}
}

func BenchmarkShred(b *testing.B) {
	plan := defenderPlan(b)
	var records []*record.Record
	var schemas []*tableSchema
	size := 0
	for _, raw := range conformanceRecords(b) {
		rec := parse(b, raw)
		records = append(records, rec)
		schemas = append(schemas, newTableSchema(plan.Table(rec.Table)))
		size += len(raw)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	var r row
	for b.Loop() {
		for i, rec := range records {
			r.shred(schemas[i], rec, testOrigin, false)
		}
	}
	b.ReportMetric(float64(b.N*len(records))/b.Elapsed().Seconds(), "records/s")
}
