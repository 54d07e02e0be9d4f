package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// SessionState is who asks, what he may, and how to sign in.
type SessionState struct {
	Identity *Identity `json:"identity,omitempty" doc:"Who asks; absent: nobody is signed in"`
	Required bool      `json:"required" doc:"One has to sign in; otherwise whoever reaches the server is an administrator"`
	Setup    bool      `json:"setup" doc:"There is no administrator yet: the terminal shows the link that makes one"`
	Passkeys bool      `json:"passkeys" doc:"Passkeys can be used at this address"`
	Provider string    `json:"provider,omitempty" doc:"Name of the OpenID provider; absent: there is none. Send the browser to /api/v1/session/oidc?back=/view"`
}

// Identity is who asks.
type Identity struct {
	Kind        string                  `json:"kind" enum:"user,key,token,open" doc:"open: nobody has to sign in here"`
	ID          int64                   `json:"id,omitempty" doc:"Of the user or the API key"`
	Name        string                  `json:"name"`
	DisplayName string                  `json:"displayName,omitempty" doc:"Of a user"`
	Role        string                  `json:"role" enum:"administrator,analyst,viewer"`
	Permissions List[access.Permission] `json:"permissions" doc:"What he may; every operation says in x-permission which one it needs"`
	Intakes     List[string]            `json:"intakes" doc:"Whose events he sees; none: of all"`
	Session     int64                   `json:"session,omitempty" doc:"Of a user"`
}

// SignInAnswer is what comes of a sign-in. With signedIn the cookie of the session is set; otherwise one of the factors is
// asked for, together with the ceremony.
type SignInAnswer struct {
	SignedIn bool                `json:"signedIn"`
	Ceremony string              `json:"ceremony,omitempty" doc:"To be sent with the second factor, within five minutes"`
	Factors  List[access.Factor] `json:"factors" doc:"Second factors, of which one is needed: totp, passkey, recovery"`
}

// PasskeyChallenge is what an authenticator is to answer.
type PasskeyChallenge struct {
	Ceremony string `json:"ceremony" doc:"To be sent with the answer, within five minutes"`
	Options  any    `json:"options" doc:"What navigator.credentials.create or get takes: PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON reads its member publicKey"`
}

// OneTimeLink is what a link is for.
type OneTimeLink struct {
	First       bool      `json:"first" doc:"It makes the first administrator, who chooses name and display name"`
	Name        string    `json:"name,omitempty" doc:"Of the account otherwise"`
	DisplayName string    `json:"displayName,omitempty"`
	Expires     time.Time `json:"expires"`
}

type signInInput struct {
	Body struct {
		Name       string `json:"name" minLength:"1" maxLength:"128"`
		Passphrase string `json:"passphrase" minLength:"1" maxLength:"1024"`
	}
}

type codeInput struct {
	Body struct {
		Ceremony string `json:"ceremony" maxLength:"128"`
		Factor   string `json:"factor" enum:"totp,recovery"`
		Code     string `json:"code" minLength:"6" maxLength:"64" doc:"Of the authenticator app, or a recovery code"`
	}
}

type passkeyAskInput struct {
	Body struct {
		Ceremony string `json:"ceremony,omitempty" maxLength:"128" doc:"Of a sign-in that waits for a second factor; empty: the passkey is to suffice"`
	}
}

type passkeyAnswerInput struct {
	Body struct {
		Ceremony   string          `json:"ceremony" maxLength:"128"`
		Credential json.RawMessage `json:"credential" doc:"What navigator.credentials.get gave, by its toJSON()"`
	}
}

type linkInput struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"128" doc:"What stands behind # in the link"`
	}
}

type acceptInput struct {
	Body struct {
		Token       string `json:"token" minLength:"1" maxLength:"128" doc:"What stands behind # in the link"`
		Name        string `json:"name,omitempty" maxLength:"128" doc:"Of the first administrator"`
		DisplayName string `json:"displayName,omitempty" maxLength:"100" doc:"Of the first administrator"`
		Passphrase  string `json:"passphrase" maxLength:"1024" doc:"At least 12 characters, and not easily guessed"`
	}
}

// signedIn is an answer that sets cookies.
type signedIn[T any] struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      T
}

// cookies is an answer that sets cookies and says nothing.
type cookies struct {
	SetCookie []string `header:"Set-Cookie"`
}

// registerSession adds the operations by which one signs in and out.
func (s *Server) registerSession(api huma.API) {
	const tag, path = "session", "/session"
	huma.Register(api, get(access.Public, "getSession", path, tag, "Who am I, what may I, and how do I sign in?"), s.session)
	huma.Register(api, noting(change(access.Public, http.MethodPost, "signIn", path, tag, "Sign in with name and passphrase"), slowKey), s.signIn)
	huma.Register(api, noting(change(access.Public, http.MethodPost, "signInCode", path+"/code", tag, "Give the code that a sign-in waits for"), slowKey), s.signInCode)
	huma.Register(api, noting(change(access.Public, http.MethodPost, "askPasskey", path+"/passkey", tag, "Begin to sign in by passkey, as second factor or alone"), slowKey, quietKey), s.askPasskey)
	huma.Register(api, noting(change(access.Public, http.MethodPost, "signInPasskey", path+"/passkey/answer", tag, "Sign in with what an authenticator answered"), slowKey), s.signInPasskey)
	huma.Register(api, noting(change(access.Public, http.MethodPost, "checkLink", path+"/link/check", tag, "What is a one-time link for?"), slowKey, quietKey), s.checkLink)
	huma.Register(api, noting(change(access.Public, http.MethodPost, "acceptLink", path+"/link", tag, "Use a one-time link: become the first administrator, or choose a new passphrase"), slowKey), s.acceptLink)
	huma.Register(api, quietly(access.Self, http.MethodDelete, "signOut", path, tag, "Sign out"), s.signOut)
	s.registerOIDC(api, tag, path)
}

// users is the accounts of this process; the error says that it has none.
func (s *Server) users() (*access.Access, error) {
	if s.access == nil {
		return nil, missing("users")
	}
	return s.access, nil
}

func (s *Server) session(ctx context.Context, _ *struct{}) (*output[*SessionState], error) {
	state := &SessionState{Required: !s.open()}
	if s.access != nil {
		has, err := s.access.HasAdministrator(ctx)
		if err != nil {
			return nil, s.problem("look for an administrator", err)
		}
		state.Setup, state.Passkeys, state.Provider = !has, s.access.Passkeys(), s.access.OIDCName()
	}
	if who := access.From(ctx); who != nil {
		state.Identity = &Identity{
			Kind: string(who.Kind), ID: who.ID, Name: who.Name, Role: string(who.Role), Permissions: who.Permissions, Intakes: who.Intakes, Session: who.Session,
		}
		if who.Kind == access.ByUser {
			u, err := s.access.User(ctx, who.ID)
			if err != nil {
				return nil, s.problem("read the own account", err)
			}
			state.Identity.DisplayName = u.Display
		}
	}
	return &output[*SessionState]{state}, nil
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*signedIn[SignInAnswer], error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	step, err := a.SignIn(ctx, callerOf(ctx).Origin, in.Body.Name, in.Body.Passphrase)
	if err != nil {
		return nil, s.rejected(ctx, "sign in", err)
	}
	if step.SignedIn == nil {
		noteOf(ctx).Detail = "a second factor is asked for"
		return &signedIn[SignInAnswer]{Body: SignInAnswer{Ceremony: step.Ceremony, Factors: step.Factors}}, nil
	}
	return s.welcome(ctx, step.SignedIn), nil
}

// rejected is the answer to somebody who has not got in; the audit log is told whom it was tried for.
func (s *Server) rejected(ctx context.Context, doing string, err error) error {
	var r *access.Rejected
	if errors.As(err, &r) {
		noteOf(ctx).Target = "name=" + r.Name
	}
	return s.problem(doing, err)
}

// welcome is the answer to somebody who has just signed in.
func (s *Server) welcome(ctx context.Context, in *access.SignedIn) *signedIn[SignInAnswer] {
	noteOf(ctx).by(in.User)
	return &signedIn[SignInAnswer]{SetCookie: []string{s.sessionCookie(in.Token, in.Expires)}, Body: SignInAnswer{SignedIn: true}}
}

func (s *Server) signInCode(ctx context.Context, in *codeInput) (*signedIn[SignInAnswer], error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	signed, err := a.Second(ctx, callerOf(ctx).Origin, in.Body.Ceremony, access.Factor(in.Body.Factor), in.Body.Code)
	if err != nil {
		return nil, s.rejected(ctx, "sign in by a code", err)
	}
	return s.welcome(ctx, signed), nil
}

func (s *Server) askPasskey(ctx context.Context, in *passkeyAskInput) (*output[*PasskeyChallenge], error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	c, err := a.AskPasskey(ctx, in.Body.Ceremony)
	if err != nil {
		return nil, s.problem("ask for a passkey", err)
	}
	return &output[*PasskeyChallenge]{&PasskeyChallenge{c.Ceremony, c.Options}}, nil
}

func (s *Server) signInPasskey(ctx context.Context, in *passkeyAnswerInput) (*signedIn[SignInAnswer], error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	signed, err := a.SignInByPasskey(ctx, callerOf(ctx).Origin, in.Body.Ceremony, in.Body.Credential)
	if err != nil {
		return nil, s.problem("sign in by a passkey", err)
	}
	return s.welcome(ctx, signed), nil
}

func (s *Server) checkLink(ctx context.Context, in *linkInput) (*output[*OneTimeLink], error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	link, err := a.Invited(ctx, callerOf(ctx).Origin, in.Body.Token)
	if err != nil {
		return nil, s.problem("read a one-time link", err)
	}
	return &output[*OneTimeLink]{&OneTimeLink{link.First, link.Name, link.Display, link.Expires}}, nil
}

func (s *Server) acceptLink(ctx context.Context, in *acceptInput) (*signedIn[SignInAnswer], error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	b := &in.Body
	signed, err := a.Accept(ctx, callerOf(ctx).Origin, b.Token, b.Name, b.DisplayName, b.Passphrase)
	if err != nil {
		return nil, s.problem("use a one-time link", err)
	}
	return s.welcome(ctx, signed), nil
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*cookies, error) {
	if err := s.access.SignOut(ctx, access.From(ctx)); err != nil {
		return nil, s.problem("sign out", err)
	}
	return &cookies{[]string{s.forget(s.cookieName())}}, nil
}

// oidcInput is where to come back to.
type oidcInput struct {
	Back string `query:"back" maxLength:"2048" doc:"Path of the view to come back to"`
}

// oidcCallbackInput is what the provider sends people back with.
type oidcCallbackInput struct {
	State string `query:"state"`
	Code  string `query:"code"`
	Error string `query:"error"`
	// The cookie's name depends on the configuration.
	ceremony string
}

// Resolve reads the cookie.
func (in *oidcCallbackInput) Resolve(ctx huma.Context) []error {
	for _, name := range []string{"__Host-penstock-oidc", "penstock-oidc"} {
		if c, err := huma.ReadCookie(ctx, name); err == nil {
			in.ceremony = c.Value
			break
		}
	}
	return nil
}

// redirect sends the browser elsewhere.
type redirect struct {
	Status    int
	Location  string   `header:"Location"`
	SetCookie []string `header:"Set-Cookie"`
}

func (s *Server) registerOIDC(api huma.API, tag, path string) {
	begin := noting(get(access.Public, "beginOIDC", path+"/oidc", tag, "Send the browser to the OpenID provider; it is to be navigated to, not fetched"), slowKey)
	begin.DefaultStatus = http.StatusFound
	huma.Register(api, begin, s.beginOIDC)
	finish := noting(get(access.Public, "finishOIDC", path+"/oidc/callback", tag, "Where the OpenID provider sends the browser back to; it is sent on to the view, or to /sign-in?problem=expired, refused or failed"), slowKey, tellKey)
	finish.DefaultStatus = http.StatusFound
	finish.SkipValidateParams = true // providers add what they like
	huma.Register(api, finish, s.finishOIDC)
}

func (s *Server) beginOIDC(ctx context.Context, in *oidcInput) (*redirect, error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	address, ceremony, err := a.BeginOIDC(ctx, in.Back)
	if err != nil {
		return nil, s.problem("begin to sign in by OpenID Connect", err)
	}
	// The way back begins at the provider: a strict cookie would not come along.
	c := s.cookie(s.ceremonyCookie(), ceremony, http.SameSiteLaxMode) //nolint:gosec // see cookie
	c.MaxAge = int((5 * time.Minute).Seconds())
	return &redirect{Status: http.StatusFound, Location: address, SetCookie: []string{c.String()}}, nil
}

func (s *Server) finishOIDC(ctx context.Context, in *oidcCallbackInput) (*redirect, error) {
	a, err := s.users()
	if err != nil {
		return nil, err
	}
	out := &redirect{Status: http.StatusFound, SetCookie: []string{s.forget(s.ceremonyCookie())}}
	n := noteOf(ctx)
	if in.Error != "" {
		n.Outcome, n.Detail = "refused", "the provider says "+in.Error
		out.Location = "/sign-in?problem=refused"
		return out, nil
	}
	signed, back, err := a.FinishOIDC(ctx, callerOf(ctx).Origin, in.ceremony, in.State, in.Code)
	var refused *access.Refused
	switch {
	case err == nil:
		n.by(signed.User)
		out.Location = back
		out.SetCookie = append(out.SetCookie, s.sessionCookie(signed.Token, signed.Expires))
		return out, nil
	case errors.As(err, &refused):
		out.Location, n.Detail = "/sign-in?problem=refused", refused.Message
	case errors.Is(err, access.ErrExpired):
		out.Location = "/sign-in?problem=expired"
	default:
		s.log.Warn("a sign-in by OpenID Connect failed", "request", callerOf(ctx).request, "error", err)
		out.Location = "/sign-in?problem=failed"
	}
	n.Outcome = "refused"
	return out, nil
}
