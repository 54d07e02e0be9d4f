package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Factor is what is asked for after the passphrase.
type Factor string

// The second factors.
const (
	TOTP         Factor = "totp"
	RecoveryCode Factor = "recovery"
	Passkey      Factor = "passkey"
)

// Step is what comes of a passphrase: a session, or the factors of which one is needed too, and the ceremony by which it
// is given.
type Step struct {
	*SignedIn
	Ceremony string
	Factors  []Factor
}

// passphraseGiven is a ceremony: the passphrase was right, a second factor is awaited.
type passphraseGiven struct{}

// SignIn checks name and passphrase. Whoever has no account, a disabled one, or one without a passphrase gets the same
// answer after the same time as for a wrong passphrase: ErrWrong, or a *Wait after too many attempts.
func (a *Access) SignIn(ctx context.Context, from Origin, name, passphrase string) (*Step, error) {
	name = cleanName(name)
	if err := a.addresses.try(from.Address); err != nil {
		return nil, err
	}
	if err := a.accounts.try(name); err != nil {
		return nil, err
	}
	u, err := userWhere(ctx, a.db.Reader, `a.name = ?`, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	hash := ""
	if u != nil && !u.Disabled && !u.External {
		hash = u.hash
	}
	ok, renew, err := a.verify(ctx, hash, passphrase)
	if err != nil {
		return nil, err
	}
	if !ok && u != nil {
		return nil, &Rejected{u.Name, ErrWrong}
	}
	if !ok {
		return nil, ErrWrong
	}
	a.addresses.relent(from.Address)
	if renew {
		if err := a.rehash(ctx, u, passphrase); err != nil {
			return nil, err
		}
	}
	if factors := u.factors(a.webauthn != nil); len(factors) > 0 {
		// The failures of the account are forgotten once the second factor is right as well.
		return &Step{Ceremony: a.ceremonies.begin(u.ID, passphraseGiven{}), Factors: factors}, nil
	}
	a.accounts.succeed(name)
	signed, err := a.enter(ctx, u, from, MethodPassphrase)
	if err != nil {
		return nil, err
	}
	return &Step{SignedIn: signed}, nil
}

// factors are those of which one is asked for; none where the user has set up none. A passkey counts also where passkeys
// cannot be used any more (the address of the page has changed): it must not be a way around.
func (u *User) factors(passkeys bool) []Factor {
	var list []Factor
	if u.TOTP {
		list = append(list, TOTP)
	}
	if u.Passkeys > 0 && passkeys {
		list = append(list, Passkey)
	}
	if u.TOTP || u.Passkeys > 0 {
		list = append(list, RecoveryCode)
	}
	return list
}

// enter begins a session of a user who has shown all that was asked for.
func (a *Access) enter(ctx context.Context, u *User, from Origin, m Method) (signed *SignedIn, err error) {
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		now, err := userWhere(ctx, tx, `a.id = ?`, u.ID)
		if err != nil {
			return err
		}
		if now.Disabled {
			return ErrWrong
		}
		signed, err = a.beginSession(ctx, tx, now, from, m)
		return err
	})
	return signed, err
}

// rehash keeps the passphrase at the cost that is wanted now.
func (a *Access) rehash(ctx context.Context, u *User, passphrase string) error {
	hash, err := a.hashPassphrase(ctx, passphrase)
	if err != nil {
		return err
	}
	if _, err := a.db.Writer.ExecContext(ctx, `UPDATE account SET passphrase = ? WHERE id = ? AND passphrase = ?`, hash, u.ID, u.hash); err != nil {
		return fmt.Errorf("keep a passphrase: %w", err)
	}
	return nil
}

// SignOut ends the session of an identity.
func (a *Access) SignOut(ctx context.Context, i *Identity) error {
	if err := a.End(ctx, i.ID, i.Session); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}
