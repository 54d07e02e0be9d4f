package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// penstock runs a command in this process, and gives what it writes.
func penstock(t *testing.T, in string, args ...string) (out, errOut string, err error) {
	t.Helper()
	cmd := command()
	var o, e bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(in))
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	err = cmd.ExecuteContext(t.Context())
	return o.String(), e.String(), err
}

// lines decodes NDJSON.
func lines[T any](t *testing.T, text string) (list []T) {
	t.Helper()
	for line := range strings.Lines(text) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, v)
	}
	return list
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	failedLogon = `title: Failed logon
id: 11111111-1111-4111-8111-111111111111
name: failed
level: low
logsource: {product: defender, service: devicelogonevents}
detection: {sel: {ActionType: LogonFailed}, condition: sel}
`
	manyFailed = `title: Many failed logons
id: 22222222-2222-4222-8222-222222222222
level: high
correlation: {type: event_count, rules: [failed], group-by: [AccountName], timespan: 10m, condition: {gte: 3}}
`
	withoutStack = `title: Access without a known stack
id: 33333333-3333-4333-8333-333333333333
logsource: {category: process_access, product: windows}
detection: {sel: {TargetImage|endswith: '\lsass.exe', CallTrace|contains: UNKNOWN}, condition: sel}
`
)

func TestRulesCheckTellsOfEveryRuleWhetherItCompilesAndApplies(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a/logon.yml":      failedLogon,
		"a/many.yml":       manyFailed,
		"b/stack.yml":      withoutStack,
		"b/wrong.yml":      "title: Wrong\nid: 44444444-4444-4444-8444-444444444444\nlogsource: {category: process_creation}\ndetection:\n  sel:\n    Image|endswiht: x\n  condition: sel\n",
		"b/twice.yml":      strings.Replace(failedLogon, "Failed logon", "The same id", 1),
		"b/elsewhere.yml":  "title: Elsewhere\nid: 55555555-5555-4555-8555-555555555555\nlogsource: {product: cisco, service: aaa}\ndetection: {k: [reload], condition: k}\n",
		"b/not-yaml.yml":   "title: [\ndetection: x\n",
		"b/workflow.yml":   "name: CI\non: [push]\n",
		"b/text.txt":       "no rule",
		"c/process.yaml":   "title: In part\nid: 66666666-6666-4666-8666-666666666666\nlogsource: {category: process_creation, product: windows}\ndetection:\n  a: {Image|endswith: '\\a.exe'}\n  b: {CurrentDirectory|contains: Temp}\n  condition: a or b\n",
		".git/ignored.yml": failedLogon,
	})
	out, errOut, err := penstock(t, "", "rules", "check", dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]checkedRule{}
	for _, line := range lines[checkedRule](t, out) {
		got[line.File] = line
	}
	for file, want := range map[string]struct {
		compiled bool
		applies  string
		line     int    // of the error
		says     string // somewhere
	}{
		"a/logon.yml":     {true, "yes", 0, ""},
		"a/many.yml":      {true, "yes", 0, ""},
		"b/stack.yml":     {true, "no", 0, "CallTrace"},
		"b/wrong.yml":     {false, "no", 6, "endswiht"},
		"b/twice.yml":     {false, "no", 1, "a/logon.yml"},
		"b/elsewhere.yml": {true, "no", 0, "cisco"},
		"b/not-yaml.yml":  {false, "no", 1, "YAML"},
		"c/process.yaml":  {true, "partly", 0, "CurrentDirectory"},
	} {
		line, ok := got[file]
		if !ok {
			t.Errorf("%s is not told of", file)
			continue
		}
		at := 0
		if line.Error != nil {
			at = line.Error.Line
		}
		if at != want.line {
			t.Errorf("%s: the error is in line %d, want %d", file, at, want.line)
		}
		text, _ := json.Marshal(line)
		if line.Compiled != want.compiled || string(line.Applies) != want.applies || !strings.Contains(string(text), want.says) {
			t.Errorf("%s: %s", file, text)
		}
	}
	if len(got) != 8 || !strings.Contains(errOut, "8 rules: 2 apply, 1 apply partly, 2 do not apply, 3 do not compile") {
		t.Errorf("%d rules, %s", len(got), errOut)
	}
	if _, _, err := penstock(t, "", "rules", "check", "--strict", dir); err == nil {
		t.Error("strict, and yet no error")
	}
	if out, _, err := penstock(t, "", "rules", "check", filepath.Join(dir, "b", "workflow.yml")); err != nil || !strings.Contains(out, "no rule") {
		t.Errorf("a file that is named and holds no rules: %s, %v", out, err)
	}
	if _, _, err := penstock(t, "", "rules", "check", filepath.Join(dir, "nothing")); err == nil {
		t.Error("a folder that is not there, and yet no error")
	}
}

func logonRecord(action, account, at string) string {
	return `{"time":"2026-11-25T10:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceLogonEvents","properties":{"Timestamp":"2026-11-25T` + at +
		`Z","ActionType":"` + action + `","DeviceName":"ws-1","AccountName":"` + account + `"}}` + "\n"
}

func TestDetectTellsMatchesAndWhatCorrelationsFind(t *testing.T) {
	dir := writeFiles(t, map[string]string{"logon.yml": failedLogon, "many.yml": manyFailed, "wrong.yml": "title: [\ndetection: x\n"})
	in := logonRecord("LogonFailed", "anna", "10:00:00") + logonRecord("LogonSuccess", "anna", "10:00:01") + "no record\n" +
		`{"records":[` + strings.TrimSpace(logonRecord("LogonFailed", "bert", "10:00:02")) + `,` + strings.TrimSpace(logonRecord("LogonFailed", "anna", "10:00:03")) + "]}\n" +
		logonRecord("LogonFailed", "anna", "10:05:00")
	out, errOut, err := penstock(t, in, "detect", "--rules", dir)
	if err != nil {
		t.Fatal(err)
	}
	found := lines[detected](t, out)
	if len(found) != 1 || found[0].Title != "Many failed logons" || found[0].Level != "high" || found[0].Count != 3 || len(found[0].Events) != 3 || found[0].Group["AccountName"] != "anna" {
		t.Errorf("found %+v", found)
	}
	if !strings.Contains(errOut, "wrong.yml:") || !strings.Contains(errOut, "line 3:") {
		t.Errorf("what is wrong is not told: %s", errOut)
	}
	out, _, err = penstock(t, in, "detect", "--all", "--rules", filepath.Join(dir, "logon.yml"))
	if err != nil {
		t.Fatal(err)
	}
	found = lines[detected](t, out)
	if len(found) != 4 || found[0].RuleID != "11111111-1111-4111-8111-111111111111" || len(found[0].EventID) != 32 || found[0].Fields["ActionType"] != "LogonFailed" || found[0].Time == "" {
		t.Errorf("found %+v", found)
	}
}

func TestDetectTriesTheBuiltInRulesWhereNoneAreNamed(t *testing.T) {
	record := testRecord(7, testStart) + "\n"
	out, _, err := penstock(t, record, "detect")
	if err != nil {
		t.Fatal(err)
	}
	if found := lines[detected](t, out); !slices.ContainsFunc(found, func(d detected) bool { return d.RuleID == shadowCopiesDeleted }) {
		t.Errorf("found %+v", found)
	}
	if _, _, err := penstock(t, "", "detect", "--since", "7d", "file.ndjson"); err == nil || !strings.Contains(err.Error(), "not both") {
		t.Errorf("a file and a time range: %v", err)
	}
}
