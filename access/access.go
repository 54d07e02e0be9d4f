// Package access says who may do what: users with passphrases, second factors, passkeys and OpenID Connect, their
// sessions, API keys, and the roles with what each may do. It knows nothing of HTTP.
//
// Whatever opens something (tokens of sessions, keys, links) is random, handed out once and kept as a hash.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"penstock/secret"
	"penstock/state"
)

// Errors of this package.
var (
	ErrNotFound = errors.New("there is no such thing")
	ErrWrong    = errors.New("the name or the passphrase is wrong")
	ErrCode     = errors.New("the code is wrong, or was used already")
	ErrExpired  = errors.New("this took too long, or was done already; begin again")
	ErrLink     = errors.New("the link is no longer valid; ask for a new one")
	ErrPasskey  = errors.New("the passkey is not taken")
	ErrLast     = errors.New("this is the last administrator who can sign in; make another one first")
	ErrFresh    = errors.New("sign in again: this needs a sign-in of the last 15 minutes")
)

// Mistake is something of a request that is wrong.
type Mistake struct{ Field, Message string }

func (m *Mistake) Error() string { return m.Field + ": " + m.Message }

// Rejected is a sign-in that failed, to an account that is there. Whoever tried is not to be told that; the audit log is.
type Rejected struct {
	Name   string
	Reason error
}

func (r *Rejected) Error() string { return r.Reason.Error() }

func (r *Rejected) Unwrap() error { return r.Reason }

// Wait is the answer to too many attempts.
type Wait struct{ For time.Duration }

func (w *Wait) Error() string {
	return fmt.Sprintf("too many attempts; try again in %s", w.For.Round(time.Second))
}

// Options of Access. Zero values mean the default that is named.
type Options struct {
	Idle     time.Duration // a session that is not used for so long ends; 12 h
	Absolute time.Duration // and any session after; 7 days
	Link     time.Duration // how long a one-time link is valid; 24 h
	Hash     HashCost      // of passphrases; what RFC 9106 recommends
	// Page is the address under which browsers reach the page, as https://penstock.example.com. Passkeys need it, and
	// OpenID Connect.
	Page string
	OIDC *OIDC // nil: none
	// Client asks the provider of OpenID Connect; one that waits 10 s.
	Client *http.Client
	Now    func() time.Time // time.Now
	Logger *slog.Logger
}

// Access is the users of a state database. Its methods may be called at the same time.
type Access struct {
	db         *state.DB
	secrets    *secret.Store
	options    Options
	now        func() time.Time
	log        *slog.Logger
	accounts   *throttle // by name or account
	addresses  *throttle
	ceremonies *ceremonies
	hashing    chan struct{} // a slot per passphrase that is being hashed: each takes memory
	decoy      string        // what the passphrase of nobody is compared with
	webauthn   *webauthn.WebAuthn
	provider   *provider
}

// hashers is how many passphrases are hashed at once.
const hashers = 2

// New makes the users that lie in db, and their secrets in secrets.
func New(db *state.DB, secrets *secret.Store, o Options) (*Access, error) {
	setDefaults(&o)
	a := &Access{
		db: db, secrets: secrets, options: o, now: o.Now, log: o.Logger,
		accounts: newThrottle(o.Now, 5), addresses: newThrottle(o.Now, 30), ceremonies: newCeremonies(o.Now),
		hashing: make(chan struct{}, hashers),
	}
	a.decoy = o.Hash.hash(rand.Text())
	var err error
	if a.webauthn, err = relyingParty(o.Page); err != nil {
		return nil, err
	}
	if o.OIDC != nil {
		a.provider = newProvider(o.OIDC, o.Page, o.Client)
	}
	return a, nil
}

func setDefaults(o *Options) {
	if o.Idle == 0 {
		o.Idle = 12 * time.Hour
	}
	if o.Absolute == 0 {
		o.Absolute = 7 * 24 * time.Hour
	}
	if o.Link == 0 {
		o.Link = 24 * time.Hour
	}
	if o.Hash == (HashCost{}) {
		o.Hash = HashCost{Memory: 64 << 10, Passes: 3, Threads: 2}
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

// upkeepInterval is how often what has expired is deleted.
const upkeepInterval = time.Hour

// Upkeep deletes what has expired until ctx ends.
func (a *Access) Upkeep(ctx context.Context) {
	for tick := time.NewTicker(upkeepInterval); ; {
		if err := a.sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("sessions and links that have expired cannot be deleted; it is tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

func (a *Access) sweep(ctx context.Context) error {
	now := a.now()
	_, err := a.db.Writer.ExecContext(ctx, `DELETE FROM session WHERE used < ? OR began < ?`,
		now.Add(-a.options.Idle).UnixMilli(), now.Add(-a.options.Absolute).UnixMilli())
	_, err2 := a.db.Writer.ExecContext(ctx, `DELETE FROM invitation WHERE expires < ?`, now.UnixMilli())
	return errors.Join(err, err2)
}

// newToken makes what opens something, with 256 random bits, and its hash.
func newToken() (token string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashToken(token)
}

// hashToken needs no salt and no cost: tokens are as random as the hash.
func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// momentOf is the zero time for one that is not known.
func momentOf(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return moment(*ms)
}
