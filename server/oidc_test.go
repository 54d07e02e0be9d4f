package server

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"penstock/access"
)

// provider runs a real OpenID provider, at which test-user2 has the passphrase verysecure.
func provider(t *testing.T, callback string) (issuer string) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	issuer = "http://" + s.Listener.Addr().String()
	users := storage.NewUserStore(issuer)
	clients := map[string]*storage.Client{"penstock": storage.WebClient("penstock", "a secret of the client", callback)}
	s.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorageWithClients(users, clients), nil, false)
	s.Start()
	t.Cleanup(s.Close)
	return issuer
}

// atProvider signs test-user2 in where the browser was sent to, and gives the address that it is sent back to.
func atProvider(t *testing.T, address, back string) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var returned *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			returned = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	form, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	form.Body.Close()
	id := form.Request.URL.Query().Get("authRequestID")
	sent, err := browser.PostForm(form.Request.URL.String(), url.Values{"id": {id}, "username": {"test-user2"}, "password": {"verysecure"}})
	if err != nil {
		t.Fatal(err)
	}
	sent.Body.Close()
	if returned == nil {
		t.Fatalf("the provider does not send back: %s, %s", form.Request.URL, sent.Status)
	}
	return returned
}

func cookieOf(t *testing.T, w *httptest.ResponseRecorder, name string) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == name && c.Value != "" {
			return c
		}
	}
	return nil
}

const oidcPage = "http://localhost:8400"

// withProvider is a house whose users come from a provider.
func withProvider(t *testing.T, roles ...access.RoleMapping) *house {
	issuer := provider(t, oidcPage+access.CallbackPath)
	return newHouse(t, Backends{}, func(_ *Options, o *access.Options) {
		o.OIDC = &access.OIDC{
			Name: "Corporation", Issuer: issuer, ClientID: "penstock", ClientSecret: "a secret of the client",
			Scopes: []string{"profile", "email"}, NameClaim: "preferred_username", RoleClaim: "email", Roles: roles,
		}
	})
}

// goThere begins a sign-in and comes back from the provider.
func (h *house) goThere(back string) (begun *http.Cookie, returned *url.URL) {
	h.t.Helper()
	w := h.ask("GET", "/api/v1/session/oidc?back="+url.QueryEscape(back), nil, "")
	begun = cookieOf(h.t, w, "penstock-oidc")
	if w.Code != http.StatusFound || begun == nil || begun.SameSite != http.SameSiteLaxMode {
		h.t.Fatalf("begin: %d %s, %+v", w.Code, w.Body, begun)
	}
	return begun, atProvider(h.t, w.Header().Get("Location"), oidcPage)
}

func TestSigningInByARealOpenIDProvider(t *testing.T) {
	h := withProvider(t, access.RoleMapping{Value: "somebody.else@example.com", Role: access.Administrator},
		access.RoleMapping{Value: "test-user2@zitadel.ch", Role: access.Analyst, Intakes: []string{"north"}})
	begun, returned := h.goThere("/alerts?status=new")
	if w := h.ask("GET", returned.RequestURI(), nil, ""); w.Header().Get("Location") != "/sign-in?problem=expired" {
		t.Errorf("in another browser: %d %s", w.Code, w.Header())
	}
	w := h.ask("GET", returned.RequestURI(), begun, "")
	in := cookieOf(t, w, "penstock")
	if w.Code != http.StatusFound || w.Header().Get("Location") != "/alerts?status=new" || in == nil {
		t.Fatalf("back: %d %v", w.Code, w.Header())
	}
	state := h.ask("GET", "/api/v1/session", in, "").Body.String()
	for _, want := range []string{`"name":"test-user2"`, `"role":"analyst"`, `"intakes":["north"]`, `"provider":"Corporation"`} {
		if !strings.Contains(state, want) {
			t.Errorf("%s lacks %s", state, want)
		}
	}
	if w := h.ask("GET", returned.RequestURI(), begun, ""); w.Header().Get("Location") != "/sign-in?problem=expired" {
		t.Errorf("the same again: %d %s", w.Code, w.Header())
	}
	begun, returned = h.goThere("//evil.example")
	if w := h.ask("GET", returned.RequestURI(), begun, ""); w.Header().Get("Location") != "/" {
		t.Errorf("back to another site: %v", w.Header())
	}
	users, err := h.access.Users(t.Context())
	if err != nil || len(users) != 1 || !users[0].External {
		t.Errorf("%+v, %v", users, err)
	}
	begun, returned = h.goThere("/")
	q := returned.Query()
	q.Set("state", "another")
	if w := h.ask("GET", returned.Path+"?"+q.Encode(), begun, ""); w.Header().Get("Location") != "/sign-in?problem=expired" {
		t.Errorf("another state: %v", w.Header())
	}
	begun, _ = h.goThere("/")
	begun2, returned := h.goThere("/")
	if w := h.ask("GET", returned.RequestURI(), begun, ""); w.Header().Get("Location") != "/sign-in?problem=expired" {
		t.Errorf("the answer to another sign-in: %v", w.Header())
	}
	q = returned.Query()
	q.Set("code", "made-up")
	if w := h.ask("GET", returned.Path+"?"+q.Encode(), begun2, ""); w.Header().Get("Location") != "/sign-in?problem=failed" {
		t.Errorf("a code that is none: %v", w.Header())
	}
}

func TestAnExternalUserWithoutARoleOrWithATakenNameIsRefused(t *testing.T) {
	h := withProvider(t, access.RoleMapping{Value: "somebody.else@example.com", Role: access.Administrator})
	begun, returned := h.goThere("/")
	if w := h.ask("GET", returned.RequestURI(), begun, ""); w.Header().Get("Location") != "/sign-in?problem=refused" || cookieOf(t, w, "penstock") != nil {
		t.Errorf("without a role: %v", w.Header())
	}
	h = withProvider(t, access.RoleMapping{Value: "*", Role: access.Viewer})
	h.user("test-user2", access.Administrator)
	begun, returned = h.goThere("/")
	if w := h.ask("GET", returned.RequestURI(), begun, ""); w.Header().Get("Location") != "/sign-in?problem=refused" {
		t.Errorf("with the name of another account: %v", w.Header())
	}
	log := h.entries()
	if last := log[len(log)-1]; last != "finishOIDC refused" {
		t.Errorf("the audit log ends with %q", last)
	}
}
