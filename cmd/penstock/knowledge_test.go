package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// owls is a format as a user writes it: other keys, other units, a list in an object, rules for its own table.
var owls = map[string]string{
	"owls/format.yaml": `id: owls
name: Owls
version: "1"
description: Owls that were seen.
sources: [http, file]
records:
  list: night.owls
  table: OwlSeen
  time: {column: at, unit: seconds}
tables:
  OwlSeen: Owls that were seen
`,
	"owls/schema.yaml": "OwlSeen: at:long kind wings:int from\n",
	"owls/mapping/seen.yaml": `table: OwlSeen
fields:
  owl.wings: long
assign:
  - '@timestamp = event_time(Timestamp)'
  - event.kind = "event"
  - action.type = kind
  - owl.wings = wings
  - source.ip = from
`,
	"rules/owl.yml": `title: An owl with many wings
id: 5b3c0b1e-4b54-4a37-9d47-1f6f3f2f8e10
level: high
logsource: {product: owls, service: owlseen}
detection: {sel: {owl.wings|gt: 2, from: 203.0.113.9}, condition: sel}
`,
	"penstock.yaml": "data: data\nformats: .\nserver: {sign_in: off}\n",
}

const owlLines = `{"night":{"owls":[{"at":1777882530,"kind":"barn","wings":2,"from":"203.0.113.8"},{"at":1777882531,"kind":"strange","wings":4,"from":"203.0.113.9"},7]}}
`

func TestCommandsKnowTheFormatsOfAFolder(t *testing.T) {
	dir := writeFiles(t, owls)
	named := map[string][]string{
		"a folder of formats": {"--formats", dir, "--record-format", "owls"},
		"its own folder":      {"--record-format", filepath.Join(dir, "owls")},
		"the configuration":   {"--config", filepath.Join(dir, "penstock.yaml"), "--record-format", "owls"},
	}
	for name, flags := range named {
		out, errOut, err := penstock(t, owlLines, append([]string{"normalize"}, flags...)...)
		documents := lines[struct {
			Time string `json:"@timestamp"`
			Owl  struct{ Wings int }
		}](t, out)
		if err != nil || len(documents) != 2 || documents[1].Owl.Wings != 4 || documents[1].Time != "2026-05-04T08:15:31.000000Z" {
			t.Errorf("%s: %v, %s", name, err, out)
		}
		if !strings.Contains(errOut, "line 1: scalar: ") || !strings.Contains(errOut, "2 events, 1 rejected") {
			t.Errorf("%s: %s", name, errOut)
		}
		out, errOut, err = penstock(t, owlLines, append([]string{"detect", "--rules", filepath.Join(dir, "rules")}, flags...)...)
		if found := lines[detected](t, out); err != nil || len(found) != 1 || found[0].Table != "OwlSeen" || found[0].Fields["owl.wings"] != "4" {
			t.Errorf("%s: %v, %s%s", name, err, out, errOut)
		}
		record := `{"at":1777882531,"kind":"strange","wings":4,"from":"203.0.113.9"}`
		if out, _, err := penstock(t, record, append([]string{"explain-event", "--record", "-"}, flags...)...); err != nil || !strings.Contains(out, "owls/mapping/seen.yaml:8") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
	if _, _, err := penstock(t, owlLines, "explain-event", "--record", "-", "--record-format", filepath.Join(dir, "owls")); err == nil || !strings.Contains(err.Error(), "scalar") {
		t.Errorf("a record of several: %v", err)
	}
	applies := func(flags ...string) string {
		out, _, err := penstock(t, "", append([]string{"rules", "check", filepath.Join(dir, "rules")}, flags...)...)
		if list := lines[checkedRule](t, out); err == nil && len(list) == 1 {
			return string(list[0].Applies)
		}
		return out
	}
	if with, without := applies("--formats", dir), applies(); with != "yes" || without != "no" {
		t.Errorf("with its format the rule applies: %s; without: %s", with, without)
	}
}

func TestAFormatThatCannotBeUsedIsTheFaultOfWhoNamesIt(t *testing.T) {
	dir := writeFiles(t, owls)
	file := filepath.Join(dir, "owls", "mapping", "seen.yaml")
	if err := os.WriteFile(file, []byte("table: OwlSeen\nassing: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const sentence = "owls/mapping/seen.yaml:2: unknown key"
	for _, command := range [][]string{
		{"normalize", "--formats", dir, "--record-format", "owls"}, {"normalize", "--record-format", filepath.Join(dir, "owls")}, {"format", "docs", "owls", "--formats", dir, "--json"},
	} {
		if _, _, err := penstock(t, owlLines, command...); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), ":1:", ":"), "owls/mapping/seen.yaml:2") {
			t.Errorf("%v: %v", command, err)
		}
	}
	if _, _, err := penstock(t, owlLines, "normalize", "--record-format", "barn"); err == nil || !strings.Contains(err.Error(), "there is no format barn, and no folder barn") {
		t.Errorf("nobody's format: %v", err)
	}
	// Whoever does not name it is told, and goes on.
	if _, errOut, err := penstock(t, "", "normalize", "--formats", dir); err != nil || !strings.Contains(errOut, sentence) {
		t.Errorf("%v, %s", err, errOut)
	}
	out, errOut, err := penstock(t, "", "format", "list", "--formats", dir)
	if err != nil || strings.Contains(out, "owls") || !strings.Contains(errOut, sentence) {
		t.Errorf("%v, %s, %s", err, out, errOut)
	}
	if out, _, err := penstock(t, "", "format", "list", "--formats", dir, "--format", "json"); err != nil || !strings.Contains(out, sentence) {
		t.Errorf("%v, %s", err, out)
	}
}
