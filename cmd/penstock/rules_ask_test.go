package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"penstock/server"
)

// asked runs a command against a server that answers everything with the same, and gives the last request and what the
// command wrote.
func asked(t *testing.T, answer any, args ...string) (r *http.Request, sent []byte, out string, err error) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r = req
		sent, _ = io.ReadAll(req.Body)
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer s.Close()
	cmd := command()
	var b bytes.Buffer
	cmd.SetOut(&b)
	cmd.SetErr(&b)
	cmd.SetArgs(append(args, "--server", s.URL))
	err = cmd.ExecuteContext(t.Context())
	return r, sent, b.String(), err
}

func TestFlagsChooseRules(t *testing.T) {
	r, sent, out, err := asked(t, server.BulkEdit{Rules: 7, Changed: 5, DryRun: true}, "rules", "enable", "--level", "high,critical", "--technique", "T1059", "--dry-run")
	if err != nil {
		t.Fatal(err)
	}
	q := r.URL.Query()
	if r.Method != http.MethodPatch || r.URL.Path != "/api/v1/rules" || !slices.Equal(q["level"], []string{"high", "critical"}) || q.Get("technique") != "T1059" || q.Get("dryRun") != "true" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	if string(sent) != `{"enabled":true}` || !strings.Contains(out, "5 of them would be enabled") {
		t.Errorf("sent %s, wrote %s", sent, out)
	}
	if r, _, _, err := asked(t, nil, "rules", "disable"); err == nil || r != nil {
		t.Errorf("all rules are disabled by a command that names none: %v", err)
	}
}

func TestAFolderIsPackedForInstallation(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"windows/a.yml": "title: A", "b.yaml": "title: B", "version.txt": "r2026", "readme.md": "no rule", ".git/c.yml": "title: C",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link.yml")); err != nil {
		t.Fatal(err)
	}
	r, sent, out, err := asked(t, server.InstallReport{Pack: "ours", Problems: []server.RuleProblem{{File: "big.yml", Message: "too large"}}}, "rules", "install", dir, "--name", "ours", "--enable-level", "high", "--enable-status", "stable,test")
	if err != nil {
		t.Fatal(err)
	}
	q := r.URL.Query()
	if r.Header.Get("Content-Type") != "application/zip" || q.Get("name") != "ours" || q.Get("file") != filepath.Base(dir) || q.Get("version") != "r2026" || q.Get("minLevel") != "high" || !slices.Equal(q["status"], []string{"stable", "test"}) {
		t.Errorf("%s with %s", r.URL, r.Header.Get("Content-Type"))
	}
	z, err := zip.NewReader(bytes.NewReader(sent), int64(len(sent)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"b.yaml", "windows/a.yml"}) {
		t.Errorf("packed: %v", names)
	}
	if !strings.Contains(out, "link.yml is left out: the link cannot be followed") || !strings.Contains(out, "big.yml  too large") {
		t.Error(out)
	}
	if r, _, _, err := asked(t, nil, "rules", "install", t.TempDir()); err == nil || r != nil {
		t.Errorf("a folder without rules is installed: %v", err)
	}
}

func TestAPathWithoutRulesIsToldOf(t *testing.T) {
	other := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(other, []byte("no rule"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ruleFiles([]string{filepath.Dir(other)}); err == nil || !strings.Contains(err.Error(), "there are no rules in") {
		t.Errorf("a folder: %v", err)
	}
	if _, problems, err := ruleFiles([]string{other}); err != nil || len(problems) != 1 {
		t.Errorf("a file: %v, %v", problems, err)
	}
}

func TestOnlyWhatIsSaidOfAnAlertChanges(t *testing.T) {
	_, sent, _, err := asked(t, server.AlertResults{Changed: 1, Results: []server.AlertResult{{ID: 7}, {ID: 8, Problem: "there is no alert with this id"}}},
		"alerts", "update", "7", "8", "--assignee", "", "--add-tag", "vip")
	if err == nil || string(sent) != `{"ids":[7,8],"edit":{"assignee":"","addTags":["vip"]}}` {
		t.Errorf("%v, sent %s", err, sent)
	}
	if r, _, _, err := asked(t, nil, "alerts", "update", "seven"); err == nil || r != nil {
		t.Errorf("an id that is no number is sent: %v", err)
	}
}

func TestAProblemWithARuleNamesItsLines(t *testing.T) {
	err := answerError(422, []byte(`{"detail":"line 4: no such modifier","problems":[{"line":4,"column":2,"message":"no such modifier"}]}`))
	if !strings.Contains(err.Error(), "line 4, column 2: no such modifier") {
		t.Error(err)
	}
}
