package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/secret"
	"penstock/state/statetest"
)

// desk is where the alerts of a test come from.
type desk struct {
	mu      sync.Mutex
	changes []Change
	alerts  map[string]*Alert
}

func (d *desk) raise(n, urgency int, kind string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := sample()
	a.ID, a.Urgency, a.Title = fmt.Sprint(n), urgency, fmt.Sprintf("Alert %d", n)
	if d.alerts == nil {
		d.alerts = map[string]*Alert{}
	}
	d.alerts[a.ID] = a
	d.changes = append(d.changes, Change{ID: int64(len(d.changes) + 1), Alert: a.ID, Kind: kind, Time: time.Now()})
}

func (d *desk) Changes(_ context.Context, after int64, limit int) ([]Change, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rest := d.changes[min(int(after), len(d.changes)):]
	return rest[:min(limit, len(rest))], nil
}

func (d *desk) Alert(_ context.Context, id string) (*Alert, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.alerts[id]
	if !ok {
		return nil, ErrNoAlert
	}
	copied := *a
	return &copied, nil
}

func open(t *testing.T, path string, alerts Alerts) *Notifier {
	t.Helper()
	db, err := statetest.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	secrets, err := secret.Open(t.Context(), db, path+".key")
	if err != nil {
		t.Fatal(err)
	}
	return New(db, secrets, alerts, Options{Interval: time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
}

// receiver takes webhooks and answers with the statuses given, then with 200.
type receiver struct {
	mu       sync.Mutex
	statuses []int
	bodies   []string
	headers  []http.Header
	*httptest.Server
}

func receive(t *testing.T, statuses ...int) *receiver {
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies, r.headers = append(r.bodies, string(body)), append(r.headers, req.Header)
		if len(r.statuses) > 0 {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(r.statuses[0])
			r.statuses = r.statuses[1:]
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func save(t *testing.T, n *Notifier, target Target) *Target {
	t.Helper()
	target.Enabled = true
	if err := n.Save(t.Context(), &target); err != nil {
		t.Fatal(err)
	}
	return &target
}

// states counts deliveries by their state.
func states(t *testing.T, n *Notifier) map[string]int {
	t.Helper()
	list, err := n.Deliveries(t.Context(), 0, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, d := range list {
		counts[d.State]++
	}
	return counts
}

func TestAWebhookIsSignedSoThatItsReceiverCanCheck(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	to := receive(t)
	target := save(t, n, Target{Name: "soar", Kind: Webhook, Settings: Settings{URL: to.URL}})
	if !strings.HasPrefix(target.Secret, "whsec_") {
		t.Fatalf("no secret was made: %q", target.Secret)
	}
	d.raise(1, 80, Created)
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(to.bodies) != 1 {
		t.Fatalf("%d messages came", len(to.bodies))
	}
	h := to.headers[0]
	want, err := sign(target.Secret, h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), []byte(to.bodies[0]))
	if err != nil || h.Get("Webhook-Signature") != want {
		t.Errorf("signature %q, want %q, %v", h.Get("Webhook-Signature"), want, err)
	}
	var body webhookBody
	if err := json.Unmarshal([]byte(to.bodies[0]), &body); err != nil || body.Type != "alert.created" || len(body.Data.Alerts) != 1 || body.Data.Alerts[0].Title != "Alert 1" {
		t.Errorf("body %s, %v", to.bodies[0], err)
	}
	if got := states(t, n); got[Sent] != 1 || len(got) != 1 {
		t.Errorf("deliveries %v", got)
	}
}

// The example of the specification's own libraries.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	got, err := sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%q, want %q, %v", got, want, err)
	}
}

func TestADeliveryIsTriedAgainUntilTheTargetTakesIt(t *testing.T) {
	d := new(desk)
	path := filepath.Join(t.TempDir(), "state.db")
	n := open(t, path, d)
	to := receive(t, 503, 429)
	save(t, n, Target{Name: "soar", Kind: Webhook, Settings: Settings{URL: to.URL}})
	d.raise(1, 80, Created)
	for try := range 3 {
		if err := n.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(to.bodies) != try+1 {
			t.Fatalf("%d attempts after %d rounds", len(to.bodies), try+1)
		}
		if err := n.round(t.Context()); err != nil || len(to.bodies) != try+1 {
			t.Fatalf("it did not wait between attempts: %d, %v", len(to.bodies), err)
		}
		if _, err := n.db.Writer.Exec(`UPDATE notify_delivery SET due = 0`); err != nil {
			t.Fatal(err)
		}
		n = open(t, path, d) // as after a restart
	}
	if got := states(t, n); got[Sent] != 1 {
		t.Errorf("deliveries %v", got)
	}
	for _, h := range to.headers {
		if h.Get("Webhook-Id") != to.headers[0].Get("Webhook-Id") {
			t.Errorf("the message got a new id: %v", h)
		}
	}
}

func TestWhatATargetRefusesHasFailedAndCanBeSentAgain(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	to := receive(t, 404, 302)
	save(t, n, Target{Name: "soar", Kind: Webhook, Settings: Settings{URL: to.URL + "/very/secret"}})
	d.raise(1, 80, Created)
	for range 2 {
		if err := n.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, err := n.Deliveries(t.Context(), 0, Failed, 10)
		if err != nil || len(list) != 1 || strings.Contains(list[0].Problem, "secret") || list[0].Problem == "" {
			t.Fatalf("deliveries %+v, %v", list, err)
		}
		if err := n.Retry(t.Context(), list[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := states(t, n); got[Sent] != 1 {
		t.Errorf("deliveries %v", got)
	}
	if err := n.Retry(t.Context(), 1); !errors.Is(err, ErrNoDelivery) {
		t.Errorf("what was sent can be sent again: %v", err)
	}
}

func TestBeyondItsRateATargetGetsOneMessageOfAllThatWait(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	to := receive(t)
	save(t, n, Target{Name: "soar", Kind: Webhook, Settings: Settings{URL: to.URL, PerMinute: 3}})
	for i := range 20 {
		d.raise(i, 50, Created)
	}
	for range 3 {
		if err := n.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(to.bodies) != 3 {
		t.Fatalf("%d messages", len(to.bodies))
	}
	var last webhookBody
	if err := json.Unmarshal([]byte(to.bodies[2]), &last); err != nil || last.Type != "alerts" || len(last.Data.Alerts) != 18 {
		t.Errorf("the last message has %d alerts, %v", len(last.Data.Alerts), err)
	}
	if got := states(t, n); got[Sent] != 20 {
		t.Errorf("deliveries %v", got)
	}
	d.raise(99, 50, Created)
	if err := n.round(t.Context()); err != nil || len(to.bodies) != 3 {
		t.Errorf("a message beyond the rate: %d, %v", len(to.bodies), err)
	}
}

func TestATargetHearsOnlyOfWhatItWants(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	all, few, off := receive(t), receive(t), receive(t)
	save(t, n, Target{Name: "all", Kind: Webhook, Settings: Settings{URL: all.URL}})
	save(t, n, Target{Name: "few", Kind: Slack, Settings: Settings{URL: few.URL, MinUrgency: 75, Changes: []string{Created, Escalated}}})
	idle := save(t, n, Target{Name: "off", Kind: Teams, Settings: Settings{URL: off.URL}})
	idle.Enabled = false
	if err := n.Save(t.Context(), idle); err != nil {
		t.Fatal(err)
	}
	d.raise(1, 80, Created)
	d.raise(2, 74, Created)
	d.raise(3, 90, Reopened)
	d.raise(4, 75, Escalated)
	d.mu.Lock()
	d.changes = append(d.changes, Change{ID: 5, Alert: "gone", Kind: Created})
	d.mu.Unlock()
	for range 2 {
		if err := n.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(all.bodies) != 4 || len(few.bodies) != 2 || len(off.bodies) != 0 {
		t.Errorf("%d, %d and %d messages, want 4, 2 and none", len(all.bodies), len(few.bodies), len(off.bodies))
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	to := receive(t)
	save(t, n, Target{Name: "soar", Kind: Webhook, Settings: Settings{URL: to.URL}})
	d.raise(1, 80, Created)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); states(t, n)[Sent] == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	if got := states(t, n); got[Sent] != 1 {
		t.Errorf("deliveries %v", got)
	}
}
