package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// cannotRun lists what of the documentation is not run by its test, and why. It is parsed all the same: by the shell, and
// where it calls penstock, by penstock's own commands and flags.
var cannotRun = []struct {
	command *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile(`^(make|cd web|bin/penstock|deploy/debian/build\.sh)\b`), "it builds the program, or needs it built; the package has its test in deploy"},
	{regexp.MustCompile(`^([A-Z_]+=\S+ )*go test\b`), "a benchmark, of minutes"},
	{regexp.MustCompile(`\bsudo\b`), "it changes the machine"},
	{regexp.MustCompile(`^(docker|helm|kubectl)\b`), "there is no daemon and no cluster; the chart and the container file have their tests in deploy"},
	{regexp.MustCompile(`^export `), "the test has an address and a key of its own"},
	{regexp.MustCompile(`^penstock (demo|serve)\b`), "it runs until it is ended; one is running"},
	{regexp.MustCompile(`^penstock (doctor|azure)\b`), "it looks at this machine, or needs a tenant; it has tests of its own"},
	{regexp.MustCompile(`^penstock (alerts show|quarantine (show|replay|drop)|users|secrets|intakes (rotate|end-old-keys|delete|pause|resume))\b`), "it needs something of that name, or a Penstock that stands still"},
}

// manual is the documentation with what its commands need: one running program, and files of their names.
type manual struct {
	dir     string
	env     []string
	replace *strings.Replacer
	stubs   string // folder of programs that only note how they are called
}

// TestTheCommandsOfTheDocumentationWork runs every command of README.md and docs/*.md, in one folder and against one
// program; what cannot run here is parsed.
func TestTheCommandsOfTheDocumentationWork(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq", "gzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s here", tool)
		}
	}
	m := openManual(t)
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	ran, parsed := 0, 0
	for _, page := range append([]string{filepath.Join("..", "..", "README.md")}, pages...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range shellCommands(string(text)) {
			name := filepath.Base(page) + ": " + c
			if slices.ContainsFunc(cannotRun, func(x struct {
				command *regexp.Regexp
				reason  string
			}) bool {
				return x.command.MatchString(c)
			}) {
				m.parse(t, name, c)
				parsed++
				continue
			}
			m.run(t, name, c)
			ran++
		}
		for _, c := range inlineCommands(string(text)) {
			m.parse(t, filepath.Base(page)+": `"+c+"`", c)
			parsed++
		}
	}
	if ran < 30 || parsed < 60 {
		t.Errorf("%d commands were run and %d parsed: where are the others?", ran, parsed)
	}
	t.Logf("%d commands were run, %d parsed", ran, parsed)
}

func openManual(t *testing.T) *manual {
	t.Helper()
	p := installForPush(t, "")
	hub := startHub(t, 1)
	dir, connection := t.TempDir(), hub.ConnectionString("defender")
	m := &manual{dir: dir, stubs: t.TempDir()}
	m.replace = strings.NewReplacer(
		"/etc/penstock/penstock.yaml", p.config, "/var/lib/penstock", filepath.Join(filepath.Dir(p.config), "data"), "/backup/penstock", filepath.Join(dir, "backups"),
		"http://127.0.0.1:8400", "http://"+p.address, "http://localhost:8400", "http://"+p.address, "localhost:8400", p.address, documentedConnection, connection,
	)
	bin := filepath.Join(dir, "bin")
	rules := filepath.Join(dir, "rules")
	for _, d := range []string{bin, rules} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(p.binary, filepath.Join(bin, "penstock")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"penstock", "bin/penstock", "make", "docker", "helm", "kubectl", "systemctl", "go", "npm", "grep", "tee", "journalctl", "apt", "install", "mv", "useradd", "deploy/debian/build.sh"} {
		script := "#!/bin/sh\n"
		switch filepath.Base(name) {
		case "penstock":
			script += "printf '%s\\0' \"$@\" >>\"$NOTED\"; printf '\\n' >>\"$NOTED\"\n"
		}
		writeFile(t, filepath.Join(m.stubs, name), script, 0o700)
	}
	writeFile(t, filepath.Join(m.stubs, "sudo"), "#!/bin/sh\nif [ \"$1\" = -u ]; then shift 2; fi\nexec \"$@\"\n", 0o700)
	list := "[" + testRecord(1, testStart) + "," + testRecord(2, testStart) + "]"
	for name, text := range map[string]string{
		"record.json": testRecord(0, testStart), "message.json": `{"records":` + list + `}`, "records.ndjson": testRecord(1, testStart) + "\n" + testRecord(2, testStart) + "\n",
		"list.json": list, "nested.json": `{"data":{"events":` + list + `}}`,
		"query.kql":        "DeviceProcessEvents | where Timestamp > ago(1d) | take 10",
		"samples.ndjson":   `{"time": "2026-11-20T08:00:00Z", "src_ip": "192.0.2.7", "dst_ip": "198.51.100.9", "user": "anna", "action": "deny", "bytes": 420}` + "\n",
		"queries.json":     `[{"name": "processes", "query": "DeviceProcessEvents | take 1"}]`,
		"new-mapping.yaml": "tables: {}\n",
		"rules/own.yml":    "title: Own\nid: 6f6d0f1c-1f5f-4a51-8ab8-2f3a8f6d1b7e\nstatus: test\nlevel: high\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s: {Image|endswith: '\\worker.exe'}\n  condition: s\n",
	} {
		writeFile(t, filepath.Join(dir, name), text, 0o600)
	}
	writePack(t, filepath.Join(dir, "sigma_all_rules.zip"), filepath.Join(rules, "own.yml"))
	writeFile(t, filepath.Join(dir, "penstock.yaml"), m.replace.Replace(documentedConfiguration(t)), 0o600)
	m.env = append(os.Environ(), "PENSTOCK_EVENTHUB="+connection, "PATH="+bin+":"+os.Getenv("PATH"), "PENSTOCK_SERVER=http://"+p.address, "KEY="+pushKey, "P=http://"+p.address)
	p.start(t)
	p.waitReady(t)
	return m
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// writePack writes an archive as a release of SigmaHQ is one, with a rule in it.
func writePack(t *testing.T, path, rule string) {
	t.Helper()
	text, err := os.ReadFile(rule)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("rules/windows/process_creation/own.yml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, archive.String(), 0o600)
}

// documentedConnection stands in the documentation for that of a hub.
const documentedConnection = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=…;EntityPath=defender"

// documentedConfiguration is what README.md writes into penstock.yaml.
func documentedConfiguration(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "   ```yaml\n")
	block, _, found := strings.Cut(block, "   ```")
	if !found {
		t.Fatal("README.md has no penstock.yaml")
	}
	return strings.ReplaceAll(block, "\n   ", "\n")[len("   "):]
}

var shellBlock = regexp.MustCompile("(?ms)^([ ]*)```sh\n(.*?)^[ ]*```")

// shellCommands are those of the blocks of a page that are shell. A command goes on while quotes are open, or behind a
// backslash.
func shellCommands(page string) (list []string) {
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		command := ""
		for line := range strings.Lines(block[2]) {
			command += strings.TrimPrefix(line, block[1])
			if text := strings.TrimSpace(command); text != "" && !strings.HasSuffix(text, `\`) && strings.Count(text, "'")%2 == 0 {
				list, command = append(list, text), ""
			}
		}
	}
	return list
}

var inlineCommand = regexp.MustCompile("`(penstock [^`]+)`")

// inlineCommands are those in the text of a page; what is no whole command (with …, alternatives in brackets) is left out.
func inlineCommands(page string) (list []string) {
	page = shellBlock.ReplaceAllString(page, "")
	for _, m := range inlineCommand.FindAllStringSubmatch(page, -1) {
		if !strings.ContainsAny(m[1], "…[]|<>") && !strings.Contains(m[1], "\n") {
			list = append(list, m[1])
		}
	}
	return list
}

// patience is for commands that ask for what another began: an export takes its time.
const patience = 20 * time.Second

// run runs a command as the documentation has it. What asks a server fails when that refuses.
func (m *manual) run(t *testing.T, name, command string) {
	t.Helper()
	script := `curl() { command curl -sS --fail-with-body "$@"; }` + "\n" + m.replace.Replace(command)
	var out []byte
	var err error
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
		cmd.Dir, cmd.Env, cmd.WaitDelay = m.dir, m.env, time.Second
		out, err = cmd.CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(command, "/exports/") || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		t.Errorf("%s\n%v: %s", name, err, out)
	}
}

// parse lets the shell read a command, and penstock's commands the arguments that it would get.
func (m *manual) parse(t *testing.T, name, command string) {
	t.Helper()
	noted := filepath.Join(t.TempDir(), "noted")
	if out, err := exec.CommandContext(t.Context(), "bash", "-n", "-c", command).CombinedOutput(); err != nil {
		t.Errorf("%s\nis no shell: %s", name, out)
		return
	}
	if !strings.Contains(command, "penstock ") || strings.HasPrefix(command, "make") || strings.Contains(command, "go test") {
		return
	}
	cmd := exec.CommandContext(t.Context(), "/bin/bash", "-c", command)
	cmd.Dir, cmd.Env = m.stubs, []string{"PATH=" + m.stubs, "NOTED=" + noted}
	cmd.Stdin, cmd.WaitDelay = strings.NewReader(""), time.Second
	_ = cmd.Run() // the programs are not there; what counts is what penstock was called with
	text, err := os.ReadFile(noted)
	if err != nil {
		return // penstock is a word of another command's
	}
	for call := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		if err := wouldTake(strings.Split(strings.TrimSuffix(call, "\x00"), "\x00")); err != nil {
			t.Errorf("%s\n%v", name, err)
		}
	}
}

// wouldTake is an error if penstock does not know a command, or one of its flags.
func wouldTake(args []string) error {
	root := command()
	root.SetOut(io.Discard)
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return fmt.Errorf("%s has no command %s", cmd.CommandPath(), rest[0])
	}
	if err := cmd.ParseFlags(rest); err != nil && !strings.Contains(err.Error(), "needs an argument") { // it is only mentioned
		return err
	}
	return nil
}
