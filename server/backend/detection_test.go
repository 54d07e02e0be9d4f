package backend

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/alert"
	"penstock/catalogue"
	"penstock/format/defender"
	"penstock/lake"
	"penstock/notify"
	"penstock/record"
	"penstock/secret"
	"penstock/server"
	"penstock/sigma"
	"penstock/sigma/pipeline"
	"penstock/state"
)

// detectionAPI is the API over the real rooms of detection.
type detectionAPI struct {
	t         testing.TB
	db        *state.DB
	alerts    *alert.Alerts
	catalogue *catalogue.Catalogue
	notifier  *notify.Notifier
	stored    *oneStored
	router    *pipeline.Pipeline
	handler   http.Handler
}

// oneRule is what alerts know of rules in these tests.
type oneRule struct{}

func (oneRule) Rule(id string) (alert.Rule, bool) {
	return alert.Rule{ID: id, Title: "Encoded command", Level: sigma.High, Tags: []string{"attack.t1059.001"}}, true
}

func newDetectionAPI(t testing.TB) *detectionAPI {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	d := &detectionAPI{t: t, db: openState(t), stored: &oneStored{}, router: router}
	if d.catalogue, err = catalogue.Open(t.Context(), d.db, catalogue.Options{Router: router}); err != nil {
		t.Fatal(err)
	}
	if d.alerts, err = alert.New(d.db, alert.Options{Plan: plan, Rules: oneRule{}}); err != nil {
		t.Fatal(err)
	}
	secrets, err := secret.Open(t.Context(), d.db, filepath.Join(t.TempDir(), "secrets.key"))
	if err != nil {
		t.Fatal(err)
	}
	d.notifier = notify.New(d.db, secrets, nil, notify.Options{})
	s, err := server.New(server.Options{}, server.Backends{
		Alerts: Alerts(d.alerts), Assets: Assets(d.alerts), Rules: Rules(d.catalogue, d.alerts), Exceptions: Exceptions(d.catalogue),
		Packs: Packs(d.catalogue), Coverage: Coverage(d.catalogue), Notifications: Notifications(d.notifier),
		Explain: Explain(d.catalogue, router, plan, d.stored),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.handler = s.Handler()
	return d
}

// send sends a body as it is and gives status and answer.
func (d *detectionAPI) send(method, path, contentType string, body io.Reader) (int, []byte) {
	d.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, body)
	r.Host = "127.0.0.1"
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Penstock-Actor", "ann")
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// call asks the API and decodes its answer, which must have the status, into out.
func (d *detectionAPI) call(method, path, body string, status int, out any) {
	d.t.Helper()
	got, answer := d.send(method, path, "application/json", strings.NewReader(body))
	if got != status {
		d.t.Fatalf("%s %s: %d %s; want %d", method, path, got, answer, status)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			d.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// raise makes an alert about a host, and gives its id.
func (d *detectionAPI) raise(host string, number byte) int64 {
	d.t.Helper()
	return d.raiseEvent(host, record.ID{number}, noon.Add(time.Duration(number)*time.Second))
}

func (d *detectionAPI) raiseEvent(host string, id record.ID, at time.Time) int64 {
	d.t.Helper()
	f := alert.Finding{
		Rule: "r1", Values: []alert.Value{{Field: "host.name", Value: host}},
		Events:   []alert.Event{{ID: id, Table: "DeviceProcessEvents", Rule: "r1", Time: at, Summary: "powershell.exe -enc AAAA"}},
		Entities: []alert.Entity{{Kind: alert.Host, Value: host, First: at, Last: at, Occurrences: 1}},
	}
	if err := d.db.Change(d.t.Context(), func(tx *sql.Tx) error { return d.alerts.Raise(d.t.Context(), tx, f) }); err != nil {
		d.t.Fatal(err)
	}
	ids, err := d.alerts.OfEvent(d.t.Context(), id)
	if err != nil || len(ids) != 1 {
		d.t.Fatalf("alerts of the event: %v, %v", ids, err)
	}
	return ids[0]
}

func TestAnAlertIsWorkedThrough(t *testing.T) {
	d := newDetectionAPI(t)
	id := d.raise("ws-1", 1)
	d.raise("ws-2", 2)
	var page server.AlertPage
	d.call("GET", "/alerts?status=new&host=ws-1&sort=created", "", 200, &page)
	if len(page.Alerts) != 1 || page.Alerts[0].ID != id || page.Alerts[0].Hosts[0] != "ws-1" || page.Alerts[0].Title != "Encoded command" {
		t.Fatalf("the list: %+v", page)
	}
	path := fmt.Sprintf("/alerts/%d", id)
	var a server.AlertDetail
	d.call("GET", path, "", 200, &a)
	if len(a.Entities) != 1 || len(a.Reasons) == 0 || len(a.Steps) == 0 || len(a.Attack) != 1 || !strings.Contains(a.Attack[0].Name, "PowerShell") {
		t.Errorf("the alert: %+v", a)
	}
	d.call("PATCH", path, fmt.Sprintf(`{"version":%d,"status":"in_progress","assignee":"ann","addTags":["vip"]}`, a.Version), 200, &a)
	if a.Status != "in_progress" || a.Assignee != "ann" || a.Tags[0] != "vip" {
		t.Errorf("after the change: %+v", a)
	}
	var problem server.Problem
	d.call("PATCH", path, fmt.Sprintf(`{"version":%d,"status":"acknowledged"}`, a.Version-1), 409, &problem)
	if !strings.Contains(problem.Detail, "has changed since it was read") {
		t.Errorf("the conflict: %+v", problem)
	}
	d.call("PATCH", path, `{"status":"closed"}`, 409, nil)
	d.call("PATCH", path, `{"status":"closed","verdict":"perhaps"}`, 422, nil)
	d.call("PATCH", "/alerts/999", `{"assignee":"ann"}`, 404, nil)
	d.call("POST", path+"/comments", `{"text":"It was the administrator."}`, 204, nil)
	d.call("POST", path+"/comments", `{"text":""}`, 422, nil)
	d.call("PATCH", path, `{"status":"closed","verdict":"benign_positive"}`, 200, nil)

	var comments server.AlertComments
	d.call("GET", path+"/comments", "", 200, &comments)
	if len(comments.Comments) != 1 || comments.Comments[0].Actor != "ann" {
		t.Errorf("comments: %+v", comments)
	}
	var history server.AlertHistory
	d.call("GET", path+"/history", "", 200, &history)
	if len(history.Entries) == 0 {
		t.Error("nothing is in the history")
	}
	var events server.AlertEventList
	d.call("GET", path+"/events", "", 200, &events)
	if len(events.Events) != 1 || events.Events[0].ID != (record.ID{1}).String() {
		t.Errorf("events: %+v", events)
	}
	var similar server.SimilarAlerts
	d.call("GET", path+"/similar", "", 200, &similar)
	if len(similar.Alerts) != 1 || !similar.Alerts[0].SameRule {
		t.Errorf("similar: %+v", similar)
	}
	var counts server.AlertCounts
	d.call("GET", "/alerts/counts", "", 200, &counts)
	if counts.Status["closed"] != 1 || counts.Status["new"] != 1 {
		t.Errorf("counts: %+v", counts)
	}
	var stats server.AlertStatistics
	d.call("GET", "/alerts/statistics?from="+url.QueryEscape(time.Now().Add(-time.Hour).Format(time.RFC3339)), "", 200, &stats)
	if stats.Closed != 1 || stats.Verdicts["benign_positive"] != 1 {
		t.Errorf("statistics: %+v", stats)
	}
}

func TestManyAlertsAreChangedAtOnce(t *testing.T) {
	d := newDetectionAPI(t)
	one, two := d.raise("ws-1", 1), d.raise("ws-2", 2)
	var results server.AlertResults
	d.call("PATCH", "/alerts", fmt.Sprintf(`{"ids":[%d,%d,999],"edit":{"status":"acknowledged"}}`, one, two), 200, &results)
	if results.Changed != 2 || results.Results[2].Problem == "" || results.Results[0].Problem != "" {
		t.Errorf("%+v", results)
	}
	d.call("PATCH", "/alerts", `{"ids":[],"edit":{}}`, 422, nil)
	var noisy server.NoisyRules
	d.call("GET", "/alerts/noisy", "", 200, &noisy)
}

func TestImportanceRaisesUrgency(t *testing.T) {
	d := newDetectionAPI(t)
	path := fmt.Sprintf("/alerts/%d", d.raise("ws-1", 1))
	var before, after server.AlertDetail
	d.call("GET", path, "", 200, &before)
	d.call("POST", "/assets", `{"assets":[{"kind":"host","name":"ws-1","importance":"critical","note":"domain controller"}]}`, 204, nil)
	d.call("GET", path, "", 200, &after)
	if after.Urgency <= before.Urgency {
		t.Errorf("urgency %d, then %d", before.Urgency, after.Urgency)
	}
	var assets server.AssetList
	d.call("GET", "/assets", "", 200, &assets)
	if len(assets.Assets) != 1 || assets.Assets[0].Actor != "ann" {
		t.Errorf("%+v", assets)
	}
	d.call("POST", "/assets", `{"assets":[{"kind":"printer","name":"p","importance":"high"}]}`, 422, nil)
}

const encoded = `title: Encoded command
id: 5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11
status: test
level: high
description: PowerShell is given a command in Base64.
tags: [attack.execution, attack.t1059.001]
logsource: {category: process_creation, product: windows}
detection:
  selection:
    Image|endswith: '\powershell.exe'
    CommandLine|contains: ' -enc '
  condition: selection
`

const hashed = `title: By its import hash
id: 5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a12
status: experimental
level: low
logsource: {category: process_creation, product: windows}
detection:
  selection: {Imphash: 0123456789abcdef0123456789abcdef}
  condition: selection
`

func archiveOf(t *testing.T, files map[string]string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestAPackIsInstalledAndDecidedAbout(t *testing.T) {
	d := newDetectionAPI(t)
	files := map[string]string{"a.yml": encoded, "b.yml": hashed, "broken.yml": "title: Broken\nlogsource: {category: process_creation}\ndetection:\n  condition: [\n"}
	install := func(params string) server.InstallReport {
		t.Helper()
		status, answer := d.send("POST", "/packs?file=rules.zip&"+params, "application/zip", archiveOf(t, files))
		var r server.InstallReport
		if err := json.Unmarshal(answer, &r); err != nil || status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
		return r
	}
	if r := install("dryRun=true"); r.Rules != 2 || !r.DryRun || len(r.Problems) == 0 || r.Problems[0].Line == 0 || r.Yes+r.Partly+r.No != 2 {
		t.Errorf("the dry run: %+v", r)
	}
	var page server.RulePage
	d.call("GET", "/rules", "", 200, &page)
	if page.Total != 0 {
		t.Fatalf("the dry run has kept something: %+v", page)
	}
	if r := install("minLevel=high&status=test"); r.Added != 2 || r.Enabled != 1 {
		t.Errorf("the report: %+v", r)
	}
	d.call("GET", "/rules?enabled=true&pack=rules&level=high&level=low", "", 200, &page)
	if page.Total != 1 || page.Rules[0].Title != "Encoded command" || !page.Rules[0].ByPolicy || len(page.Facets["level"]) == 0 {
		t.Errorf("enabled rules: %+v", page)
	}
	var bulk server.BulkEdit
	d.call("PATCH", "/rules?pack=rules&dryRun=true", `{"enabled":true}`, 200, &bulk)
	if bulk.Rules != 2 || bulk.Changed != 1 || !bulk.DryRun {
		t.Errorf("the dry run: %+v", bulk)
	}
	d.call("PATCH", "/rules?pack=rules", `{"enabled":false,"reason":"too loud"}`, 200, &bulk)
	if bulk.Rules != 2 || bulk.Changed != 2 {
		t.Errorf("the edit of all: %+v", bulk)
	}
	var packs server.PackList
	d.call("GET", "/packs", "", 200, &packs)
	if len(packs.Packs) != 1 || packs.Packs[0].Rules != 2 || packs.Packs[0].Policy.MinLevel != "high" || packs.Packs[0].Who != "ann" {
		t.Errorf("packs: %+v", packs)
	}
	d.call("PUT", "/packs/rules/policy", `{"minLevel":"low"}`, 204, nil)
	d.call("PUT", "/packs/none/policy", `{}`, 404, nil)
	d.call("DELETE", "/packs/rules", "", 204, nil)
	d.call("DELETE", "/packs/rules", "", 404, nil)
	if status, answer := d.send("POST", "/packs?name=x", "application/zip", strings.NewReader("no archive")); status != 422 || !strings.Contains(string(answer), `"field":"body"`) {
		t.Errorf("no archive: %d %s", status, answer)
	}
}

func TestARuleIsWrittenChangedAndDeleted(t *testing.T) {
	d := newDetectionAPI(t)
	body := func(text string, more string) string {
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return `{"text":` + string(b) + more + `}`
	}
	var checked server.CheckedRule
	d.call("POST", "/rules/check", body(encoded, ""), 200, &checked)
	if !checked.Valid || checked.Applies != "yes" || checked.Title != "Encoded command" {
		t.Errorf("checked: %+v", checked)
	}
	broken := strings.Replace(encoded, "CommandLine|contains", "CommandLine|holds", 1)
	d.call("POST", "/rules/check", body(broken, ""), 200, &checked)
	if checked.Valid || len(checked.Problems) == 0 || checked.Problems[0].Line != 11 {
		t.Errorf("checked: %+v", checked)
	}
	var problem server.Problem
	d.call("POST", "/rules", body(broken, ""), 422, &problem)
	if len(problem.Problems) == 0 || problem.Problems[0].Line != 11 || problem.Type != "urn:penstock:problem:rule" {
		t.Errorf("the problem: %+v", problem)
	}
	var rule server.RuleDetail
	d.call("POST", "/rules", body(encoded, ""), 200, &rule)
	if !rule.Custom || rule.Enabled || rule.Text != encoded || rule.Pack != catalogue.CustomPack {
		t.Errorf("the rule: %+v", rule)
	}
	path := "/rules/" + rule.ID
	d.call("PATCH", path, fmt.Sprintf(`{"version":%d,"enabled":true,"level":"critical","windowSeconds":3600,"limit":{"matches":10,"withinSeconds":60}}`, rule.Settings), 200, &rule)
	if !rule.Enabled || rule.Level != "critical" || rule.OwnLevel != "high" || rule.Decided.WindowSeconds != 3600 || rule.Decided.Limit.Matches != 10 {
		t.Errorf("after the edit: %+v", rule)
	}
	d.call("PATCH", path, fmt.Sprintf(`{"version":%d,"enabled":false}`, rule.Settings+7), 409, nil)
	d.call("PUT", path, body(strings.Replace(encoded, "' -enc '", "' -e '", 1), fmt.Sprintf(`,"version":%d`, rule.Version)), 200, &rule)
	d.call("PUT", path, body(encoded, fmt.Sprintf(`,"version":%d`, rule.Version+7)), 409, nil)
	var history server.RuleHistory
	d.call("GET", path+"/history", "", 200, &history)
	if len(history.Changes) < 3 || history.Changes[0].Who != "ann" {
		t.Errorf("history: %+v", history)
	}
	d.call("GET", "/rules/history", "", 200, &history)
	var activity server.RuleActivity
	d.call("GET", path+"/activity", "", 200, &activity)
	for _, part := range []string{"", "/history", "/activity", "/exceptions"} {
		d.call("GET", "/rules/none"+part, "", 404, nil)
	}
	d.call("DELETE", path+"?version=999", "", 409, nil)
	d.call("DELETE", fmt.Sprintf("%s?version=%d", path, rule.Version), "", 204, nil)
	d.call("DELETE", fmt.Sprintf("%s?version=%d", path, rule.Version), "", 404, nil)
}

func TestAnExceptionIsCheckedMadeAndEnded(t *testing.T) {
	d := newDetectionAPI(t)
	if _, err := d.catalogue.Create(t.Context(), []byte(encoded), catalogue.By{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	const path = "/rules/5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11/exceptions"
	const where = `"where":[{"field":"User","op":"endswith","values":["svc_deploy"]}]`
	var checked server.CheckedException
	d.call("POST", path+"/check", `{`+where+`}`, 200, &checked)
	if !strings.Contains(checked.Text, "User|endswith") || checked.Expires == nil {
		t.Errorf("checked: %+v", checked)
	}
	d.call("POST", path+"/check", `{"text":"selection: {CommandLine|contains: ''}\ncondition: selection"}`, 200, &checked)
	if len(checked.Warnings) == 0 {
		t.Errorf("an exception of everything is nothing to warn of: %+v", checked)
	}
	d.call("POST", path+"/check", `{}`, 422, nil)
	d.call("POST", path, `{`+where+`}`, 422, nil) // without a reason
	var x server.RuleException
	d.call("POST", path, `{`+where+`,"reason":"the deployment does that"}`, 200, &x)
	if !x.Holds || x.Who != "ann" || x.Expires == nil {
		t.Errorf("the exception: %+v", x)
	}
	var list server.ExceptionList
	d.call("GET", "/exceptions", "", 200, &list)
	if len(list.Exceptions) != 1 {
		t.Errorf("all exceptions: %+v", list)
	}
	d.call("DELETE", fmt.Sprintf("/exceptions/%d", x.ID), "", 204, nil)
	d.call("GET", path, "", 200, &list)
	if len(list.Exceptions) != 0 {
		t.Errorf("what holds after the end: %+v", list)
	}
	d.call("GET", path+"?ended=true", "", 200, &list)
	if len(list.Exceptions) != 1 || list.Exceptions[0].EndedBy != "ann" {
		t.Errorf("what held: %+v", list)
	}
}

func TestCoverageIsToldAndDownloaded(t *testing.T) {
	d := newDetectionAPI(t)
	if _, err := d.catalogue.Create(t.Context(), []byte(encoded), catalogue.By{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	var c server.AttackCoverage
	d.call("GET", "/coverage", "", 200, &c)
	known := 0
	for _, technique := range c.Techniques {
		known += technique.Known
	}
	if known != 1 || len(c.Tactics) < 10 {
		t.Errorf("%d rules in %d tactics", known, len(c.Tactics))
	}
	var layer struct{ Versions struct{ Layer string } }
	d.call("GET", "/coverage/layer", "", 200, &layer)
	if layer.Versions.Layer != "4.5" {
		t.Errorf("the layer: %+v", layer)
	}
}

func TestATargetKeepsItsSecrets(t *testing.T) {
	d := newDetectionAPI(t)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("webhook-signature") == "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer hook.Close()
	const targets = "/notifications/targets"
	var made server.NotificationTarget
	d.call("POST", targets, fmt.Sprintf(`{"name":"hook","kind":"webhook","enabled":true,"url":%q}`, hook.URL), 200, &made)
	if !strings.HasPrefix(made.Secret, "whsec_") || !made.SecretSet {
		t.Errorf("whoever made the target cannot check its signatures: %+v", made)
	}
	var list server.TargetList
	d.call("GET", targets, "", 200, &list)
	if len(list.Targets) != 1 || list.Targets[0].Secret != "" || list.Targets[0].URL != hook.URL {
		t.Errorf("targets: %+v", list)
	}
	var problem server.Problem
	d.call("POST", targets, `{"name":"chat","kind":"slack","enabled":true,"url":"http://example.org"}`, 422, &problem)
	if problem.Field != "url" {
		t.Errorf("the problem: %+v", problem)
	}
	d.call("POST", targets, fmt.Sprintf(`{"name":"hook","kind":"webhook","enabled":true,"url":%q}`, hook.URL), 422, &problem)
	if problem.Field != "name" {
		t.Errorf("the same name again: %+v", problem)
	}
	var chat server.NotificationTarget
	d.call("POST", targets, `{"name":"chat","kind":"slack","enabled":false,"url":"https://hooks.example.org/services/secret"}`, 200, &chat)
	if chat.URL != "https://hooks.example.org/se…" || !chat.URLSet {
		t.Errorf("an address that is a secret is shown: %+v", chat)
	}
	d.call("PUT", fmt.Sprintf("%s/%d", targets, chat.ID), `{"name":"chat","kind":"slack","enabled":true,"minUrgency":60,"url":"https://hooks.example.org/se…"}`, 200, &chat)
	if !chat.URLSet || chat.MinUrgency != 60 {
		t.Errorf("after the change: %+v", chat)
	}
	var test server.TargetTest
	d.call("POST", fmt.Sprintf("%s/%d/test", targets, made.ID), "", 200, &test)
	if !test.Sent {
		t.Errorf("the test: %+v", test)
	}
	var deliveries server.DeliveryList
	d.call("GET", "/notifications/deliveries?state=failed", "", 200, &deliveries)
	d.call("POST", "/notifications/deliveries/7/retry", "", 404, nil)
	d.call("DELETE", fmt.Sprintf("%s/%d", targets, made.ID), "", 204, nil)
	d.call("POST", fmt.Sprintf("%s/%d/test", targets, made.ID), "", 404, nil)
}

const explained = `{"time":"2026-11-25T12:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":"2026-11-25T12:00:00Z","DeviceName":"ws-1","ActionType":"ProcessCreated","FileName":"powershell.exe","FolderPath":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","ProcessCommandLine":"powershell.exe -e AAAA"}}`

func TestARuleIsExplained(t *testing.T) {
	d := newDetectionAPI(t)
	if _, err := d.catalogue.Create(t.Context(), []byte(encoded), catalogue.By{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	const path = "/rules/5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11/explain"
	var x server.RuleExplanation
	d.call("POST", path, `{"record":`+explained+`}`, 200, &x)
	if x.Matches || x.Enabled || x.Rule.Title != "Encoded command" || len(x.Streams) == 0 {
		t.Fatalf("%+v", x)
	}
	failed := map[string][]string{}
	var walk func(v *server.Verdict)
	walk = func(v *server.Verdict) {
		if v.Kind == "test" && !v.Holds {
			failed[v.Field] = v.Values
			if v.Line != 11 {
				t.Errorf("%s is said to be in line %d", v.Test, v.Line)
			}
		}
		for i := range v.Of {
			walk(&v.Of[i])
		}
	}
	for i := range x.Streams {
		if x.Streams[i].Outside == "" {
			walk(&x.Streams[i].Condition)
		}
	}
	if len(failed) != 1 || len(failed["CommandLine"]) != 1 || failed["CommandLine"][0] != "powershell.exe -e AAAA" {
		t.Errorf("what failed: %v", failed)
	}
	d.call("POST", path, `{"record":`+strings.Replace(explained, " -e AAAA", " -enc AAAA", 1)+`}`, 200, &x)
	if !x.Matches {
		t.Errorf("%+v", x)
	}
	d.call("POST", path, `{"record":"no record"}`, 422, nil)
	d.call("POST", path, `{}`, 422, nil)
	d.call("POST", "/rules/none/explain", `{"record":`+explained+`}`, 404, nil)
}

func TestNearMissesNameTheTestThatFailed(t *testing.T) {
	d := newDetectionAPI(t)
	if _, err := d.catalogue.Create(t.Context(), []byte(encoded), catalogue.By{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.catalogue.Edit(t.Context(), "5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11", catalogue.Edit{Enabled: new(true)}, catalogue.By{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	d.catalogue.Refresh()
	d.stored.id, d.stored.raw = record.ID{7}, []byte(explained)
	var near server.NearMisses
	d.call("GET", "/events/"+d.stored.id.String()+"/near-misses", "", 200, &near)
	if len(near.Rules) != 1 || len(near.Rules[0].Tests) != 1 || !strings.Contains(near.Rules[0].Tests[0], "-enc") {
		t.Errorf("%+v", near)
	}
	d.call("GET", "/events/"+record.ID{9}.String()+"/near-misses", "", 404, nil)
	var x server.RuleExplanation
	d.call("POST", "/rules/5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11/explain", `{"event":"`+d.stored.id.String()+`"}`, 200, &x)
	if x.Matches || !x.Enabled {
		t.Errorf("%+v", x)
	}
}

// oneStored is a lake of one event.
type oneStored struct {
	Searcher
	id  record.ID
	raw []byte
}

func (s *oneStored) Event(_ context.Context, id record.ID) (*lake.Stored, error) {
	if id != s.id {
		return nil, lake.ErrNotFound
	}
	return &lake.Stored{ID: id, Record: s.raw}, nil
}
