package access

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// relyingParty is who the page is to authenticators; nil where it is reached by an address alone, which they do not
// take. For this machine it is localhost.
func relyingParty(page string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" {
		return nil, nil //nolint:nilerr // the configuration checks the address; without one there are no passkeys
	}
	name, origin := u.Hostname(), u.Scheme+"://"+u.Host
	if ip, err := netip.ParseAddr(name); err == nil {
		if !ip.IsLoopback() {
			return nil, nil
		}
		name, origin = "localhost", u.Scheme+"://localhost"
		if u.Port() != "" {
			origin += ":" + u.Port()
		}
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: name, RPDisplayName: "Penstock", RPOrigins: []string{origin},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyTime, TimeoutUVD: ceremonyTime},
			Registration: webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyTime, TimeoutUVD: ceremonyTime},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys for %s: %w", page, err)
	}
	return w, nil
}

// Passkeys says whether passkeys can be used here.
func (a *Access) Passkeys() bool { return a.webauthn != nil }

// UserPasskey is a passkey of a user.
type UserPasskey struct {
	ID      int64
	Name    string
	Created time.Time
	Used    time.Time // zero: never
}

// Challenge is what the browser is to hand to an authenticator.
type Challenge struct {
	Ceremony string
	Options  any // JSON, as navigator.credentials takes it
}

// Ceremonies with an authenticator.
type (
	passkeyOffered struct{ session *webauthn.SessionData } // to enrol one
	passkeyAsked   struct {                                // to sign in by one
		session *webauthn.SessionData
		alone   bool // without a passphrase before
	}
)

const maxPasskeys = 20

// holder is a user as the library sees him.
type holder struct {
	*User
	credentials []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return h.handle }
func (h *holder) WebAuthnName() string                       { return h.Name }
func (h *holder) WebAuthnDisplayName() string                { return h.Display }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

func (a *Access) holder(ctx context.Context, u *User) (*holder, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT data FROM passkey WHERE account = ?`, u.ID)
	if err != nil {
		return nil, fmt.Errorf("read the passkeys of %s: %w", u.Name, err)
	}
	defer rows.Close()
	h := &holder{User: u}
	for rows.Next() {
		var text []byte
		var c webauthn.Credential
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read the passkeys of %s: %w", u.Name, err)
		}
		if err := json.Unmarshal(text, &c); err != nil {
			return nil, fmt.Errorf("read the passkeys of %s: %w", u.Name, err)
		}
		h.credentials = append(h.credentials, c)
	}
	return h, rows.Err()
}

// OfferPasskey begins to enrol a passkey.
func (a *Access) OfferPasskey(ctx context.Context, i *Identity, passphrase string) (*Challenge, error) {
	if a.webauthn == nil {
		return nil, &Mistake{"name", "passkeys need a name of the page, not an address: set server.public_url"}
	}
	u, err := a.confirm(ctx, i, passphrase)
	if err != nil {
		return nil, err
	}
	h, err := a.holder(ctx, u)
	if err != nil {
		return nil, err
	}
	if len(h.credentials) >= maxPasskeys {
		return nil, &Mistake{"name", fmt.Sprintf("you have %d passkeys already; remove one first", maxPasskeys)}
	}
	options, session, err := a.webauthn.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		}))
	if err != nil {
		return nil, fmt.Errorf("offer a passkey: %w", err)
	}
	return &Challenge{a.ceremonies.begin(u.ID, passkeyOffered{session}), options}, nil
}

// ConfirmPasskey keeps the passkey that an authenticator made. Every other session ends.
func (a *Access) ConfirmPasskey(ctx context.Context, i *Identity, ceremony, name string, answer []byte) (*Protected, error) {
	account, offered, err := end[passkeyOffered](a.ceremonies, ceremony)
	if err != nil || account != i.ID {
		return nil, ErrExpired
	}
	if name = strings.TrimSpace(name); name == "" || utf8.RuneCountInString(name) > 100 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return nil, &Mistake{"name", "expected 1 to 100 printable characters"}
	}
	u, err := a.User(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	h, err := a.holder(ctx, u)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	credential, err := a.webauthn.CreateCredential(h, *offered.session, parsed)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return nil, fmt.Errorf("keep a passkey: %w", err)
	}
	var p *Protected
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO passkey (account, credential, name, data, created) VALUES (?,?,?,?,?)`,
			u.ID, credential.ID, name, string(text), a.now().UnixMilli())
		if err != nil {
			return fmt.Errorf("keep a passkey: %w", err)
		}
		p, err = a.protect(ctx, tx, i)
		return err
	})
	return p, err
}

// PasskeysOf lists the passkeys of a user.
func (a *Access) PasskeysOf(ctx context.Context, account int64) ([]UserPasskey, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT id, name, created, used FROM passkey WHERE account = ? ORDER BY id`, account)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	defer rows.Close()
	var list []UserPasskey
	for rows.Next() {
		var k UserPasskey
		var created int64
		var used *int64
		if err := rows.Scan(&k.ID, &k.Name, &created, &used); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		k.Created, k.Used = moment(created), momentOf(used)
		list = append(list, k)
	}
	return list, rows.Err()
}

// RemovePasskey takes a passkey of the user away.
func (a *Access) RemovePasskey(ctx context.Context, i *Identity, id int64, passphrase string) (token string, err error) {
	if _, err := a.confirm(ctx, i, passphrase); err != nil {
		return "", err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM passkey WHERE id = ? AND account = ?`, id, i.ID)
		if err != nil {
			return fmt.Errorf("remove a passkey: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		token, err = a.renew(ctx, tx, i)
		return err
	})
	return token, err
}

// AskPasskey begins a sign-in by passkey: as the second factor of the ceremony of a sign-in, or alone where that is empty.
func (a *Access) AskPasskey(ctx context.Context, ceremony string) (*Challenge, error) {
	if a.webauthn == nil {
		return nil, ErrPasskey
	}
	if ceremony == "" {
		// Alone it must be two factors in one: the authenticator, and what unlocks it.
		options, session, err := a.webauthn.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, fmt.Errorf("ask for a passkey: %w", err)
		}
		return &Challenge{a.ceremonies.begin(0, passkeyAsked{session, true}), options}, nil
	}
	account, _, err := peek[passphraseGiven](a.ceremonies, ceremony)
	if err != nil {
		return nil, err
	}
	u, err := a.User(ctx, account)
	if err != nil {
		return nil, ErrExpired
	}
	h, err := a.holder(ctx, u)
	if err != nil {
		return nil, err
	}
	if len(h.credentials) == 0 {
		return nil, ErrPasskey
	}
	options, session, err := a.webauthn.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationPreferred))
	if err != nil {
		return nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	return &Challenge{a.ceremonies.begin(u.ID, passkeyAsked{session, false}), options}, nil
}

// SignInByPasskey takes the answer of an authenticator.
func (a *Access) SignInByPasskey(ctx context.Context, from Origin, ceremony string, answer []byte) (*SignedIn, error) {
	if err := a.addresses.try(from.Address); err != nil {
		return nil, err
	}
	account, asked, err := end[passkeyAsked](a.ceremonies, ceremony)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	h, credential, err := a.answered(ctx, account, &asked, parsed)
	if err != nil {
		return nil, err
	}
	// A counter that does not rise means that there are two of the authenticator.
	if h.Disabled || h.External || credential.Authenticator.CloneWarning {
		return nil, ErrPasskey
	}
	if err := a.usedPasskey(ctx, h, credential); err != nil {
		return nil, err
	}
	a.addresses.relent(from.Address)
	a.accounts.succeed(h.Name)
	method := MethodSecondKey
	if asked.alone {
		method = MethodPasskey
	}
	return a.enter(ctx, h.User, from, method)
}

// answered finds whose passkey it was.
func (a *Access) answered(ctx context.Context, account int64, asked *passkeyAsked, parsed *protocol.ParsedCredentialAssertionData) (*holder, *webauthn.Credential, error) {
	if !asked.alone {
		u, err := a.User(ctx, account)
		if err != nil {
			return nil, nil, ErrExpired
		}
		h, err := a.holder(ctx, u)
		if err != nil {
			return nil, nil, err
		}
		credential, err := a.webauthn.ValidateLogin(h, *asked.session, parsed)
		if err != nil {
			return nil, nil, errors.Join(ErrPasskey, err)
		}
		return h, credential, nil
	}
	var h *holder
	_, credential, err := a.webauthn.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		u, err := userWhere(ctx, a.db.Reader, `a.handle = ?`, handle)
		if err != nil {
			return nil, err
		}
		h, err = a.holder(ctx, u)
		return h, err
	}, *asked.session, parsed)
	if err != nil {
		return nil, nil, errors.Join(ErrPasskey, err)
	}
	return h, credential, nil
}

// usedPasskey keeps the counter.
func (a *Access) usedPasskey(ctx context.Context, h *holder, c *webauthn.Credential) error {
	for i := range h.credentials {
		if !bytes.Equal(h.credentials[i].ID, c.ID) {
			continue
		}
		text, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("keep a passkey: %w", err)
		}
		if _, err := a.db.Writer.ExecContext(ctx, `UPDATE passkey SET data = ?, used = ? WHERE credential = ?`, string(text), a.now().UnixMilli(), c.ID); err != nil {
			return fmt.Errorf("keep a passkey: %w", err)
		}
		return nil
	}
	return ErrPasskey
}
