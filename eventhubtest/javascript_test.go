package eventhubtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"penstock/eventhubtest"
)

// jsSeen is what testdata/js/roundtrip.mjs prints.
type jsSeen struct {
	Events []struct {
		Partition  string
		Sequence   int64
		Offset     string
		Enqueued   int64
		Key        string
		Body       any
		Properties map[string]any
	}
	Hub struct {
		Name         string
		PartitionIDs []string `json:"partitionIds"`
	}
	Partition struct {
		PartitionID                string `json:"partitionId"`
		LastEnqueuedSequenceNumber int64
		IsEmpty                    bool
	}
	Last struct {
		SequenceNumber *int64 `json:"sequenceNumber"`
	}
	Error struct{ Code, Message string }
}

func runJavaScript(t *testing.T, args ...string) jsSeen {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the JavaScript SDK is not tested", tool)
		}
	}
	dir := filepath.Join("testdata", "js")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@azure", "event-hubs")); errors.Is(err, os.ErrNotExist) {
		install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	run := exec.CommandContext(withTimeout(t), "node", append([]string{"roundtrip.mjs"}, args...)...)
	run.Dir = dir
	var stderr bytes.Buffer
	run.Stderr = &stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s%s", err, out, stderr.String())
	}
	var seen jsSeen
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return seen
}

func TestTheJavaScriptSDKSendsAndReceives(t *testing.T) {
	s := start(t, eventhubtest.Options{Keys: map[string]string{"app": "c2VjcmV0"}})
	if _, err := s.Append(hubName, "1", []byte(`"from go"`)); err != nil {
		t.Fatal(err)
	}
	seen := runJavaScript(t, s.ConnectionString(hubName), "6")
	if seen.Hub.Name != hubName || len(seen.Hub.PartitionIDs) != 2 {
		t.Errorf("hub properties: %+v", seen.Hub)
	}
	if seen.Partition.PartitionID != "0" || seen.Partition.LastEnqueuedSequenceNumber < 3 || seen.Partition.IsEmpty {
		t.Errorf("partition properties: %+v", seen.Partition)
	}
	if !strings.Contains(seen.Error.Message, "between 0 and 1") {
		t.Errorf("error for an unknown partition: %+v", seen.Error)
	}
	if seen.Last.SequenceNumber == nil {
		t.Errorf("the last enqueued event was not tracked")
	}
	next := map[string]int64{}
	keyed, fromGo := 0, 0
	for _, e := range seen.Events {
		if e.Sequence != next[e.Partition] || e.Offset == "" || e.Enqueued == 0 {
			t.Errorf("partition %s: %+v, number %d was expected", e.Partition, e, next[e.Partition])
		}
		next[e.Partition]++
		switch {
		case e.Key == "tenant" && e.Body == "keyed":
			keyed++
		case e.Body == "from go" || e.Body == `"from go"`:
			fromGo++
		case e.Partition == "0" && e.Sequence < 3:
			if m, ok := e.Body.(map[string]any); !ok || m["n"] != float64(e.Sequence+1) || e.Properties["from"] != "js" {
				t.Errorf("event %d: %+v", e.Sequence, e)
			}
		case e.Body != float64(300_006):
			t.Errorf("unexpected event %+v", e)
		}
	}
	if len(seen.Events) != 6 || keyed != 1 || fromGo != 1 {
		t.Errorf("%d events, %d keyed, %d from Go", len(seen.Events), keyed, fromGo)
	}
}
