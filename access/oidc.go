package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDC is a provider of OpenID Connect, and what it says of roles.
type OIDC struct {
	Name         string // on the button of the page
	Issuer       string
	ClientID     string
	ClientSecret string   // may be empty: PKCE is always used
	Scopes       []string // beside openid
	NameClaim    string   // what people are called by; preferred_username
	RoleClaim    string   // a text or a list of texts; groups
	Roles        []RoleMapping
}

// RoleMapping is the role of those whose claim has the value. Of several that fit, the first counts.
type RoleMapping struct {
	Value   string // * stands for anybody whom the provider lets in
	Role    Role
	Intakes []string
}

// ErrOIDC is a sign-in by OpenID Connect that came to nothing; what it wraps is for the log.
var ErrOIDC = errors.New("the sign-in by OpenID Connect failed")

// Refused is a sign-in whose user the provider knows, and who may not come in.
type Refused struct{ Message string }

func (r *Refused) Error() string { return r.Message }

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/api/v1/session/oidc/callback"

// provider is asked for what it offers when it is first needed: it may not be there when the program starts.
type provider struct {
	settings *OIDC
	redirect string
	client   *http.Client

	mu    sync.Mutex
	found *discovered
}

// discovered is what a provider offers.
type discovered struct {
	*oidc.Provider
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config
}

func newProvider(o *OIDC, page string, client *http.Client) *provider {
	return &provider{settings: o, redirect: strings.TrimRight(page, "/") + CallbackPath, client: client}
}

func (p *provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The keys of the provider are fetched later, by the client of this context, when its request is long over.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.settings.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the OpenID provider %s what it offers: %w", p.settings.Issuer, err)
	}
	scopes := p.settings.Scopes
	if !slices.Contains(scopes, oidc.ScopeOpenID) {
		scopes = append([]string{oidc.ScopeOpenID}, scopes...)
	}
	p.found = &discovered{
		Provider: found, verifier: found.Verifier(&oidc.Config{ClientID: p.settings.ClientID}),
		config: oauth2.Config{
			ClientID: p.settings.ClientID, ClientSecret: p.settings.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: p.redirect, Scopes: scopes,
		},
	}
	return p.found, nil
}

// oidcBegun is a ceremony: the browser was sent to the provider.
type oidcBegun struct{ state, nonce, pkce, back string }

// OIDCName is what the provider is called; empty: there is none.
func (a *Access) OIDCName() string {
	if a.provider == nil {
		return ""
	}
	return a.provider.settings.Name
}

// BeginOIDC says where to send the browser, and what to keep in it meanwhile. back is the view to come back to.
func (a *Access) BeginOIDC(ctx context.Context, back string) (address, ceremony string, err error) {
	if a.provider == nil {
		return "", "", ErrNotFound
	}
	found, err := a.provider.discover(ctx)
	if err != nil {
		return "", "", errors.Join(ErrOIDC, err)
	}
	state, _ := newToken()
	nonce, _ := newToken()
	begun := oidcBegun{state: state, nonce: nonce, pkce: oauth2.GenerateVerifier(), back: localPath(back)}
	return found.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(begun.pkce)), a.ceremonies.begin(0, begun), nil
}

// localPath is a path of this page, whatever was asked for.
func localPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || len(path) > 2048 {
		return "/"
	}
	return path
}

// FinishOIDC takes what the provider sent the browser back with. The user is made where he comes for the first time, and
// gets the role that the provider's claim maps to. The error wraps ErrOIDC, or is a *Refused.
func (a *Access) FinishOIDC(ctx context.Context, from Origin, ceremony, state, code string) (signed *SignedIn, back string, err error) {
	if a.provider == nil {
		return nil, "", ErrNotFound
	}
	_, begun, err := end[oidcBegun](a.ceremonies, ceremony)
	if err != nil {
		return nil, "", err
	}
	if state == "" || state != begun.state {
		return nil, begun.back, ErrExpired
	}
	u, err := a.provider.vouch(ctx, &begun, code)
	if err != nil {
		return nil, begun.back, err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		known, err := a.admit(ctx, tx, u)
		if err != nil {
			return err
		}
		signed, err = a.beginSession(ctx, tx, known, from, MethodOIDC)
		return err
	})
	return signed, begun.back, err
}

// vouch is who the provider says it is.
func (p *provider) vouch(ctx context.Context, begun *oidcBegun, code string) (*User, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return nil, errors.Join(ErrOIDC, err)
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := found.config.Exchange(ctx, code, oauth2.VerifierOption(begun.pkce))
	if err != nil {
		return nil, errors.Join(ErrOIDC, fmt.Errorf("exchange the code: %w", err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.Join(ErrOIDC, errors.New("the provider sent no ID token"))
	}
	id, err := found.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, errors.Join(ErrOIDC, fmt.Errorf("verify the ID token: %w", err))
	}
	if id.Nonce != begun.nonce {
		return nil, errors.Join(ErrOIDC, errors.New("the ID token is of another sign-in"))
	}
	claims := map[string]any{}
	if found.UserInfoEndpoint() != "" {
		// Some providers tell there what people are called and which groups they are in, and only who they are in the token.
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return nil, errors.Join(ErrOIDC, fmt.Errorf("ask the provider about the user: %w", err))
		}
		if info.Subject != id.Subject {
			return nil, errors.Join(ErrOIDC, errors.New("the provider told about another user"))
		}
		if err := info.Claims(&claims); err != nil {
			return nil, errors.Join(ErrOIDC, fmt.Errorf("read what the provider says of the user: %w", err))
		}
	}
	if err := id.Claims(&claims); err != nil { // over the others: it is signed
		return nil, errors.Join(ErrOIDC, fmt.Errorf("read the ID token: %w", err))
	}
	return p.settings.user(id.Issuer, id.Subject, claims)
}

// user is the user that claims describe.
func (o *OIDC) user(issuer, subject string, claims map[string]any) (*User, error) {
	u := &User{issuer: issuer, subject: subject, External: true}
	for _, claim := range []string{o.NameClaim, "email", "sub"} {
		if text, ok := claims[claim].(string); ok && userName.MatchString(cleanName(text)) {
			u.Name = text
			break
		}
	}
	u.Display, _ = claims["name"].(string)
	values := texts(claims[o.RoleClaim])
	i := slices.IndexFunc(o.Roles, func(m RoleMapping) bool { return m.Value == "*" || slices.Contains(values, m.Value) })
	if i < 0 {
		return nil, &Refused{"Your account is known to the provider and has no role in Penstock. An administrator gives it one by server.oidc.roles."}
	}
	u.Role, u.Intakes = o.Roles[i].Role, o.Roles[i].Intakes
	if err := u.check(); err != nil {
		return nil, errors.Join(ErrOIDC, fmt.Errorf("the provider's claims make no user: %w", err))
	}
	return u, nil
}

// texts is a claim that holds one text or several.
func texts(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case []any:
		var list []string
		for _, v := range claim {
			if text, ok := v.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

// admit finds the account of an external user, or makes it, with the rights that the provider gives him now.
func (a *Access) admit(ctx context.Context, tx *sql.Tx, u *User) (*User, error) {
	known, err := userWhere(ctx, tx, `a.issuer = ? AND a.subject = ?`, u.issuer, u.subject)
	var mistake *Mistake
	switch {
	case errors.Is(err, ErrNotFound):
		// An account of the same name is not taken over: whoever names himself at the provider would choose whose it is.
		if err = a.insert(ctx, tx, u); errors.As(err, &mistake) {
			return nil, &Refused{fmt.Sprintf("Another account here is called %s. An administrator has to delete it before you can sign in by OpenID Connect.", u.Name)}
		}
		return u, err
	case err != nil:
		return nil, err
	case known.Disabled:
		return nil, &Refused{"Your account is disabled here."}
	}
	if known.Role != u.Role || !slices.Equal(known.Intakes, u.Intakes) || known.Display != u.Display {
		intakes, err := encodeList(u.Intakes)
		if err != nil {
			return nil, fmt.Errorf("keep user %s: %w", known.Name, err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE account SET display = ?, role = ?, intakes = ?, changed = ? WHERE id = ?`,
			u.Display, u.Role, intakes, a.now().UnixMilli(), known.ID); err != nil {
			return nil, fmt.Errorf("keep user %s: %w", known.Name, err)
		}
		known.Display, known.Role, known.Intakes = u.Display, u.Role, u.Intakes
	}
	return known, nil
}
