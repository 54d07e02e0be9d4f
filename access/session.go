package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Origin is where a request comes from.
type Origin struct {
	Address string // without a port
	Agent   string // what the browser calls itself
}

// Method is how somebody signed in.
type Method string

// The methods.
const (
	MethodLink       Method = "link"
	MethodPassphrase Method = "passphrase"
	MethodTOTP       Method = "passphrase+totp"
	MethodRecovery   Method = "passphrase+recovery"
	MethodSecondKey  Method = "passphrase+passkey"
	MethodPasskey    Method = "passkey"
	MethodOIDC       Method = "oidc"
)

// Session is that somebody is signed in.
type Session struct {
	ID      int64
	Began   time.Time
	Used    time.Time
	Expires time.Time // at the latest; it ends earlier when it is not used
	Address string
	Agent   string
	Method  Method
}

// SignedIn is a session that has just begun. The token is told once.
type SignedIn struct {
	Token   string
	Expires time.Time
	User    *User
	Session int64
}

const (
	maxSessions = 50 // of a user; the oldest ends
	maxAgent    = 256
	// touchInterval is how often a session that is in use is written.
	touchInterval = time.Minute
	// freshness is how long after a sign-in what opens an account can be changed without a passphrase.
	freshness = 15 * time.Minute
)

func (a *Access) beginSession(ctx context.Context, tx *sql.Tx, u *User, from Origin, m Method) (*SignedIn, error) {
	token, hash := newToken()
	now := a.now().UTC()
	result, err := tx.ExecContext(ctx, `INSERT INTO session (account, hash, began, used, address, agent, method) VALUES (?,?,?,?,?,?,?)`,
		u.ID, hash, now.UnixMilli(), now.UnixMilli(), from.Address, cut(from.Agent), m)
	if err != nil {
		return nil, fmt.Errorf("sign %s in: %w", u.Name, err)
	}
	id, err := result.LastInsertId()
	if err != nil {
		return nil, fmt.Errorf("sign %s in: %w", u.Name, err)
	}
	for _, statement := range []string{
		`DELETE FROM session WHERE account = ?1 AND id NOT IN (SELECT id FROM session WHERE account = ?1 ORDER BY id DESC LIMIT ?2)`,
		`UPDATE account SET seen = ?3 WHERE id = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, u.ID, maxSessions, now.UnixMilli()); err != nil {
			return nil, fmt.Errorf("sign %s in: %w", u.Name, err)
		}
	}
	u.Seen = now
	return &SignedIn{Token: token, Expires: now.Add(a.options.Absolute), User: u, Session: id}, nil
}

func cut(agent string) string {
	return strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], "")
}

// Session finds who a session is of; ErrNotFound where it is none or has ended.
func (a *Access) Session(ctx context.Context, token string, from Origin) (*Identity, error) {
	now := a.now()
	var id, account, used int64
	var address string
	err := a.db.Reader.QueryRowContext(ctx, `SELECT id, account, used, address FROM session WHERE hash = ? AND used >= ? AND began >= ?`,
		hashToken(token), now.Add(-a.options.Idle).UnixMilli(), now.Add(-a.options.Absolute).UnixMilli()).Scan(&id, &account, &used, &address)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read a session: %w", err)
	}
	u, err := a.User(ctx, account)
	if err != nil {
		return nil, err
	}
	if u.Disabled {
		return nil, ErrNotFound
	}
	if now.Sub(moment(used)) >= touchInterval || address != from.Address {
		_, err := a.db.Writer.ExecContext(ctx, `UPDATE session SET used = ?, address = ?, agent = ? WHERE id = ?`, now.UnixMilli(), from.Address, cut(from.Agent), id)
		if err != nil { // a full disk is no reason to let nobody look at it
			a.log.Warn("the use of a session cannot be noted", "user", u.Name, "error", err)
		}
	}
	return u.identity(id), nil
}

// Still says whether an identity that was found a while ago is in force: its session or key is there, and it may do what
// it could.
func (a *Access) Still(ctx context.Context, i *Identity) (bool, error) {
	var now *Identity
	var err error
	switch i.Kind {
	case ByUser:
		now, err = a.inForce(ctx, i.ID, i.Session)
	case ByKey:
		now, err = a.keyInForce(ctx, i.ID)
	default:
		return true, nil
	}
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && slices.Equal(now.Permissions, i.Permissions) && slices.Equal(now.Intakes, i.Intakes), err
}

// inForce is the user of a session.
func (a *Access) inForce(ctx context.Context, account, session int64) (*Identity, error) {
	now := a.now()
	var n int
	err := a.db.Reader.QueryRowContext(ctx, `SELECT count(*) FROM session WHERE id = ? AND account = ? AND began >= ?`,
		session, account, now.Add(-a.options.Absolute).UnixMilli()).Scan(&n)
	if err != nil {
		return nil, fmt.Errorf("read a session: %w", err)
	}
	u, err := a.User(ctx, account)
	if err != nil {
		return nil, err
	}
	if n == 0 || u.Disabled {
		return nil, ErrNotFound
	}
	return u.identity(session), nil
}

func (u *User) identity(session int64) *Identity {
	return &Identity{Kind: ByUser, ID: u.ID, Name: u.Name, Role: u.Role, Permissions: u.may(), Intakes: u.Intakes, Session: session}
}

// Sessions of a user, the latest first.
func (a *Access) Sessions(ctx context.Context, account int64) ([]Session, error) {
	now := a.now()
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT id, began, used, address, agent, method FROM session
		WHERE account = ? AND used >= ? AND began >= ? ORDER BY used DESC, id DESC`,
		account, now.Add(-a.options.Idle).UnixMilli(), now.Add(-a.options.Absolute).UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var list []Session
	for rows.Next() {
		var s Session
		var began, used int64
		if err := rows.Scan(&s.ID, &began, &used, &s.Address, &s.Agent, &s.Method); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		s.Began, s.Used = moment(began), moment(used)
		s.Expires = s.Began.Add(a.options.Absolute)
		list = append(list, s)
	}
	return list, rows.Err()
}

// End ends a session of a user; ErrNotFound where it is none of his.
func (a *Access) End(ctx context.Context, account, session int64) error {
	result, err := a.db.Writer.ExecContext(ctx, `DELETE FROM session WHERE id = ? AND account = ?`, session, account)
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}

// EndAll ends the sessions of a user but for one (0: for none).
func (a *Access) EndAll(ctx context.Context, account, but int64) error {
	return a.db.Change(ctx, func(tx *sql.Tx) error { return endSessions(ctx, tx, account, but) })
}

func endSessions(ctx context.Context, tx *sql.Tx, account, but int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE account = ? AND id <> ?`, account, but); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// renew is for when what opens an account has changed: every other session ends, and this one gets another token, so
// that whoever has the old one is out.
func (a *Access) renew(ctx context.Context, tx *sql.Tx, i *Identity) (token string, err error) {
	if err := endSessions(ctx, tx, i.ID, i.Session); err != nil {
		return "", err
	}
	token, hash := newToken()
	if _, err := tx.ExecContext(ctx, `UPDATE session SET hash = ? WHERE id = ?`, hash, i.Session); err != nil {
		return "", fmt.Errorf("renew a session: %w", err)
	}
	return token, nil
}

// confirm makes sure that it is the user who sits there, before what opens his account is changed: by the passphrase,
// where he has one, or else by a sign-in that is not long ago.
func (a *Access) confirm(ctx context.Context, i *Identity, passphrase string) (*User, error) {
	u, err := a.User(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	if u.hash == "" {
		var began int64
		if err := a.db.Reader.QueryRowContext(ctx, `SELECT began FROM session WHERE id = ?`, i.Session).Scan(&began); err != nil {
			return nil, fmt.Errorf("read a session: %w", err)
		}
		if a.now().Sub(moment(began)) > freshness {
			return nil, ErrFresh
		}
		return u, nil
	}
	if err := a.accounts.try(u.Name); err != nil {
		return nil, err
	}
	ok, _, err := a.verify(ctx, u.hash, passphrase)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &Mistake{"passphrase", "this is not your passphrase"}
	}
	a.accounts.succeed(u.Name)
	return u, nil
}

// ChangePassphrase sets the user's own passphrase. Every other session ends; the token is the new one of this session.
func (a *Access) ChangePassphrase(ctx context.Context, i *Identity, old, passphrase string) (token string, err error) {
	u, err := a.confirm(ctx, i, old)
	if err != nil {
		return "", err
	}
	if u.External {
		return "", &Mistake{"passphrase", "you sign in by OpenID Connect, and need no passphrase here"}
	}
	if err := checkPassphrase(passphrase, u.Name, u.Display); err != nil {
		return "", err
	}
	hash, err := a.hashPassphrase(ctx, passphrase)
	if err != nil {
		return "", err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE account SET passphrase = ?, changed = ? WHERE id = ?`, hash, a.now().UnixMilli(), u.ID)
		if err != nil {
			return fmt.Errorf("keep a passphrase: %w", err)
		}
		token, err = a.renew(ctx, tx, i)
		return err
	})
	return token, err
}
