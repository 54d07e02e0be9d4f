package formats

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/format/defender"
)

// install writes formats into a folder, each the invented firewall under another name, with some files changed.
func install(t *testing.T, folders map[string]map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, changed := range folders {
		if err := os.CopyFS(filepath.Join(dir, name), wren(t, changed)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A mistake of every kind, in its own files or beside other formats, sets the one folder aside.
func TestABrokenFolderIsSetAsideAndTheOthersAreUsed(t *testing.T) {
	const manifest = "id: owl\nname: Owl\nversion: \"1\"\ndescription: Owls.\nsources: [http]\nrecords:\n  table: OwlSeen\ntables:\n  OwlSeen: Owls that were seen\n"
	other := func(more ...string) map[string]string {
		changed := map[string]string{
			ManifestFile:  manifest,
			"schema.yaml": "OwlSeen: src\n", "columns.yaml": "", "sentences/common.yaml": "", "sentences/threats.yaml": "", "sentences/traffic.yaml": "",
			"samples/threats.test": "", "samples/traffic.test": "", "sigma/logsources.yaml": "", "mapping/common.yaml": "", "mapping/threats.yaml": "",
			"rules/remote_desktop_from_outside.yml": "", "mapping/traffic.yaml": "table: OwlSeen\nassign:\n  - '@timestamp = event_time(Timestamp)'\n  - source.ip = src\n",
		}
		for i := 0; i < len(more); i += 2 {
			changed[more[i]] = more[i+1]
		}
		return changed
	}
	type brokenCase struct {
		changed  map[string]string
		id, want string
	}
	cases := map[string]brokenCase{
		"no YAML":                  {other(ManifestFile, "id: owl\nname: ["), "owl", "no YAML/format.yaml:2: this is not YAML"},
		"no id":                    {other(ManifestFile, "name: Owl\n"), "no id", "expected the key id"},
		"unknown key":              {other("mapping/traffic.yaml", "table: OwlSeen\nassing: []\n"), "owl", "mapping/traffic.yaml:2: unknown key"},
		"unknown field":            {other("mapping/traffic.yaml", "table: OwlSeen\nassign:\n  - owl.name = src\n"), "owl", "mapping/traffic.yaml:3: there is no field"},
		"no columns":               {other("schema.yaml", "OwlSeen:\n"), "owl", "schema.yaml:1:"},
		"column that is not there": {other("sigma/logsources.yaml", "logsources:\n  - category: owl\n    streams:\n      - {table: OwlSeen, fields: {a: b}}\n"), "owl", "OwlSeen has no column b"},
		"broken sample":            {other("samples/a.test", "# one\nrecord {\n"), "owl", "samples/a.test:2:"},
		"table of Defender":        {other("mapping/more.yaml", "table: deviceevents\nassign: []\n"), "owl", "the table deviceevents is one of Microsoft Defender XDR"},
		"table of another format":  {other("mapping/more.yaml", "table: WrenTraffic\nassign: []\n"), "owl", "the table WrenTraffic is one of Wren Firewall"},
		"the id of another":        {other(ManifestFile, strings.Replace(manifest, "id: owl", "id: wren-firewall", 1)), "wren-firewall", "is that of Wren Firewall"},
		"field of another type":    {other("mapping/more.yaml", "group: a\nfields:\n  wren.verdict: long\nassign: []\n"), "owl", "the field wren.verdict has another type in Wren Firewall"},
		"folder where a file goes": {other("columns.yaml/a", "b"), "owl", "columns.yaml"},
	}
	folders := map[string]map[string]string{"a wren": nil}
	for name, c := range cases {
		folders[name] = c.changed
	}
	dir := install(t, folders)
	known, err := Open(dir)
	if err != nil || len(known.All()) != 2 || len(known.Broken()) != len(cases) {
		t.Fatalf("%v, %+v", err, known)
	}
	for _, b := range known.Broken() {
		c := cases[filepath.Base(b.Folder)]
		if b.ID != c.id || filepath.Dir(b.Folder) != dir || !strings.Contains(b.String(), c.want) || !strings.Contains(b.Hint(), "penstock format check "+b.Folder) {
			t.Errorf("%s: %s is broken: %s", b.Folder, b.ID, b)
		}
	}
	// What is left can be used as a whole.
	plan, err := known.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := known.Pipeline(plan); err != nil {
		t.Error(err)
	}
	if _, err := known.HuntingTables(); err != nil {
		t.Error(err)
	}
}

func TestAFormatThatCannotBeHadSaysWhyAndWhatToDo(t *testing.T) {
	dir := install(t, map[string]map[string]string{"wren": {"mapping/traffic.yaml|rule.name": "rule.nome"}})
	known, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][2]string{
		"wren-firewall": {"the format wren-firewall cannot be used because of a mistake in its folder: " + dir + `/wren/mapping/traffic.yaml:11: there is no field "rule.nome"`, "Mend it (penstock format check " + dir + "/wren tells every mistake), then restart"},
		"owl":           {"there is no format owl", "Put its folder into " + dir},
	} {
		_, err := known.Tables(id)
		var missing *MissingError
		if !errors.As(err, &missing) || !strings.HasPrefix(err.Error(), want[0]) || !strings.HasPrefix(missing.Hint(), want[1]) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if tables, err := known.Tables("defender"); err != nil || len(tables) == 0 {
		t.Errorf("%v, %v", tables, err)
	}
}

func TestAFolderThatCannotBeListedIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if known, err := Open(file); err != nil || len(known.Broken()) != 1 || len(known.All()) != 1 {
		t.Errorf("%+v, %v", known, err)
	}
}

// A mended folder is read again; until then its tables are known by the columns that they had.
func TestTablesOfAFormatThatBreaksAreKnownByTheirColumns(t *testing.T) {
	data := t.TempDir()
	sound := install(t, map[string]map[string]string{"wren": nil})
	open := func(dir string) *Catalogue {
		t.Helper()
		c, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Recall(data); err != nil {
			t.Fatal(err)
		}
		if err := c.Keep(data); err != nil {
			t.Fatal(err)
		}
		return c
	}
	open(sound)
	users := defender.File{Name: "my.yaml", Data: []byte("tables:\n  WrenTraffic:\n    - wren.zone.to = src\n")}
	for range 2 { // what is kept stays while the format is away
		broken := open(install(t, map[string]map[string]string{"wren": {ManifestFile: "id: wren-firewall"}}))
		plan, err := broken.Plan(users)
		if err != nil {
			t.Fatal(err)
		}
		table := plan.Table("WrenTraffic")
		if len(table.Columns) != 13 || table.Specified || len(table.FieldsOf("dst_port")) != 1 || table.FieldsOf("dst_port")[0] != "penstock.columns.dst_port" {
			t.Errorf("%+v", table)
		}
		tables, err := broken.HuntingTables()
		if err != nil || tables[len(tables)-1].Name != "WrenTraffic" || len(tables[len(tables)-1].Columns) != 14 {
			t.Errorf("%v", err)
		}
	}
	plan, err := open(sound).Plan(users)
	if err != nil || !plan.Table("WrenTraffic").Specified {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(data, formerFile), []byte(`{"A":"b:owl"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(sound)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Recall(data); err == nil || len(c.former) > 0 {
		t.Errorf("%v, %v", err, c.former)
	}
}
