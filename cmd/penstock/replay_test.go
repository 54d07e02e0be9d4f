package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/retro"
)

// jobServer answers as the API does about one job, which ends after two questions.
type jobServer struct {
	mu    sync.Mutex
	work  retro.Work
	asked int
	log   []string
	end   retro.Job
}

func (s *jobServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, r.Method+" "+r.URL.Path)
	var answer any
	switch r.Method + " " + r.URL.Path {
	case "POST /api/v1/jobs":
		if err := json.NewDecoder(r.Body).Decode(&s.work); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer = retro.Job{ID: 7, State: retro.Queued}
	case "GET /api/v1/jobs/7":
		if s.asked++; s.asked < 2 || s.end.State == "" {
			answer = retro.Job{ID: 7, State: retro.Running, Done: 5, Total: 20}
		} else {
			answer = s.end
		}
	case "POST /api/v1/jobs/7/cancel":
		w.WriteHeader(http.StatusNoContent)
		return
	case "GET /api/v1/jobs/7/difference":
		answer = retro.Difference{
			Events: 20, Changed: 3, Note: "About alerts.",
			Fields: []retro.FieldDelta{{Table: "DeviceInfo", Field: "host.name", Changed: 3, Samples: []retro.ValueSample{{Event: "e", Before: `"a"`, After: `"b"`}}}},
			Rules:  []retro.RuleDelta{{Rule: retro.Rule{ID: "r", Title: "Encoded", Level: "high"}, Before: 2, After: 3, Gained: 1, AlertsGained: 1}},
		}
	default:
		http.NotFound(w, r)
		return
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

func replay(ctx context.Context, t *testing.T, s *jobServer, args ...string) (out, progress string, err error) {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	cmd := command()
	var stdout, stderr bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append([]string{"replay", "--server", server.URL}, args...))
	err = cmd.ExecuteContext(ctx)
	return stdout.String(), stderr.String(), err
}

func TestReplaySendsTheOtherVersionAndShowsTheDifference(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"m.yaml": "assign: []", "rules/a.yml": "title: A", "rules/sub/b.YAML": "title: B", "rules/.git/c.yml": "x", "rules/notes.txt": "x"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "rules", "link.yml")); err != nil {
		t.Fatal(err)
	}
	s := &jobServer{end: retro.Job{ID: 7, State: retro.Done, Done: 20, Total: 20, Unreadable: 4}}
	out, progress, err := replay(t.Context(), t, s, "--diff", "--mapping", dir+"/m.yaml", "--rules", dir+"/rules", "--tables", "DeviceInfo", "--since", "7d", "host.name: a")
	if err != nil {
		t.Fatal(err)
	}
	w := s.work
	if w.Kind != retro.Diff || len(w.Files) != 3 || w.Files[0].Role != retro.MappingFile || w.Files[1].Text != "title: A" || w.Files[2].Text != "title: B" ||
		w.Query != "host.name: a" || w.Tables[0] != "DeviceInfo" || w.To.Sub(w.From) != 7*24*time.Hour {
		t.Errorf("the server got %+v", w)
	}
	for _, want := range []string{"20 events compared, 3 of", "DeviceInfo", `"a" → "b"`, "Encoded", "About alerts."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if !strings.Contains(progress, "the link cannot be followed") {
		t.Errorf("a link out of the folder: %s", progress)
	}
	if !strings.Contains(progress, "5 of 20") || !strings.Contains(progress, "4 events could not be read") {
		t.Errorf("progress %s", progress)
	}
	out, _, err = replay(t.Context(), t, s, "--diff", "--mapping", dir+"/m.yaml", "--format", "json")
	var d retro.Difference
	if err != nil || json.Unmarshal([]byte(out), &d) != nil || d.Changed != 3 {
		t.Errorf("%s, %v", out, err)
	}
}

func TestReplayTellsWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(file, []byte("assign: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	failed := &jobServer{end: retro.Job{ID: 7, State: retro.Failed, Error: "m.yaml:1:1: no"}}
	for want, args := range map[string][]string{
		"say --diff":             {},
		"name the other version": {"--diff"},
		"no such file":           {"--diff", "--mapping", file + "x"},
		"there are no rules in":  {"--diff", "--rules", t.TempDir()},
		"job 7 failed: m.yaml":   {"--diff", "--mapping", file},
		"time range is empty":    {"--diff", "--mapping", file, "--since", "0s"},
	} {
		if _, _, err := replay(t.Context(), t, failed, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}

func TestReplayCancelsItsJobWhenItIsInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(file, []byte("assign: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &jobServer{} // it never ends
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			s.mu.Lock()
			asked := s.asked
			s.mu.Unlock()
			if asked > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, _, err := replay(ctx, t, s, "--diff", "--mapping", file); err == nil {
		t.Error("no error")
	}
	// The question that was interrupted may reach the server after it.
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.log, "POST /api/v1/jobs/7/cancel") {
		t.Errorf("the job goes on: %v", s.log)
	}
}
