package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"penstock/access"
	"penstock/audit"
)

// actors remembers who acts.
type actors struct{ names []string }

func (a *actors) Assets(context.Context) ([]Asset, error) { return nil, nil }

func (a *actors) SetImportance(_ context.Context, actor string, _ []AssetImportance) error {
	a.names = append(a.names, actor)
	return nil
}

func TestSignInSetsACookieThatNothingElseCanReadAndSignOutEndsIt(t *testing.T) {
	h := newHouse(t, Backends{}, func(o *Options, a *access.Options) {
		o.Secure, o.PageURL, a.Page = true, "https://penstock.example", "https://penstock.example"
	})
	h.user("anna", access.Administrator)
	w := h.ask("POST", "/api/v1/session", nil, `{"name":"Anna","passphrase":"`+goodPassphrase+`"}`)
	c := cookieOf(t, w, "__Host-penstock")
	if w.Code != 200 || c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Fatalf("%d %s, %+v", w.Code, w.Body, c)
	}
	if w.Header().Get("Strict-Transport-Security") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	if strings.Contains(w.Body.String(), c.Value) {
		t.Error("the token is in the body as well")
	}
	if w := h.ask("GET", "/api/v1/session", c, ""); !strings.Contains(w.Body.String(), `"name":"anna"`) {
		t.Errorf("who am I: %s", w.Body)
	}
	crossSite := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	if w := h.ask("DELETE", "/api/v1/session", c, "", crossSite); w.Code != http.StatusForbidden {
		t.Errorf("another site signs out: %d", w.Code)
	}
	w = h.ask("DELETE", "/api/v1/session", c, "")
	if w.Code != http.StatusNoContent || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign out: %d %v", w.Code, w.Header())
	}
	if w := h.ask("GET", "/api/v1/account", c, ""); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), sessionProblemType) {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

func TestAWrongPassphraseIsAnsweredAsOneOfNobody(t *testing.T) {
	h := newHouse(t, Backends{})
	h.user("anna", access.Administrator)
	var bodies []string
	for _, name := range []string{"anna", "nobody"} {
		w := h.ask("POST", "/api/v1/session", nil, `{"name":"`+name+`","passphrase":"wrong wrong wrong"}`)
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), signInProblemType) {
			t.Errorf("%s: %d", name, w.Code)
		}
		bodies = append(bodies, w.Body.String())
	}
	if bodies[0] != bodies[1] {
		t.Errorf("%q is not %q", bodies[0], bodies[1])
	}
	list, err := h.audit.List(t.Context(), &audit.Filter{}, 0, 2)
	if err != nil || list[1].Target != "name=anna" || list[0].Target != "" || list[0].Outcome != "refused" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestOneAddressIsLetInToSignInAFewTimesAtOnce(t *testing.T) {
	h := newHouse(t, Backends{})
	last := 0
	for range signInBurst + 1 {
		last = h.ask("POST", "/api/v1/session/link/check", nil, `{"token":"x"}`).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the last one: %d", last)
	}
	if w := h.ask("GET", "/api/v1/session", nil, ""); w.Code != 200 {
		t.Errorf("other requests: %d", w.Code)
	}
}

func TestTheRateOfAnAddressIsLimited(t *testing.T) {
	s := newServer(t, Options{Rate: 1}, Backends{})
	for range 5 {
		if status, _, _ := do(t, s, "GET", "/healthz"); status != 200 {
			t.Fatalf("%d", status)
		}
	}
	if status, h, _ := do(t, s, "GET", "/healthz"); status != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
		t.Errorf("%d", status)
	}
	if status, _, _ := do(t, s, "GET", "/healthz", func(r *http.Request) { r.RemoteAddr = "192.0.2.9:1" }); status != 200 {
		t.Errorf("another address: %d", status)
	}
	l := newLimiter(1, 1)
	if !l.allow("2001:db8::1") || l.allow("2001:db8::2") || !l.allow("2001:db8:0:1::1") {
		t.Error("a network of version 6 is not one address")
	}
	for i := range maxLimited + 5 {
		l.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String())
	}
	if len(l.known) != maxLimited || l.order.Len() != maxLimited {
		t.Errorf("%d addresses are remembered", len(l.known))
	}
}

func TestTheAddressIsWhatTrustedProxiesSaw(t *testing.T) {
	s := newServer(t, Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}, Backends{})
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:5", "198.51.100.1", "192.0.2.1"},
		{"10.0.0.1:5", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:5", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:5", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"10.0.0.1:5", "nonsense", "10.0.0.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:5", "198.51.100.1", "198.51.100.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := s.address(r); got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestNobodyActsInTheNameOfAnother(t *testing.T) {
	seen := &actors{}
	h := newHouse(t, Backends{Assets: seen})
	cookie := h.user("anna", access.Analyst)
	key, err := h.access.CreateKey(t.Context(), "root", &access.Key{Name: "ci", Role: access.Analyst})
	if err != nil {
		t.Fatal(err)
	}
	as := func(authorization string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set(actorHeader, "berta")
			if authorization != "" {
				r.Header.Set("Authorization", "Bearer "+authorization)
			}
		}
	}
	const body = `{"assets":[{"kind":"host","name":"ws-1","importance":"high"}]}`
	h.ask("POST", "/api/v1/assets", cookie, body, as(""))
	h.ask("POST", "/api/v1/assets", nil, body, as(key))
	h.ask("POST", "/api/v1/assets", nil, body, as(token))
	if !slices.Equal(seen.names, []string{"anna", "ci", "berta"}) {
		t.Errorf("%v", seen.names)
	}
	if log := h.entries(); !slices.Equal(log, []string{"setImportance done anna", "setImportance done ci", "setImportance done token"}) {
		t.Errorf("the audit log: %v", log)
	}
}

func TestWhatIsChangedOrRefusedIsInTheAuditLogAndNoSecretIs(t *testing.T) {
	h := newHouse(t, Backends{})
	root := h.user("root", access.Administrator)
	h.ask("GET", "/api/v1/users", root, "")
	w := h.ask("POST", "/api/v1/users", root, `{"name":"berta","role":"viewer"}`)
	var invited Invited
	if err := json.Unmarshal(w.Body.Bytes(), &invited); err != nil {
		t.Fatal(err)
	}
	secret := invited.Link[strings.IndexByte(invited.Link, '#')+1:]
	w = h.ask("POST", "/api/v1/session/link", nil, `{"token":"`+secret+`","passphrase":"`+goodPassphrase+`"}`)
	berta := cookieOf(t, w, "penstock")
	h.ask("GET", "/api/v1/users", berta, "")
	h.ask("DELETE", "/api/v1/users/1", berta, "")
	h.ask("DELETE", "/api/v1/users/999", root, "")
	h.ask("GET", "/api/v1/audit/export", root, "")
	want := []string{
		"createUser done root", "acceptLink done berta", "listUsers refused berta", "deleteUser refused berta", "deleteUser failed root", "exportAudit done root",
	}
	if log := h.entries(); !slices.Equal(log, want) {
		t.Errorf("%q, want %q", log, want)
	}
	text := h.ask("GET", "/api/v1/audit/export", root, "").Body.String()
	for _, hidden := range []string{secret, goodPassphrase, root.Value, berta.Value} {
		if strings.Contains(text, hidden) {
			t.Errorf("the audit log tells %q", hidden)
		}
	}
	if !strings.Contains(text, `"target":"id=999"`) {
		t.Errorf("no target in %s", text)
	}
}

func TestAnAPIKeyDoesWhatItIsForAndNoMore(t *testing.T) {
	h := newHouse(t, Backends{})
	root := h.user("root", access.Administrator)
	w := h.ask("POST", "/api/v1/keys", root, `{"name":"scrape","role":"administrator","permissions":["metrics.read"]}`)
	var made NewAPIKey
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.Token == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+made.Token) }
	for target, status := range map[string]int{"/metrics": 200, "/api/v1/events": 403, "/api/v1/users": 403, "/api/v1/account": 403, "/api/v1/version": 200} {
		if w := h.ask("GET", target, nil, "", bearer); w.Code != status && (target != "/metrics" || w.Code != http.StatusNotFound) {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	if list := h.ask("GET", "/api/v1/keys", root, "").Body.String(); strings.Contains(list, made.Token) || !strings.Contains(list, `"used":`) {
		t.Errorf("the list: %s", list)
	}
	if w := h.ask("DELETE", "/api/v1/keys/1", root, ""); w.Code != http.StatusNoContent {
		t.Errorf("delete: %d", w.Code)
	}
	if w := h.ask("GET", "/metrics", nil, "", bearer); w.Code != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", w.Code)
	}
}

func TestAnOperationThatDoesNotSayWhatItNeedsIsRefused(t *testing.T) {
	api := humago.New(http.NewServeMux(), apiConfig("1"))
	s := newServer(t, Options{}, Backends{})
	api.UseMiddleware(s.authorise(api))
	huma.Get(api, "/api/v1/open", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	if err := undeclared(api.OpenAPI()); err == nil || !strings.Contains(err.Error(), "/api/v1/open") {
		t.Errorf("%v", err)
	}
	w := httptest.NewRecorder()
	api.Adapter().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/open", nil))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("it is open: %d", w.Code)
	}
}

func TestALiveTailEndsWithItsSession(t *testing.T) {
	h := newHouse(t, Backends{})
	h.user("root", access.Administrator)
	cookie := h.user("anna", access.Viewer)
	who, err := h.access.Session(t.Context(), cookie.Value, access.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), who)
	if !h.still(ctx) {
		t.Error("it ends while the session lasts")
	}
	intakes := []string{"north"}
	if _, err := h.access.Update(t.Context(), who.ID, access.Edit{Intakes: &intakes}); err != nil {
		t.Fatal(err)
	}
	if h.still(ctx) {
		t.Error("it goes on with rights that were taken away")
	}
	h.ask("DELETE", "/api/v1/session", cookie, "")
	if h.still(ctx) {
		t.Error("it goes on without a session")
	}
}

func TestThePageIsTheOneToSignInAt(t *testing.T) {
	for name, c := range map[string]struct {
		options  func(*Options)
		required string
		status   int
	}{
		"sign-in required":    {func(*Options) {}, `"required":true`, 401},
		"off":                 {func(o *Options) { o.SignIn, o.Token = false, "" }, `"required":false`, 503},
		"off, with the token": {func(o *Options) { o.SignIn = false }, `"required":true`, 401},
	} {
		h := newHouse(t, Backends{}, func(o *Options, _ *access.Options) { c.options(o) })
		if body := h.ask("GET", "/api/v1/session", nil, "").Body.String(); !strings.Contains(body, c.required) || !strings.Contains(body, `"setup":true`) {
			t.Errorf("%s: %s", name, body)
		}
		if w := h.ask("GET", "/api/v1/events", nil, ""); w.Code != c.status {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if _, err := New(Options{Address: "0.0.0.0:1", Insecure: true}, Backends{}); err == nil {
		t.Error("everybody is let in")
	}
	if _, err := New(Options{SignIn: true}, Backends{}); err == nil {
		t.Error("one has to sign in, and nobody can")
	}
}
