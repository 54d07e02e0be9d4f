package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/audit"
	"penstock/secret"
	"penstock/state"
	"penstock/state/statetest"
)

// house is a server with users, in which somebody can be anybody.
type house struct {
	*Server
	t      *testing.T
	db     *state.DB
	access *access.Access
	audit  *audit.Log
	now    time.Time
}

// cheap keeps tests from hashing for seconds.
var cheap = access.HashCost{Memory: 64, Passes: 1, Threads: 1}

func newHouse(t *testing.T, b Backends, change ...func(*Options, *access.Options)) *house {
	t.Helper()
	dir := t.TempDir()
	db, err := statetest.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	secrets, err := secret.Open(t.Context(), db, filepath.Join(dir, "secrets.key"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, audit: audit.New(db, audit.Options{}), now: time.Now()}
	ao := access.Options{Hash: cheap, Page: "http://localhost:8400", Now: func() time.Time { return h.now }}
	o := Options{SignIn: true, Token: token, Audit: h.audit, PageURL: "http://localhost:8400", Rate: 100_000}
	for _, c := range change {
		c(&o, &ao)
	}
	if h.access, err = access.New(db, secrets, ao); err != nil {
		t.Fatal(err)
	}
	o.Access = h.access
	h.Server = newServer(t, o, b)
	return h
}

const goodPassphrase = "quiet lemon harbour engine"

// user makes an account, and gives the cookie of a session of it.
func (h *house) user(name string, role access.Role, intakes ...string) *http.Cookie {
	h.t.Helper()
	token, err := h.access.Create(h.t.Context(), &access.User{Name: name, Role: role, Intakes: intakes})
	if err != nil {
		h.t.Fatal(err)
	}
	in, err := h.access.Accept(h.t.Context(), access.Origin{Address: "192.0.2.7"}, token, "", "", goodPassphrase)
	if err != nil {
		h.t.Fatal(err)
	}
	return &http.Cookie{Name: "penstock", Value: in.Token}
}

// ask is do with a cookie and a body in JSON.
func (h *house) ask(method, target string, cookie *http.Cookie, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8400"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w
}

// entries is the audit log, oldest first, as operation outcome actor.
func (h *house) entries() []string {
	h.t.Helper()
	list, err := h.audit.List(h.t.Context(), &audit.Filter{}, 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, e := range slices.Backward(list) {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Operation, e.Outcome, e.Actor)))
	}
	return out
}

// session signs a user in.
func (h *house) session(name string) *http.Cookie {
	h.t.Helper()
	step, err := h.access.SignIn(h.t.Context(), access.Origin{Address: "192.0.2.7"}, name, goodPassphrase)
	if err != nil {
		h.t.Fatal(err)
	}
	return &http.Cookie{Name: "penstock", Value: step.Token}
}

// allowed says who may do what: V viewer, A analyst, M administrator, in small letters those who see some intakes alone,
// - nobody at all, T the token of the configuration. It is written by hand: what the code declares is held against it.
const allowed = `
-VAMvamT  getSession signIn signInCode askPasskey signInPasskey checkLink acceptLink beginOIDC finishOIDC
 VAMvamT  version listRoles listLicences licenceText
 VAMvam   signOut getAccount changePassphrase offerTOTP confirmTOTP removeTOTP renewRecoveryCodes offerPasskey confirmPasskey
 VAMvam   removePasskey listOwnSessions endOwnSession endOtherSessions
 VAMvamT  searchEvents countEvents histogram topValues getEvent listFields checkQuery tailEvents explainRule nearMisses
 VAMvamT  listSavedQueries addSavedQuery replaceSavedQuery deleteSavedQuery
 VAMvamT  hunt cancelHunt listRunningHunts huntLimits checkHunt completeHunt hoverHunt huntSchema huntHistory clearHuntHistory forgetHunt
 VAMvamT  startExport listExports getExport cancelExport deleteExport exportFile
 VAMvamT  eventRelations eventProcesses relatedEvents timeline alertGraph alertSentences eventProvenance
 VAMvamT  listAlerts countAlerts alertOverview getAlert alertEvents alertHistory alertComments similarAlerts listPeople
  AM amT  updateAlerts updateAlert commentAlert
 VAMvamT  listRules rulesHistory getRule ruleHistory ruleActivity checkRule listLogsources logsourceFields listExceptions ruleExceptions checkException listPacks
 VAMvamT  attackCoverage navigatorLayer
  AM   T  editRule editRules createRule updateRule deleteRule addException endException installPack setPackPolicy uninstallPack setImportance
 VAMvamT  listIntakes getIntake listFormats ledgerReport listIncidents
   M   T  azureGuide azureTemplate azurePlan azureNamespace
   M   T  createIntake updateIntake deleteIntake pauseIntake resumeIntake testIntake rotateIntakeKey endOldIntakeKeys
  AM   T  acknowledgeIncident
 VAM   T  drift clocks lakeStats getRetention alertStatistics listNoisyRules listAssets
  AM amT  listQuarantine showQuarantined replayQuarantined dropQuarantined
 VAM   T  listJobs getJob jobMatches jobRules jobNoise jobDifference jobPreview
  AM   T  startJob cancelJob repeatJob deleteJob
  AM   T  listHuntSchedules addHuntSchedule tryHuntSchedule getHuntSchedule replaceHuntSchedule deleteHuntSchedule runHuntSchedule huntScheduleRuns
  AM   T  listTargets listDeliveries
   M   T  createTarget updateTarget deleteTarget testTarget retryDelivery
   M   T  listUsers createUser getUser updateUser deleteUser resetUser listSessions endSession endSessions listKeys createKey deleteKey
   M   T  previewRetention setRetention resetRetention runDoctor
   M   T  listAudit exportAudit
`

// TestEveryEndpointLetsInWhoMayAndNobodyElse asks for every operation of the API as everybody. A refusal is known by its
// type; whatever else is answered means that the operation was let through.
func TestEveryEndpointLetsInWhoMayAndNobodyElse(t *testing.T) {
	want := map[string]string{}
	for line := range strings.Lines(allowed) {
		if len(line) > 8 {
			for _, id := range strings.Fields(line[8:]) {
				want[id] = line[:8]
			}
		}
	}
	h := newHouse(t, Backends{})
	for who, role := range map[string]access.Role{"v": access.Viewer, "a": access.Analyst, "m": access.Administrator} {
		h.user("all-"+who, role)
		h.user("some-"+who, role, "north")
	}
	names := map[string]string{"V": "all-v", "A": "all-a", "M": "all-m", "v": "some-v", "a": "some-a", "m": "some-m"}
	cookies := map[string]*http.Cookie{}
	seen := 0
	for path, item := range h.api.OpenAPI().Paths {
		for _, op := range operations(item) {
			seen++
			may, ok := want[op.OperationID]
			if !ok {
				t.Errorf("%s is not in the table: say by hand who may do it", op.OperationID)
				continue
			}
			for _, who := range []string{"-", "V", "A", "M", "v", "a", "m", "T"} {
				if names[who] != "" && (cookies[who] == nil || op.OperationID == "signOut") {
					cookies[who] = h.session(names[who])
				}
				w := h.ask(op.Method, concrete(path), cookies[who], "", func(r *http.Request) {
					if who == "T" {
						r.Header.Set("Authorization", "Bearer "+token)
					}
				})
				refused := strings.Contains(w.Body.String(), permissionProblemType) || strings.Contains(w.Body.String(), sessionProblemType)
				if refused == strings.Contains(may, who) {
					t.Errorf("%s as %s: %d %.80s", op.OperationID, who, w.Code, w.Body)
				}
				if op.OperationID == "signOut" {
					delete(cookies, who)
				}
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d operations, and %d in the table", seen, len(want))
	}
}

// concrete is a path with something in place of its parameters.
func concrete(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "999999"
		}
	}
	return strings.Join(parts, "/")
}

func TestEveryPartOfAPathIsReadByItsOperation(t *testing.T) {
	for path, item := range newHouse(t, Backends{}).api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			declared := 0
			for _, p := range op.Parameters {
				if p.In == "path" {
					declared++
				}
			}
			if want := strings.Count(path, "{"); declared != want {
				t.Errorf("%s reads %d of the %d parts of %s", op.OperationID, declared, want, path)
			}
		}
	}
}
