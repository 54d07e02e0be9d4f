package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// invite makes the one-time link of an account (0: of the first administrator), in place of the one before.
func (a *Access) invite(ctx context.Context, tx *sql.Tx, account int64) (string, error) {
	token, hash := newToken()
	of := sql.NullInt64{Int64: account, Valid: account != 0}
	if _, err := tx.ExecContext(ctx, `DELETE FROM invitation WHERE account IS ?`, of); err != nil {
		return "", fmt.Errorf("make a one-time link: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO invitation VALUES (?,?,?)`, hash, of, a.now().Add(a.options.Link).UnixMilli()); err != nil {
		return "", fmt.Errorf("make a one-time link: %w", err)
	}
	return token, nil
}

// HasAdministrator says whether somebody can manage users.
func (a *Access) HasAdministrator(ctx context.Context) (bool, error) {
	var n int
	err := a.db.Reader.QueryRowContext(ctx, administrators).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("count administrators: %w", err)
	}
	return n > 0, nil
}

// FirstLink makes the one-time link by which the first administrator signs up; empty where there is one already.
func (a *Access) FirstLink(ctx context.Context) (token string, err error) {
	if has, err := a.HasAdministrator(ctx); err != nil || has {
		return "", err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		token, err = a.invite(ctx, tx, 0)
		return err
	})
	return token, err
}

// Invitation is what a link is for.
type Invitation struct {
	First   bool   // it makes the first administrator, who chooses a name
	Name    string // of the account otherwise
	Display string
	Expires time.Time

	account int64
}

func (a *Access) invitation(ctx context.Context, q querier, token string) (*Invitation, error) {
	var account sql.NullInt64
	var name, display sql.NullString
	var expires int64
	err := q.QueryRowContext(ctx, `SELECT i.account, a.name, a.display, i.expires FROM invitation i LEFT JOIN account a ON a.id = i.account WHERE i.hash = ?`,
		hashToken(token)).Scan(&account, &name, &display, &expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !a.now().Before(moment(expires)) {
		return nil, ErrLink
	}
	if err != nil {
		return nil, fmt.Errorf("read a one-time link: %w", err)
	}
	return &Invitation{First: !account.Valid, Name: name.String, Display: display.String, Expires: moment(expires), account: account.Int64}, nil
}

// Invited tells what a link is for; ErrLink where it is not valid.
func (a *Access) Invited(ctx context.Context, from Origin, token string) (*Invitation, error) {
	if err := a.addresses.try(from.Address); err != nil {
		return nil, err
	}
	in, err := a.invitation(ctx, a.db.Reader, token)
	if err == nil {
		a.addresses.relent(from.Address)
	}
	return in, err
}

// Accept uses a link: its owner gets the passphrase and is signed in. Name and display name count for the first
// administrator alone.
func (a *Access) Accept(ctx context.Context, from Origin, token, name, display, passphrase string) (*SignedIn, error) {
	if err := a.addresses.try(from.Address); err != nil {
		return nil, err
	}
	in, err := a.invitation(ctx, a.db.Reader, token)
	if err != nil {
		return nil, err
	}
	a.addresses.relent(from.Address)
	u := &User{ID: in.account, Name: in.Name, Display: in.Display, Role: Viewer}
	if in.First {
		u = &User{Name: name, Display: display, Role: Administrator}
	}
	if err := u.check(); err != nil {
		return nil, err
	}
	if err := checkPassphrase(passphrase, u.Name, u.Display); err != nil {
		return nil, err
	}
	hash, err := a.hashPassphrase(ctx, passphrase)
	if err != nil {
		return nil, err
	}
	var out *SignedIn
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		out, err = a.accept(ctx, tx, from, token, u, hash)
		return err
	})
	return out, err
}

func (a *Access) accept(ctx context.Context, tx *sql.Tx, from Origin, token string, u *User, hash string) (*SignedIn, error) {
	in, err := a.invitation(ctx, tx, token) // somebody may have been faster
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM invitation WHERE hash = ?`, hashToken(token)); err != nil {
		return nil, fmt.Errorf("use a one-time link: %w", err)
	}
	if in.First {
		var n int
		if err := tx.QueryRowContext(ctx, administrators).Scan(&n); err != nil {
			return nil, fmt.Errorf("count administrators: %w", err)
		}
		if n > 0 {
			return nil, ErrLink
		}
		u.hash = hash
		err = a.insert(ctx, tx, u)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE account SET passphrase = ?, changed = ? WHERE id = ?`, hash, a.now().UnixMilli(), u.ID)
	}
	if err != nil {
		return nil, err
	}
	if u, err = userWhere(ctx, tx, `a.id = ?`, u.ID); err != nil {
		return nil, err
	}
	if u.Disabled {
		return nil, ErrLink
	}
	return a.beginSession(ctx, tx, u, from, MethodLink)
}
