package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Account is the own account of whoever asks.
type Account struct {
	User
	Session  int64         `json:"session" doc:"The one that asks"`
	Passkeys List[Passkey] `json:"passkeyList"`
}

// Passkey is a passkey of a user.
type Passkey struct {
	ID      int64      `json:"id"`
	Name    string     `json:"name"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used,omitempty" doc:"Absent: never"`
}

// TOTPOffer is a secret for an authenticator app, which a code is to confirm.
type TOTPOffer struct {
	Ceremony string `json:"ceremony" doc:"To be sent with the code, within five minutes"`
	Secret   string `json:"secret" doc:"To be typed, in base32"`
	URL      string `json:"url" doc:"otpauth://…, to be shown as a QR code"`
}

// RecoveryCodes are for when the second factor is lost; each is good for one sign-in.
type RecoveryCodes struct {
	Codes List[string] `json:"codes" doc:"Shown once; none: those that were shown before stay"`
}

// SessionList is where a user is signed in.
type SessionList struct {
	Sessions List[Session] `json:"sessions" doc:"The last used first"`
}

// Session is that a user is signed in.
type Session struct {
	ID      int64     `json:"id"`
	Current bool      `json:"current" doc:"It is the one that asks"`
	Began   time.Time `json:"began"`
	Used    time.Time `json:"used" doc:"Last, to the minute"`
	Expires time.Time `json:"expires" doc:"At the latest"`
	Address string    `json:"address"`
	Agent   string    `json:"agent" doc:"What the browser calls itself"`
	Method  string    `json:"method" doc:"By which it was signed in" example:"passphrase+totp"`
}

// Confirmation shows that it is the user who sits there.
type Confirmation struct {
	Passphrase string `json:"passphrase,omitempty" maxLength:"1024" doc:"The own one. Who has none must have signed in within the last 15 minutes"`
}

type confirmInput struct{ Body Confirmation }

type passphraseInput struct {
	Body struct {
		Confirmation
		New string `json:"new" maxLength:"1024" doc:"At least 12 characters, and not easily guessed"`
	}
}

type totpConfirmInput struct {
	Body struct {
		Ceremony string `json:"ceremony" maxLength:"128"`
		Code     string `json:"code" minLength:"6" maxLength:"16"`
	}
}

type passkeyConfirmInput struct {
	Body struct {
		Ceremony   string          `json:"ceremony" maxLength:"128"`
		Name       string          `json:"name" minLength:"1" maxLength:"100" doc:"By which the user tells it from others"`
		Credential json.RawMessage `json:"credential" doc:"What navigator.credentials.create gave, by its toJSON()"`
	}
}

// IDInput names something by its number.
type IDInput struct {
	ID int64 `path:"id" minimum:"1"`
}

type passkeyRemoveInput struct {
	IDInput
	Body Confirmation
}

// registerAccount adds what users do with their own accounts. What opens the account wants a confirmation, ends the
// user's other sessions and gives this one a new cookie.
func (s *Server) registerAccount(api huma.API) {
	const tag, path = "account", "/account"
	own := func(method, id, path, summary string) huma.Operation {
		return change(access.Self, method, id, path, tag, summary)
	}
	huma.Register(api, get(access.Self, "getAccount", path, tag, "The own account"), s.account)
	huma.Register(api, own(http.MethodPut, "changePassphrase", path+"/passphrase", "Change the own passphrase"), s.changePassphrase)
	huma.Register(api, own(http.MethodPost, "offerTOTP", path+"/totp", "Begin to set up codes of an authenticator app"), s.offerTOTP)
	huma.Register(api, own(http.MethodPost, "confirmTOTP", path+"/totp/confirm", "Set them up, by the first code"), s.confirmTOTP)
	huma.Register(api, own(http.MethodPost, "removeTOTP", path+"/totp/remove", "Do without codes again"), s.removeTOTP)
	huma.Register(api, own(http.MethodPost, "renewRecoveryCodes", path+"/recovery-codes", "Replace the recovery codes"), s.renewCodes)
	huma.Register(api, own(http.MethodPost, "offerPasskey", path+"/passkeys", "Begin to add a passkey"), s.offerPasskey)
	huma.Register(api, own(http.MethodPost, "confirmPasskey", path+"/passkeys/confirm", "Add it, with what the authenticator made"), s.confirmPasskey)
	huma.Register(api, own(http.MethodPost, "removePasskey", path+"/passkeys/{id}/remove", "Remove a passkey"), s.removePasskey)
	huma.Register(api, get(access.Self, "listOwnSessions", path+"/sessions", tag, "Where the own account is signed in"), s.ownSessions)
	huma.Register(api, quietly(access.Self, http.MethodDelete, "endOwnSession", path+"/sessions/{id}", tag, "End one of the own sessions"), s.endOwnSession)
	huma.Register(api, quietly(access.Self, http.MethodDelete, "endOtherSessions", path+"/sessions", tag, "End all own sessions but this one"), s.endOtherSessions)
}

func (s *Server) account(ctx context.Context, _ *struct{}) (*output[*Account], error) {
	who := access.From(ctx)
	u, err := s.access.User(ctx, who.ID)
	if err != nil {
		return nil, s.problem("read the own account", err)
	}
	keys, err := s.access.PasskeysOf(ctx, who.ID)
	if err != nil {
		return nil, s.problem("list the own passkeys", err)
	}
	out := &Account{User: userOf(u), Session: who.Session}
	for _, k := range keys {
		out.Passkeys = append(out.Passkeys, Passkey{k.ID, k.Name, k.Created, optional(k.Used)})
	}
	return &output[*Account]{out}, nil
}

// optional is nil for a time that is not known.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// renewed is the cookie of a session that goes on with another token.
func (s *Server) renewed(token string) []string {
	// The session ends when it would have ended; the browser need not know when.
	return []string{s.sessionCookie(token, time.Time{})}
}

func (s *Server) changePassphrase(ctx context.Context, in *passphraseInput) (*cookies, error) {
	token, err := s.access.ChangePassphrase(ctx, access.From(ctx), in.Body.Passphrase, in.Body.New)
	if err != nil {
		return nil, s.problem("change the own passphrase", err)
	}
	return &cookies{s.renewed(token)}, nil
}

func (s *Server) offerTOTP(ctx context.Context, in *confirmInput) (*output[*TOTPOffer], error) {
	e, err := s.access.OfferTOTP(ctx, access.From(ctx), in.Body.Passphrase)
	if err != nil {
		return nil, s.problem("offer codes", err)
	}
	return &output[*TOTPOffer]{&TOTPOffer{e.Ceremony, e.Secret, e.URL}}, nil
}

func (s *Server) confirmTOTP(ctx context.Context, in *totpConfirmInput) (*signedIn[RecoveryCodes], error) {
	return s.protected(s.access.ConfirmTOTP(ctx, access.From(ctx), in.Body.Ceremony, in.Body.Code))
}

// protected is the answer when a second factor has been set up.
func (s *Server) protected(p *access.Protected, err error) (*signedIn[RecoveryCodes], error) {
	if err != nil {
		return nil, s.problem("set up a second factor", err)
	}
	return &signedIn[RecoveryCodes]{s.renewed(p.Token), RecoveryCodes{p.Codes}}, nil
}

func (s *Server) removeTOTP(ctx context.Context, in *confirmInput) (*cookies, error) {
	token, err := s.access.RemoveTOTP(ctx, access.From(ctx), in.Body.Passphrase)
	if err != nil {
		return nil, s.problem("do without codes", err)
	}
	return &cookies{s.renewed(token)}, nil
}

func (s *Server) renewCodes(ctx context.Context, in *confirmInput) (*output[RecoveryCodes], error) {
	codes, err := s.access.RenewCodes(ctx, access.From(ctx), in.Body.Passphrase)
	if err != nil {
		return nil, s.problem("replace the recovery codes", err)
	}
	return &output[RecoveryCodes]{RecoveryCodes{codes}}, nil
}

func (s *Server) offerPasskey(ctx context.Context, in *confirmInput) (*output[*PasskeyChallenge], error) {
	c, err := s.access.OfferPasskey(ctx, access.From(ctx), in.Body.Passphrase)
	if err != nil {
		return nil, s.problem("offer a passkey", err)
	}
	return &output[*PasskeyChallenge]{&PasskeyChallenge{c.Ceremony, c.Options}}, nil
}

func (s *Server) confirmPasskey(ctx context.Context, in *passkeyConfirmInput) (*signedIn[RecoveryCodes], error) {
	return s.protected(s.access.ConfirmPasskey(ctx, access.From(ctx), in.Body.Ceremony, in.Body.Name, in.Body.Credential))
}

func (s *Server) removePasskey(ctx context.Context, in *passkeyRemoveInput) (*cookies, error) {
	token, err := s.access.RemovePasskey(ctx, access.From(ctx), in.ID, in.Body.Passphrase)
	if err != nil {
		return nil, s.problem("remove a passkey", err)
	}
	return &cookies{s.renewed(token)}, nil
}

func (s *Server) ownSessions(ctx context.Context, _ *struct{}) (*output[SessionList], error) {
	return s.sessionsOf(ctx, access.From(ctx).ID)
}

func (s *Server) sessionsOf(ctx context.Context, account int64) (*output[SessionList], error) {
	list, err := s.access.Sessions(ctx, account)
	if err != nil {
		return nil, s.problem("list sessions", err)
	}
	out := SessionList{}
	current := access.From(ctx).Session
	for i := range list {
		e := &list[i]
		out.Sessions = append(out.Sessions, Session{
			ID: e.ID, Current: e.ID == current && current != 0, Began: e.Began, Used: e.Used, Expires: e.Expires, Address: e.Address, Agent: e.Agent, Method: string(e.Method),
		})
	}
	return &output[SessionList]{out}, nil
}

func (s *Server) endOwnSession(ctx context.Context, in *IDInput) (*struct{}, error) {
	if err := s.access.End(ctx, access.From(ctx).ID, in.ID); err != nil {
		return nil, s.problem("end an own session", err)
	}
	return nil, nil
}

func (s *Server) endOtherSessions(ctx context.Context, _ *struct{}) (*struct{}, error) {
	who := access.From(ctx)
	if err := s.access.EndAll(ctx, who.ID, who.Session); err != nil {
		return nil, s.problem("end the other sessions", err)
	}
	return nil, nil
}
