package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is somebody with an account.
type User struct {
	ID       int64
	Name     string // in small letters, by which he signs in
	Display  string
	Role     Role
	Intakes  []string // whose events he sees; none: all
	Disabled bool
	External bool // OpenID Connect vouches for him, and says his role

	Passphrase bool      // he has one
	TOTP       bool      // he is asked for codes
	Passkeys   int       // how many he has
	Created    time.Time // and these are zero when it never happened
	Changed    time.Time
	Seen       time.Time // last sign-in

	hash     string
	issuer   string
	subject  string
	handle   []byte
	totpStep int64
}

const maxUsers = 10_000

var (
	userName   = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,127}$`)
	intakeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)
)

func cleanName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func (u *User) check() error {
	u.Name = cleanName(u.Name)
	if u.Display = strings.TrimSpace(u.Display); u.Display == "" {
		u.Display = u.Name
	}
	switch {
	case !userName.MatchString(u.Name):
		return &Mistake{"name", "expected letters, digits and . _ @ + -, at most 128, the first a letter or digit"}
	case utf8.RuneCountInString(u.Display) > 100 || strings.ContainsFunc(u.Display, func(r rune) bool { return !unicode.IsPrint(r) }):
		return &Mistake{"displayName", "expected at most 100 printable characters"}
	}
	return checkRights(u.Role, u.Intakes)
}

func checkRights(r Role, intakes []string) error {
	if !slices.Contains(Roles, r) {
		return &Mistake{"role", "expected administrator, analyst or viewer"}
	}
	if len(intakes) > 1000 {
		return &Mistake{"intakes", "expected at most 1000"}
	}
	for _, in := range intakes {
		if !intakeName.MatchString(in) {
			return &Mistake{"intakes", fmt.Sprintf("%q is not the name of an intake", in)}
		}
	}
	return nil
}

// may is what the user may do.
func (u *User) may() []Permission { return Of(u.Role, len(u.Intakes) > 0) }

// encodeList is a list as a column keeps it; NULL stands for no list.
func encodeList[S ~string](list []S) (sql.NullString, error) {
	if len(list) == 0 {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(list)
	return sql.NullString{String: string(text), Valid: true}, err
}

// decodeList reads such a column. A list that is there and empty would open everything: it is an error.
func decodeList[S ~string](text sql.NullString) ([]S, error) {
	if !text.Valid {
		return nil, nil
	}
	var list []S
	if err := json.Unmarshal([]byte(text.String), &list); err != nil || len(list) == 0 {
		return nil, errors.Join(errors.New("a list of rights is damaged"), err)
	}
	return list, nil
}

const userColumns = `a.id, a.name, a.display, a.role, a.intakes, a.disabled, a.passphrase, a.issuer, a.subject, a.handle, a.totp IS NOT NULL,
	a.totp_step, a.created, a.changed, a.seen, (SELECT count(*) FROM passkey WHERE account = a.id)`

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func scanUser(scan func(...any) error) (*User, error) {
	var u User
	var intakes sql.NullString
	var created, changed int64
	var seen *int64
	err := scan(&u.ID, &u.Name, &u.Display, &u.Role, &intakes, &u.Disabled, &u.hash, &u.issuer, &u.subject, &u.handle, &u.TOTP,
		&u.totpStep, &created, &changed, &seen, &u.Passkeys)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read a user: %w", err)
	}
	if u.Intakes, err = decodeList[string](intakes); err != nil {
		return nil, fmt.Errorf("read user %s: %w", u.Name, err)
	}
	u.Created, u.Changed, u.Seen = moment(created), moment(changed), momentOf(seen)
	u.Passphrase, u.External = u.hash != "", u.issuer != ""
	return &u, nil
}

func userWhere(ctx context.Context, q querier, where string, args ...any) (*User, error) {
	return scanUser(q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM account a WHERE `+where, args...).Scan)
}

// User finds a user; ErrNotFound where there is none.
func (a *Access) User(ctx context.Context, id int64) (*User, error) {
	return userWhere(ctx, a.db.Reader, `a.id = ?`, id)
}

// Users are all that there are, by name.
func (a *Access) Users(ctx context.Context) ([]User, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT `+userColumns+` FROM account a ORDER BY a.name`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	defer rows.Close()
	var list []User
	for rows.Next() {
		u, err := scanUser(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, *u)
	}
	return list, rows.Err()
}

// Create makes an account, which the link lets its owner open: the token is told once.
func (a *Access) Create(ctx context.Context, u *User) (token string, err error) {
	if err := u.check(); err != nil {
		return "", err
	}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		if err := a.insert(ctx, tx, u); err != nil {
			return err
		}
		token, err = a.invite(ctx, tx, u.ID)
		return err
	})
	return token, err
}

// insert keeps a new user, whose ID and times it sets.
func (a *Access) insert(ctx context.Context, tx *sql.Tx, u *User) error {
	var same, all int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE name = ?), count(*) FROM account`, u.Name).Scan(&same, &all); err != nil {
		return fmt.Errorf("keep user %s: %w", u.Name, err)
	}
	if same > 0 {
		return &Mistake{"name", "another user has this name"}
	}
	if all >= maxUsers {
		return &Mistake{"name", fmt.Sprintf("there are %d users already", all)}
	}
	intakes, err := encodeList(u.Intakes)
	if err != nil {
		return fmt.Errorf("keep user %s: %w", u.Name, err)
	}
	u.handle = make([]byte, 32)
	rand.Read(u.handle) //nolint:errcheck // it never fails
	u.Created = a.now().UTC()
	u.Changed, u.Passphrase = u.Created, u.hash != ""
	result, err := tx.ExecContext(ctx, `INSERT INTO account (name, display, role, intakes, disabled, passphrase, issuer, subject, handle, totp_step, created, changed)
		VALUES (?,?,?,?,?,?,?,?,?,0,?,?)`, u.Name, u.Display, u.Role, intakes, u.Disabled, u.hash, u.issuer, u.subject, u.handle, u.Created.UnixMilli(), u.Changed.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep user %s: %w", u.Name, err)
	}
	u.ID, err = result.LastInsertId()
	return err
}

// Edit is what an administrator changes of a user; what is nil stays.
type Edit struct {
	Display  *string
	Role     *Role
	Intakes  *[]string
	Disabled *bool
}

// Update changes a user. Whoever loses rights keeps his sessions with what is left of them; who is disabled loses them.
func (a *Access) Update(ctx context.Context, id int64, e Edit) (*User, error) {
	var u *User
	err := a.db.Change(ctx, func(tx *sql.Tx) (err error) {
		if u, err = userWhere(ctx, tx, `a.id = ?`, id); err != nil {
			return err
		}
		if u.External && (e.Role != nil && *e.Role != u.Role || e.Intakes != nil && !slices.Equal(*e.Intakes, u.Intakes)) {
			return &Mistake{"role", "OpenID Connect says what this user may do: change it there, or in server.oidc.roles"}
		}
		if e.Display != nil {
			u.Display = *e.Display
		}
		if e.Role != nil {
			u.Role = *e.Role
		}
		if e.Intakes != nil {
			u.Intakes = *e.Intakes
		}
		if e.Disabled != nil {
			u.Disabled = *e.Disabled
		}
		if err := u.check(); err != nil {
			return err
		}
		return a.save(ctx, tx, u)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// save keeps what Edit may change.
func (a *Access) save(ctx context.Context, tx *sql.Tx, u *User) error {
	intakes, err := encodeList(u.Intakes)
	if err != nil {
		return fmt.Errorf("keep user %s: %w", u.Name, err)
	}
	u.Changed = a.now().UTC()
	_, err = tx.ExecContext(ctx, `UPDATE account SET display = ?, role = ?, intakes = ?, disabled = ?, changed = ? WHERE id = ?`,
		u.Display, u.Role, intakes, u.Disabled, u.Changed.UnixMilli(), u.ID)
	if err != nil {
		return fmt.Errorf("keep user %s: %w", u.Name, err)
	}
	if u.Disabled {
		if err := endSessions(ctx, tx, u.ID, 0); err != nil {
			return err
		}
	}
	return anAdministrator(ctx, tx)
}

// Delete takes a user away, with everything of his.
func (a *Access) Delete(ctx context.Context, id int64) error {
	return a.db.Change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM account WHERE id = ?`, id)
		if err != nil {
			return fmt.Errorf("delete user %d: %w", id, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		if err := a.secrets.Delete(ctx, tx, totpName(id)); err != nil {
			return err
		}
		return anAdministrator(ctx, tx)
	})
}

const administrators = `SELECT count(*) FROM account WHERE role = 'administrator' AND intakes IS NULL AND NOT disabled`

// anAdministrator refuses a change after which nobody could manage users.
func anAdministrator(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, administrators).Scan(&n); err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if n == 0 {
		return ErrLast
	}
	return nil
}

// Reset takes away all that a user signs in with and ends his sessions; the link lets him begin anew.
func (a *Access) Reset(ctx context.Context, id int64) (token string, err error) {
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		u, err := userWhere(ctx, tx, `a.id = ?`, id)
		if err != nil {
			return err
		}
		if u.External {
			return &Mistake{"id", "this user signs in by OpenID Connect, and has nothing here to reset"}
		}
		token, err = a.reset(ctx, tx, u)
		return err
	})
	return token, err
}

// ResetName is Reset by name, which also enables the user: it is for whoever stands before the machine.
func (a *Access) ResetName(ctx context.Context, name string) (token string, err error) {
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		u, err := userWhere(ctx, tx, `a.name = ?`, cleanName(name))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE account SET disabled = 0, issuer = '', subject = '' WHERE id = ?`, u.ID); err != nil {
			return fmt.Errorf("enable user %s: %w", u.Name, err)
		}
		token, err = a.reset(ctx, tx, u)
		return err
	})
	return token, err
}

func (a *Access) reset(ctx context.Context, tx *sql.Tx, u *User) (string, error) {
	for _, statement := range []string{
		`UPDATE account SET passphrase = '', totp = NULL WHERE id = ?`,
		`DELETE FROM passkey WHERE account = ?`,
		`DELETE FROM recovery_code WHERE account = ?`,
		`DELETE FROM session WHERE account = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, u.ID); err != nil {
			return "", fmt.Errorf("reset user %s: %w", u.Name, err)
		}
	}
	if err := a.secrets.Delete(ctx, tx, totpName(u.ID)); err != nil {
		return "", err
	}
	return a.invite(ctx, tx, u.ID)
}
