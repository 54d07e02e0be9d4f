package simulate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format/defender"
	"penstock/record"
)

// onTheWire are columns that are streamed and not documented, or documented under another name.
var onTheWire = map[string]string{
	"MachineGroup": "string", "AuditSource": "string", "AzureResourceId": "string", "AwsResourceName": "string", "GcpFullResourceName": "string", "Account": "string", "Md5Hashes": "dynamic", "ReportId": "string",
	"ThreadName": "string", "ThreadType": "string", "MessageType": "string", "MessageSubtype": "string", "Subject": "string", "ThreadTypes": "string", "SourceProvider": "string",
}

// otherwiseOnTheWire are columns that are streamed in another type than documented: "" for AccountType, numbers for the
// process ids of containers, objects for their AdditionalFields.
var otherwiseOnTheWire = map[string]bool{
	"CloudStorageAggregatedEvents.AccountType": true, "CloudProcessEvents.ParentProcessId": true, "CloudProcessEvents.InitiatingProcessId": true, "CloudProcessEvents.AdditionalFields": true,
}

// embedded are dynamic columns that are streamed as JSON in a text.
var embedded = map[string]bool{"AdditionalFields": true, "ConfidenceLevel": true}

func fits(kind string, v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return kind == "bool"
	case json.Number:
		return kind == "int" || kind == "long" || kind == "real"
	case string:
		if kind == "datetime" {
			_, err := time.Parse(time.RFC3339Nano, v)
			return err == nil
		}
		return kind == "string"
	}
	return kind == "dynamic"
}

// shared is the folder of material that lies beside the repository on a developer's machine.
func shared(t *testing.T) string {
	dir := os.Getenv("PENSTOCK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared material is not there")
	}
	return dir
}

func TestColumnsAreThoseOfTheSharedSchema(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(shared(t), "schema", "advanced-hunting.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Tables json.RawMessage
	}
	type table struct {
		Name    string
		Columns []struct{ Name, Type string }
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	var list []table
	if err := json.Unmarshal(schema.Tables, &list); err != nil {
		byName := map[string]table{}
		if err := json.Unmarshal(schema.Tables, &byName); err != nil {
			t.Fatal(err)
		}
		for name, x := range byName {
			x.Name = name
			list = append(list, x)
		}
	}
	columns := map[string]map[string]string{}
	for _, x := range list {
		columns[x.Name] = map[string]string{}
		for _, c := range x.Columns {
			columns[x.Name][strings.ToLower(c.Name)] = c.Type
		}
	}
	checkColumns(t, columns)
}

func TestColumnsAreThoseOfTheMapping(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]map[string]string{}
	for _, x := range plan.Tables() {
		columns[x.Name] = map[string]string{}
		for _, c := range x.Columns {
			columns[x.Name][strings.ToLower(c.Name)] = ""
		}
	}
	checkColumns(t, columns)
}

// checkColumns draws records and looks whether their columns are known, and of the known type unless that is "".
func checkColumns(t *testing.T, columns map[string]map[string]string) {
	t.Helper()
	tenant := newTenant(t, Config{Seed: 5, Stories: time.Minute})
	complained := map[string]bool{}
	for range 10_000 {
		raw, meta := tenant.Append(nil)
		var e struct{ Properties map[string]any }
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		for name, value := range e.Properties {
			place := meta.Table + "." + name
			kind, known := columns[meta.Table][strings.ToLower(name)]
			if !known {
				kind, known = onTheWire[name]
			}
			_, text := value.(string)
			ok := known && (kind == "" || fits(kind, value) || otherwiseOnTheWire[place] || text && kind == "dynamic" && embedded[name])
			if !ok && !complained[place] {
				complained[place] = true
				t.Errorf("%s is %v: known %v, type %q", place, value, known, kind)
			}
		}
	}
}

func TestEveryRecordIsNormalisedWithoutWarning(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	tenant := newTenant(t, Config{Seed: 8, Stories: time.Minute})
	var (
		ev     ecs.Event
		parser record.Parser
		rec    record.Record
		buf    []byte
	)
	complained := map[string]bool{}
	warnings, unmapped := ecs.MustLookup("penstock.warnings"), ecs.MustLookup("penstock.unmapped_table")
	for range 10_000 {
		var meta Meta
		buf, meta = tenant.Append(buf[:0])
		if err := parser.Parse(buf, &rec); err != nil {
			t.Fatalf("%v\n%s", err, buf)
		}
		plan.Normalize(&ev, &rec, meta.Time)
		doc := string(ev.AppendJSON(nil))
		if len(ev.Get(unmapped).JSON) > 0 {
			t.Fatalf("%s is not mapped", meta.Table)
		}
		if v := ev.Get(warnings); len(v.JSON) > 0 && !complained[meta.Table] {
			complained[meta.Table] = true
			t.Errorf("%s: warnings %s\n%s\n%s", meta.Table, v.JSON, buf, doc)
		}
	}
}

func TestEveryColumnOfTheSharedCasesIsWritten(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join(shared(t), "conformance", "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, path := range cases {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ Input struct{ Message string } }
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		e := decode(t, []byte(c.Input.Message))
		if e.Time == "2022-09-01T07:28:59.5127177Z" {
			continue // one row of DeviceEvents under several names
		}
		for name := range e.Properties {
			wanted[e.table()+"."+name] = true
		}
	}
	tenant := newTenant(t, Config{Seed: 5, Stories: time.Minute})
	for n := 0; n < 20_000 && len(wanted) > 0; n++ {
		raw, meta := tenant.Append(nil)
		for name := range decode(t, raw).Properties {
			delete(wanted, meta.Table+"."+name)
		}
	}
	for place := range wanted {
		t.Errorf("%s is streamed and never written", place)
	}
}
