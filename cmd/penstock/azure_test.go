package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/azure"
)

// runAzure runs a command of the program in this process.
func runAzure(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := command()
	var out, errOut bytes.Buffer
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SetArgs(append([]string{"azure"}, args...))
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

func TestTheCommandsOfTheAzureDocumentationRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "azure.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("result.csv", []byte("Table,Days,Events,Bytes,PeakEvents,PeakBytes\nDeviceEvents,30,3000000,3000000000,9000,9000000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for line := range strings.Lines(string(text)) {
		line, _, _ := strings.Cut(strings.TrimSpace(line), " > ")
		args, ok := strings.CutPrefix(line, "penstock azure ")
		if !ok {
			continue
		}
		ran++
		if stdout, stderr, err := runAzure(t, "", strings.Fields(args)...); err != nil || stdout == "" {
			t.Errorf("%s: %v\n%s%s", line, err, stdout, stderr)
		}
	}
	if ran < 10 {
		t.Errorf("%d commands were found", ran)
	}
}

func TestAzureTemplateTellsHowItIsRun(t *testing.T) {
	stdout, stderr, err := runAzure(t, "", "template", "--project", "acme", "--format", "terraform", "--tier", "Basic")
	if err != nil || !strings.Contains(stdout, "azurerm_eventhub_namespace") || !strings.Contains(stderr, "terraform apply") || !strings.Contains(stderr, "Basic is discouraged") {
		t.Errorf("%v\n%s\n%s", err, stdout, stderr)
	}
	if stdout, _, err = runAzure(t, "", "template", "--project", "acme", "--output", "json"); err != nil || !json.Valid([]byte(stdout)) {
		t.Errorf("%v\n%s", err, stdout)
	}
	if _, _, err = runAzure(t, "", "template", "--project", "acme", "--max-units", "99"); err == nil || !strings.Contains(err.Error(), "--max-units: ") {
		t.Errorf("99 units: %v", err)
	}
}

func TestAzurePlanAsksForWhatNoFlagHasSaid(t *testing.T) {
	stdout, stderr, err := runAzure(t, "500\nmany\n1,000\n\n\nNothing\nDeviceEvents, EmailEvents\n", "plan", "--format", "json")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	var p azure.CapacityPlan
	if err := json.Unmarshal([]byte(stdout), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Tables) != 1 || p.Tables[0].Name != "DeviceEvents" || p.DailyEvents != 500*446 { // there are no mailboxes
		t.Errorf("%+v", p)
	}
	for _, says := range []string{"expected a number", `no table "Nothing"`} {
		if !strings.Contains(stderr, says) {
			t.Errorf("%q is not said:\n%s", says, stderr)
		}
	}
	if _, _, err := runAzure(t, "", "plan"); err == nil || !strings.Contains(err.Error(), "--devices") {
		t.Errorf("without answers: %v", err)
	}
	if _, _, err := runAzure(t, "a,b\n1,2\n", "plan", "--measured", "-"); err == nil || !strings.Contains(err.Error(), "--measured: ") {
		t.Errorf("what is no result: %v", err)
	}
}

func TestAzureNamespaceIDSaysWhatWasPasted(t *testing.T) {
	stdout, _, err := runAzure(t, "acmeehns.servicebus.windows.net\n", "namespace-id")
	var code exitCode
	if !errors.As(err, &code) || code != 1 || !strings.Contains(stdout, "host name") {
		t.Errorf("%v\n%s", err, stdout)
	}
}
