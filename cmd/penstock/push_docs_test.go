package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheCommandsOfTheDocumentationSendEvents runs those of docs/push.md as they stand there.
func TestTheCommandsOfTheDocumentationSendEvents(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq", "gzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s here", tool)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "push.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```sh\n")
	block, _, _ = strings.Cut(block, "```")
	p := installForPush(t, "")
	p.start(t)
	p.waitReady(t)
	dir := t.TempDir()
	list := "[" + testRecord(1, testStart) + "," + testRecord(2, testStart) + "]"
	for name, body := range map[string]string{
		"record.json": testRecord(0, testStart), "message.json": `{"records":` + list + `}`, "records.ndjson": testRecord(1, testStart) + "\n" + testRecord(2, testStart) + "\n",
		"list.json": list,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for line := range strings.Lines(block) {
		if !strings.Contains(line, "curl") {
			continue
		}
		line, _, _ = strings.Cut(line, "   #")
		if strings.Contains(line, "path=") { // the list of this one is nested
			if err := os.WriteFile(filepath.Join(dir, "list.json"), []byte(`{"data":{"events":`+list+`}}`), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", strings.ReplaceAll(line, "curl", "curl -s"))
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "KEY="+pushKey, "P=http://"+p.address)
		out, err := cmd.CombinedOutput()
		if strings.Contains(line, "path=") {
			if err := os.WriteFile(filepath.Join(dir, "list.json"), []byte(list), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var answer sent
		if err != nil || json.Unmarshal(out, &answer) != nil || answer.EventID == "" && len(answer.EventIDs) == 0 || strings.Contains(string(out), "results") {
			t.Errorf("%s%v %s", line, err, out)
		}
		ran++
	}
	if ran < 9 {
		t.Errorf("%d commands were found", ran)
	}
}
