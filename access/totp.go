package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

const (
	totpPeriod    = 30 // seconds, RFC 6238
	recoveryCodes = 10
	recoverySize  = 10 // bytes
)

func totpName(account int64) string { return "account/" + strconv.FormatInt(account, 10) + "/totp" }

// Enrolment is a secret for codes that is to be confirmed by one.
type Enrolment struct {
	Ceremony string
	Secret   string // base32, to be typed
	URL      string // otpauth://…, to be shown as a QR code
}

// totpOffered is a ceremony: a secret was shown.
type totpOffered struct{ secret string }

// OfferTOTP begins to set up codes.
func (a *Access) OfferTOTP(ctx context.Context, i *Identity, passphrase string) (*Enrolment, error) {
	u, err := a.confirm(ctx, i, passphrase)
	if err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Penstock", AccountName: u.Name, Period: totpPeriod, SecretSize: 20, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return nil, fmt.Errorf("make a secret for codes: %w", err)
	}
	return &Enrolment{Ceremony: a.ceremonies.begin(u.ID, totpOffered{key.Secret()}), Secret: key.Secret(), URL: key.URL()}, nil
}

// Protected is an account that has just got a second factor.
type Protected struct {
	Token string   // the new one of this session
	Codes []string // for when the second factor is lost: each once; none where the account had them before
}

// ConfirmTOTP takes the secret that was offered, if the code is of it. Every other session ends.
func (a *Access) ConfirmTOTP(ctx context.Context, i *Identity, ceremony, code string) (*Protected, error) {
	account, offered, err := peek[totpOffered](a.ceremonies, ceremony)
	if err != nil || account != i.ID {
		return nil, ErrExpired
	}
	if err := a.accounts.try(i.Name); err != nil {
		return nil, err
	}
	step, ok := a.step(offered.secret, code, 0)
	if !ok {
		return nil, ErrCode
	}
	a.accounts.succeed(i.Name)
	if _, _, err := end[totpOffered](a.ceremonies, ceremony); err != nil {
		return nil, err
	}
	var p *Protected
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		if err := a.secrets.Put(ctx, tx, totpName(i.ID), []byte(offered.secret)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE account SET totp = ?1, totp_step = ?2, changed = ?1 WHERE id = ?3`, a.now().UnixMilli(), step, i.ID)
		if err != nil {
			return fmt.Errorf("set up codes: %w", err)
		}
		p, err = a.protect(ctx, tx, i)
		return err
	})
	return p, err
}

// protect is what every second factor brings: recovery codes, unless there are some, and a renewed session.
func (a *Access) protect(ctx context.Context, tx *sql.Tx, i *Identity) (*Protected, error) {
	p := &Protected{}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM recovery_code WHERE account = ?`, i.ID).Scan(&n)
	if err != nil {
		return nil, fmt.Errorf("count recovery codes: %w", err)
	}
	if n == 0 {
		if p.Codes, err = newCodes(ctx, tx, i.ID); err != nil {
			return nil, err
		}
	}
	p.Token, err = a.renew(ctx, tx, i)
	return p, err
}

// RemoveTOTP stops asking for codes.
func (a *Access) RemoveTOTP(ctx context.Context, i *Identity, passphrase string) (token string, err error) {
	if _, err := a.confirm(ctx, i, passphrase); err != nil {
		return "", err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE account SET totp = NULL, changed = ? WHERE id = ?`, a.now().UnixMilli(), i.ID)
		if err != nil {
			return fmt.Errorf("remove codes: %w", err)
		}
		if err := a.secrets.Delete(ctx, tx, totpName(i.ID)); err != nil {
			return err
		}
		token, err = a.renew(ctx, tx, i)
		return err
	})
	return token, err
}

// RenewCodes replaces the recovery codes.
func (a *Access) RenewCodes(ctx context.Context, i *Identity, passphrase string) (codes []string, err error) {
	if _, err := a.confirm(ctx, i, passphrase); err != nil {
		return nil, err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		codes, err = newCodes(ctx, tx, i.ID)
		return err
	})
	return codes, err
}

func newCodes(ctx context.Context, tx *sql.Tx, account int64) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE account = ?`, account); err != nil {
		return nil, fmt.Errorf("make recovery codes: %w", err)
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var b [recoverySize]byte
		rand.Read(b[:]) //nolint:errcheck // it never fails
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_code VALUES (?,?)`, account, hashCode(codes[i])); err != nil {
			return nil, fmt.Errorf("make recovery codes: %w", err)
		}
	}
	return codes, nil
}

// hashCode lets people leave out dashes, add spaces and use capitals.
func hashCode(code string) []byte {
	h := sha256.Sum256([]byte(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))))
	return h[:]
}

// step is the time step of which the code is, one before and one after now being taken; false where it is of none, or of
// one that is not after the last that was taken.
func (a *Access) step(secret, code string, last int64) (int64, bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := a.now().Unix() / totpPeriod
	found, ok := int64(0), false
	for step := now - 1; step <= now+1; step++ {
		want, err := totp.GenerateCode(secret, time.Unix(step*totpPeriod, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last {
			found, ok = step, true
		}
	}
	return found, ok
}

// Second gives the code that a sign-in waits for.
func (a *Access) Second(ctx context.Context, from Origin, ceremony string, f Factor, code string) (*SignedIn, error) {
	account, _, err := peek[passphraseGiven](a.ceremonies, ceremony)
	if err != nil {
		return nil, err
	}
	u, err := a.User(ctx, account)
	if err != nil {
		return nil, ErrExpired
	}
	if err := a.addresses.try(from.Address); err != nil {
		return nil, err
	}
	if err := a.accounts.try(u.Name); err != nil {
		return nil, err
	}
	method := MethodTOTP
	switch f {
	case TOTP:
		err = a.takeTOTP(ctx, u, code)
	case RecoveryCode:
		method = MethodRecovery
		err = a.takeRecovery(ctx, u, code)
	default:
		err = &Mistake{"factor", "expected totp or recovery"}
	}
	if err != nil {
		return nil, &Rejected{u.Name, err}
	}
	if _, _, err := end[passphraseGiven](a.ceremonies, ceremony); err != nil {
		return nil, err
	}
	a.addresses.relent(from.Address)
	a.accounts.succeed(u.Name)
	return a.enter(ctx, u, from, method)
}

func (a *Access) takeTOTP(ctx context.Context, u *User, code string) error {
	if !u.TOTP {
		return ErrCode
	}
	secret, err := a.secrets.Get(ctx, totpName(u.ID))
	if err != nil {
		return fmt.Errorf("read the secret for codes of %s: %w", u.Name, err)
	}
	step, ok := a.step(string(secret), code, u.totpStep)
	if !ok {
		return ErrCode
	}
	return took(a.db.Writer.ExecContext(ctx, `UPDATE account SET totp_step = ?1 WHERE id = ?2 AND totp_step < ?1`, step, u.ID))
}

func (a *Access) takeRecovery(ctx context.Context, u *User, code string) error {
	return took(a.db.Writer.ExecContext(ctx, `DELETE FROM recovery_code WHERE account = ? AND hash = ?`, u.ID, hashCode(code)))
}

// took says whether a code was used up: somebody may have been faster with the same.
func took(result sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("use a code: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrCode, err)
	}
	return nil
}
