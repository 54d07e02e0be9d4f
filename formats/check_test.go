package formats

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// wren is the folder of the invented firewall, with some files put in the place of its own; an empty text takes one away.
func wren(t testing.TB, changed map[string]string) fs.FS {
	t.Helper()
	root := os.DirFS(filepath.Join("testdata", "wren-firewall"))
	folder := fstest.MapFS{}
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		folder[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range changed {
		file, old, replace := name, "", false
		if n, o, ok := strings.Cut(name, "|"); ok { // a part of the file
			file, old, replace = n, o, true
		}
		switch {
		case replace:
			was := string(folder[file].Data)
			if !strings.Contains(was, old) {
				t.Fatalf("%s does not contain %q", file, old)
			}
			folder[file] = &fstest.MapFile{Data: []byte(strings.Replace(was, old, text, 1))}
		case text == "":
			delete(folder, file)
		default:
			folder[file] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return folder
}

func TestTheInventedFormatPassesItsCheck(t *testing.T) {
	f, found := Check(wren(t, nil), "wren")
	if f == nil || len(found) > 0 {
		t.Errorf("%v, %v", f, found)
	}
}

func TestEveryMistakeHasItsFileAndLine(t *testing.T) {
	for name, c := range map[string]struct {
		changed map[string]string
		want    string
	}{
		"no manifest":                {map[string]string{ManifestFile: ""}, "wren/format.yaml:1:1: error: the file is missing"},
		"no YAML":                    {map[string]string{ManifestFile: "id: ["}, "wren/format.yaml:1:5: error: this is not YAML"},
		"unknown key":                {map[string]string{ManifestFile + "|vendor:": "maker:"}, `wren/format.yaml:5:1: error: unknown key "maker"`},
		"wrong id":                   {map[string]string{ManifestFile + "|id: wren-firewall": "id: Wren"}, `wren/format.yaml:2:5: error: expected an id as acme-firewall`},
		"version that is a number":   {map[string]string{ManifestFile + `|"1.2"`: "1.2"}, "wren/format.yaml:7:10: error: expected a version in quotation marks"},
		"unknown source":             {map[string]string{ManifestFile + "|[http, file]": "[pigeon]"}, `wren/format.yaml:9:11: error: expected eventhub, blob, kafka, http, file, got "pigeon"`},
		"missing key":                {map[string]string{ManifestFile + "|name: Wren Firewall": ""}, "error: expected the key name"},
		"table of nobody":            {map[string]string{ManifestFile + "|flow: WrenTraffic": "flow: WrenFlow"}, "wren/format.yaml:11:1: error: records names the table WrenFlow"},
		"unit":                       {map[string]string{ManifestFile + "|unit: milliseconds": "unit: fortnights"}, `wren/format.yaml:16:28: error: expected date, seconds`},
		"name of a table":            {map[string]string{ManifestFile + "|  WrenThreats: A": "  wren threats: A"}, "wren/format.yaml:19:3: error: expected the name of a table as AcmeTraffic"},
		"column without names":       {map[string]string{ManifestFile + "|    column: kind\n": ""}, "column and names belong together"},
		"a table of Defender":        {map[string]string{"schema.yaml|WrenThreats:": "DeviceEvents:", ManifestFile + "|  WrenThreats: A": "  DeviceEvents: A", ManifestFile + "|threat: WrenThreats": "threat: DeviceEvents", "mapping/threats.yaml|WrenThreats": "DeviceEvents", "sentences/threats.yaml|WrenThreats": "DeviceEvents", "columns.yaml|WrenThreats": "DeviceEvents"}, "the table DeviceEvents is one of Microsoft Defender XDR"},
		"Defender's id":              {map[string]string{ManifestFile + "|id: wren-firewall": "id: defender"}, "the id defender, or its uuid, is that of Microsoft Defender XDR"},
		"no columns":                 {map[string]string{"schema.yaml|WrenThreats:": "WrenOthers:"}, "wren/format.yaml:19:3: error: the table WrenThreats has no columns in schema.yaml"},
		"type of a column":           {map[string]string{"schema.yaml|ts:long kind": "ts:lonh kind"}, `wren/schema.yaml:1:1: error: column ts of WrenTraffic: unknown type "lonh"`},
		"column of the product":      {map[string]string{"schema.yaml|rule zone": "penstock_id zone"}, "names that begin with penstock_ are the product's own"},
		"column twice":               {map[string]string{"schema.yaml|rule zone": "Kind zone"}, "the column Kind of WrenTraffic is there already"},
		"unknown field of ECS":       {map[string]string{"mapping/traffic.yaml|rule.name": "rule.nome"}, `wren/mapping/traffic.yaml:11:5: error: there is no field "rule.nome"`},
		"mistake in an expression":   {map[string]string{"mapping/traffic.yaml|= rule\n": "= rule +\n"}, "wren/mapping/traffic.yaml:11:"},
		"unknown group":              {map[string]string{"mapping/traffic.yaml|[wren]": "[ren]"}, `there is no group "ren"`},
		"column that no table has":   {map[string]string{"mapping/traffic.yaml|= sent\n": "= cent\n"}, "wren/mapping/traffic.yaml:9:1: error: no table has a column cent"},
		"no time":                    {map[string]string{"mapping/common.yaml|  - '@timestamp = event_time(Timestamp)'\n": ""}, "error: no line gives events of WrenThreats a time"},
		"a Timestamp that is none":   {map[string]string{"schema.yaml|user sent": "Timestamp sent"}, "wren/schema.yaml:1:1: error: WrenTraffic has a column Timestamp"},
		"broken sentence":            {map[string]string{"sentences/threats.yaml|'{threat}": "'{threat"}, "wren/sentences/threats.yaml:4:"},
		"broken sample":              {map[string]string{"samples/threats.test|record {": "record "}, "wren/samples/threats.test:2:1: error: expected a record in JSON"},
		"field of a sample":          {map[string]string{"samples/threats.test|log.level \"high\"": "log.level high"}, "wren/samples/threats.test:13:1: error: expected a field and its value as JSON"},
		"sample that differs":        {map[string]string{"samples/threats.test|log.level \"high\"": "log.level \"low\""}, "wren/samples/threats.test:2:1: error: 2 lines of the sample are not as they come"},
		"unknown column of a stream": {map[string]string{"sigma/logsources.yaml|src_ip: src": "src_ip: scr"}, "wren/sigma/logsources.yaml:3:5: error: src_ip: WrenTraffic has no column scr"},
		"rule that cannot match":     {map[string]string{"rules/remote_desktop_from_outside.yml|wren.verdict": "wren.verdikt"}, "cannot match"},
		"rule that is broken":        {map[string]string{"rules/remote_desktop_from_outside.yml|condition: reached": "condition: (reached"}, "wren/rules/remote_desktop_from_outside.yml:"},

		"column not described":    {map[string]string{"columns.yaml|  rule: Rule of the firewall that decided\n": ""}, "wren/schema.yaml:1:1: warning: the column rule of WrenTraffic is not described"},
		"description of nothing":  {map[string]string{"columns.yaml|  rule:": "  rool:"}, "wren/columns.yaml:13:1: warning: no table has a column rool"},
		"description in a table":  {map[string]string{"columns.yaml|    dst:": "    zone:"}, "wren/columns.yaml:19:1: warning: WrenThreats has no column zone"},
		"table without a sample":  {map[string]string{"samples/threats.test": ""}, "wren/format.yaml:19:1: warning: there is no sample of the table WrenThreats"},
		"line that is not shown":  {map[string]string{"mapping/threats.yaml|- log.level = severity": "- log.level = rule"}, "wren/mapping/threats.yaml:9:1: warning: no sample reaches the line log.level = rule"},
		"field that is not shown": {map[string]string{"mapping/threats.yaml|- log.level = severity": "- file.name = rule"}, "wren/mapping/threats.yaml:9:1: warning: no sample fills the field file.name"},
		"value that does not fit": {map[string]string{"mapping/threats.yaml|- log.level = severity": "- source.bytes = severity"}, "wren/samples/threats.test:2:1: warning: a value does not fit the field source.bytes"},
		"table without a mapping": {map[string]string{"mapping/threats.yaml": ""}, "warning: no file in mapping is of the table WrenThreats"},
	} {
		f, found := Check(wren(t, c.changed), "wren")
		var told []string
		for i := range found {
			told = append(told, found[i].String())
		}
		text := strings.Join(told, "\n")
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: want %q, got\n%s", name, c.want, text)
		}
		if mistakes := strings.Contains(text, ": error: "); (f == nil) != mistakes {
			t.Errorf("%s: usable %v\n%s", name, f != nil, text)
		}
	}
}

func TestANewFormatPassesItsOwnCheckAndSaysWhatItGuessed(t *testing.T) {
	for name, samples := range map[string]string{
		"Bare one": "",
		"Acme Firewall 2": `{"ts":1777882530,"src_ip":"10.4.0.17","dst_ip":"not an address","dst_port":"443","user":"anna","hash":"ab","deep":{"a":[1]},"odd name":1,"penstock_id":2,"ok":true,"rate":1.5}
{"ts":1777882530.5,"src_ip":"2001:db8::1","user":null,"ok":false,"rate":2}`,
		"it's": `[{"when":"2026-05-04T08:15:30Z","time":"2026-05-04T08:15:30Z","message":"it's \"here\""}]`,
	} {
		var text []byte
		if samples != "" {
			text = []byte(samples)
		}
		files, err := Scaffold(name, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		folder := fstest.MapFS{}
		for file, data := range files {
			folder[file] = &fstest.MapFile{Data: data}
		}
		f, found := Check(folder, "")
		if f == nil {
			t.Errorf("%s: %v", name, found)
		}
		if name != "Acme Firewall 2" {
			continue
		}
		mapping, schema, manifest := string(files["mapping/acme-firewall-2.yaml"]), string(files["schema.yaml"]), string(files[ManifestFile])
		for _, want := range []string{"source.ip = src_ip   # guessed", "destination.port = dst_port   # guessed", "user.name = user   # guessed", "file.hash.sha256 = hash   # guessed"} {
			if !strings.Contains(mapping, want) {
				t.Errorf("the mapping lacks %q:\n%s", want, mapping)
			}
		}
		if strings.Contains(mapping, "destination.ip") || !strings.Contains(schema, "ts:real") || !strings.Contains(schema, "ok:bool") || !strings.Contains(schema, "deep:dynamic") ||
			!strings.Contains(schema, `"odd name" cannot be named`) || !strings.Contains(manifest, "unit: seconds") {
			t.Errorf("%s\n%s\n%s", manifest, schema, mapping)
		}
	}
	for name, samples := range map[string]string{"1": "{}", "Acme": "[1]", "Other": "{", "Empty": "{}"} {
		if files, err := Scaffold(name, []byte(samples)); err == nil {
			t.Errorf("%s with %s becomes %v", name, samples, slices.Collect(maps.Keys(files)))
		}
	}
}

func FuzzManifest(f *testing.F) {
	for _, file := range []string{"testdata/wren-firewall/format.yaml", "../format/defender/format.yaml"} {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("id: a\nrecords: {table: {column: b, names: {c: D}}, time: {unit: seconds}}"))
	f.Add([]byte("- a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest("format.yaml", data)
		if (m == nil) == (err == nil) {
			t.Fatal("neither a manifest nor a mistake, or both")
		}
		if m != nil && m.Records.String() == "" {
			t.Fatal("where the records are is not said")
		}
	})
}

func FuzzSamples(f *testing.F) {
	f.Add([]byte("# a\nrecord {}\nsay b\nc 1\n\nrecord {\"a\":1}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseSamples("a.test", data)
		if err != nil {
			return
		}
		for i := range list {
			again, err := ParseSamples("a.test", []byte(list[i].Text()))
			if err != nil || len(again) != 1 || string(again[0].Record) != string(list[i].Record) || !slices.Equal(again[0].Fields, list[i].Fields) {
				t.Fatalf("%q was read as %d samples: %v", list[i].Text(), len(again), err)
			}
		}
	})
}
