package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"penstock/server"
)

// pushKey is that of the configuration of these tests.
const pushKey = "a-key-of-a-test-0123456789"

// installForPush installs a Penstock with an intake "programs" that events are sent to.
func installForPush(t testing.TB, more string) *process {
	t.Helper()
	p := installPenstock(t, "unused")
	text, err := os.ReadFile(p.config)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "intakes:")
	if err := os.WriteFile(p.config, []byte(before+more+"intakes:\n  - name: programs\n    http: {key: "+pushKey+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// sent is the answer to events that were sent.
type sent struct {
	status   int
	text     string
	EventID  string   `json:"event_id"`
	EventIDs []string `json:"event_ids"`
}

// pushOne sends a body with the key, unless the headers have another one.
func pushOne(ctx context.Context, target string, body []byte, headers ...string) (sent, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return sent{}, err
	}
	req.Header.Set("X-Intake-Key", pushKey)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return sent{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return sent{}, err
	}
	out := sent{status: resp.StatusCode, text: string(text)}
	if err := json.Unmarshal(text, &out); err != nil {
		return sent{}, fmt.Errorf("%w: %s", err, text)
	}
	return out, nil
}

func mustPush(t *testing.T, target string, body string, headers ...string) sent {
	t.Helper()
	s, err := pushOne(t.Context(), target, []byte(body), headers...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryWayInLeadsToTheLakeOfTheRealProgram(t *testing.T) {
	t.Parallel()
	own := freeAddress(t)
	p := installForPush(t, "  push: {listen: "+own+"}\n")
	p.start(t)
	p.waitReady(t)
	base := "http://" + own
	record := func(n int) string { return testRecord(n, testStart) }
	list := func(from, to int) string {
		var all []string
		for n := from; n < to; n++ {
			all = append(all, record(n))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	all := 0
	for name, s := range map[string]sent{
		"/":           mustPush(t, base+"/", jsonText(t, map[string]any{"intake_key": pushKey, "json": record(0), "@timestamp": testStart}), "X-Intake-Key", ""),
		"/batch":      mustPush(t, base+"/batch", jsonText(t, map[string]any{"intake_key": pushKey, "jsons": []string{record(1), record(2)}}), "X-Intake-Key", ""),
		"/array":      mustPush(t, base+"/array", jsonText(t, []map[string]any{{"intake_key": pushKey, "json": record(3), "timestamp": testStart}}), "X-Intake-Key", ""),
		"/plain":      mustPush(t, base+"/plain", record(4), "X-Intake-Key", "", "X-SEKOIAIO-INTAKE-KEY", pushKey),
		"plain/batch": mustPush(t, base+"/plain/batch", record(5)+"\n"+record(6)+"\n"),
		"/jsons":      mustPush(t, base+"/api/v1/intake-http/jsons", list(7, 9)),
		"nested":      mustPush(t, base+"/jsons?path=$.data.events", `{"data":{"events":`+list(9, 11)+`}}`),
		"message":     mustPush(t, base+"/plain", `{"records":`+list(11, 13)+`}`),
		"gzip":        mustPush(t, base+"/plain", gzipped(t, record(13)+"\n"+record(14)), "Content-Encoding", "gzip"),
	} {
		if s.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, s.status, s.text)
		}
		if all += len(s.EventIDs); s.EventID != "" {
			all++
		}
	}
	if all != 15 {
		t.Errorf("%d ids were told", all)
	}
	if s := mustPush(t, base+"/plain", record(99), "X-Intake-Key", "another"); s.status != http.StatusUnauthorized {
		t.Errorf("with a wrong key: %d %s", s.status, s.text)
	}
	if resp, err := http.Post("http://"+p.address+"/plain", "", strings.NewReader("{}")); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("where the page is, although there is an address for it: %v, %v", resp, err)
	}
	p.waitCount(t, 15)
	in := p.intake(t, "programs")
	if in.Source != "http" || in.Push.Address != base || in.Push.Events != 15 || in.Push.Unknown == nil || in.Push.Unknown.Count != 1 || len(in.Push.Keys) != 1 {
		t.Errorf("%+v, %+v", in, in.Push)
	}
	if report := p.ledger(t); !report.Complete || report.Counts.Records != 15 {
		t.Errorf("%+v", report)
	}
	if id := mustPush(t, base+"/plain", record(4)).EventID; id == "" {
		t.Error("a repeat has no id")
	} else if status, text := p.request(t, "GET", "/events/"+id, nil, nil); status != http.StatusOK {
		t.Errorf("by its id it is not found: %d %s", status, text)
	}
}

func TestAnIntakeKeyIsShownOnceReplacedAndEnded(t *testing.T) {
	t.Parallel()
	p := installForPush(t, "")
	p.start(t)
	p.waitReady(t)
	base := "http://" + p.address
	var made server.Intake
	if status, text := p.request(t, "POST", "/intakes", map[string]any{"name": "scripts", "format": "defender", "source": "http"}, &made); status != http.StatusCreated || made.IntakeKey == "" {
		t.Fatalf("%d %s", status, text)
	}
	first := made.IntakeKey
	n := 0
	expect := func(what, key string, status int) {
		t.Helper()
		n++
		if s := mustPush(t, base+"/plain", testRecord(n, testStart), "X-Intake-Key", key); s.status != status {
			t.Errorf("%s: %d %s", what, s.status, s.text)
		}
	}
	expect("the key", first, 200)
	if in := p.intake(t, "scripts"); in.IntakeKey != "" || len(in.Push.Keys) != 1 || in.Push.Keys[0].Used == nil {
		t.Errorf("it is shown again, or its use is not noted: %+v", in.Push)
	}
	rotate := func(hours float64) string {
		t.Helper()
		var out server.Intake
		if status, text := p.request(t, "POST", "/intakes/scripts/rotate", map[string]any{"overlapHours": hours}, &out); status != 200 || out.IntakeKey == "" {
			t.Fatalf("%d %s", status, text)
		}
		return out.IntakeKey
	}
	second := rotate(24)
	expect("the key before, within the overlap", first, 200)
	expect("the new key", second, 200)
	if status, text := p.request(t, "POST", "/intakes/scripts/pause", nil, nil); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	expect("while it is paused", second, 503)
	if status, text := p.request(t, "POST", "/intakes/scripts/resume", nil, nil); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	p.terminate(t)
	p.start(t)
	p.waitReady(t)
	for deadline := time.Now().Add(time.Minute); p.intake(t, "scripts").State != "running" && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	expect("the key before, after a restart", first, 200)
	if status, text := p.request(t, "POST", "/intakes/scripts/end-old-keys", nil, nil); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	expect("the key before, ended", first, 401)
	third := rotate(0)
	expect("a key that ended at once", second, 401)
	expect("the newest key", third, 200)
	if in := p.intake(t, "scripts"); len(in.Push.Refused) != 1 || in.Push.Refused[0].Reason != "ended_key" || in.Push.Refused[0].Count != 2 {
		t.Errorf("%+v", in.Push)
	}
	if status, text := p.request(t, "POST", "/intakes/programs/rotate", map[string]any{}, nil); status != 409 || !strings.Contains(text, "penstock.yaml") {
		t.Errorf("one of the configuration: %d %s", status, text)
	}
	if status, text := p.request(t, "DELETE", "/intakes/scripts", nil, nil); status != 204 {
		t.Errorf("%d %s", status, text)
	}
	expect("of an intake that was deleted", third, 401)
}

// TestEventsThatWereAcknowledgedAreThereOnceHoweverOftenTheProcessIsKilled kills the real program while senders send, each
// again what was not answered, half of them with an Idempotency-Key. PENSTOCK_CHAOS_ROUNDS says how often it is killed.
func TestEventsThatWereAcknowledgedAreThereOnceHoweverOftenTheProcessIsKilled(t *testing.T) {
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_CHAOS_ROUNDS")); err == nil {
		rounds = n
	} else if testing.Short() {
		rounds = 2
	}
	p := installForPush(t, "")
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var senders sync.WaitGroup
	for sender := range 4 {
		senders.Go(func() {
			for batch := 0; ctx.Err() == nil; batch++ {
				first := sender*10_000_000 + batch*20
				lines := &bytes.Buffer{}
				for n := first; n < first+20; n++ {
					lines.WriteString(testRecord(n, testStart) + "\n")
				}
				var headers []string
				if sender%2 == 0 {
					headers = []string{"Idempotency-Key", fmt.Sprint("batch-", first)}
				}
				for {
					s, err := pushOne(context.WithoutCancel(ctx), "http://"+p.address+"/plain/batch", lines.Bytes(), headers...)
					if err == nil && s.status == http.StatusOK {
						break
					}
					if err == nil && s.status != http.StatusServiceUnavailable && s.status != http.StatusConflict {
						t.Errorf("%d %s", s.status, s.text)
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
				mu.Lock()
				for n := first; n < first+20; n++ {
					acknowledged[strconv.Itoa(n)] = true
				}
				mu.Unlock()
			}
		})
	}
	random := rand.New(rand.NewPCG(2, uint64(rounds)))
	for range rounds {
		p.start(t)
		p.waitReady(t)
		time.Sleep(time.Duration(random.IntN(1200)) * time.Millisecond)
		p.kill(t)
	}
	p.start(t)
	p.waitReady(t)
	stop()
	senders.Wait() // each gets its last batch acknowledged
	p.waitCount(t, len(acknowledged))
	found := p.reportIDs(t)
	for id := range acknowledged {
		if n := found[id]; n != 1 {
			t.Errorf("record %s was acknowledged and is found %d times", id, n)
		}
	}
	for id, n := range found {
		if !acknowledged[id] {
			t.Errorf("record %s is found %d times and was never acknowledged", id, n)
		}
	}
	if report := p.ledger(t); !report.Complete {
		t.Errorf("the ledger misses something: %+v", report)
	}
	t.Logf("%d kills, %d records", rounds, len(acknowledged))
}
