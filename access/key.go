package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Key lets a program in.
type Key struct {
	ID          int64
	Name        string
	Role        Role
	Permissions []Permission // some of the role's; none: all of them
	Intakes     []string     // whose events it sees; none: all
	Maker       string
	Created     time.Time
	Expires     time.Time // zero: never
	Used        time.Time // zero: never
	Address     string    // that it was last used from
}

const (
	maxKeys   = 1000
	keyPrefix = "pst_" // by which scanners for secrets, and people, know one
)

func (k *Key) check(now time.Time) error {
	if k.Name = strings.TrimSpace(k.Name); k.Name == "" || utf8.RuneCountInString(k.Name) > 100 || strings.ContainsFunc(k.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return &Mistake{"name", "expected 1 to 100 printable characters"}
	}
	if err := checkRights(k.Role, k.Intakes); err != nil {
		return err
	}
	of := Of(k.Role, len(k.Intakes) > 0)
	for _, p := range k.Permissions {
		if !slices.Contains(of, p) {
			return &Mistake{"permissions", fmt.Sprintf("%q is none of this role", p)}
		}
	}
	if !k.Expires.IsZero() && !k.Expires.After(now) {
		return &Mistake{"expires", "expected a time to come"}
	}
	return nil
}

// CreateKey keeps a key; the token is told once.
func (a *Access) CreateKey(ctx context.Context, maker string, k *Key) (token string, err error) {
	if err := k.check(a.now()); err != nil {
		return "", err
	}
	token, _ = newToken()
	token = keyPrefix + token
	k.Maker, k.Created = maker, a.now().UTC()
	permissions, err := encodeList(k.Permissions)
	if err != nil {
		return "", fmt.Errorf("keep API key %s: %w", k.Name, err)
	}
	intakes, err := encodeList(k.Intakes)
	if err != nil {
		return "", fmt.Errorf("keep API key %s: %w", k.Name, err)
	}
	expires := sql.NullInt64{Int64: k.Expires.UnixMilli(), Valid: !k.Expires.IsZero()}
	err = a.db.Change(ctx, func(tx *sql.Tx) error {
		var same, all int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE name = ?), count(*) FROM api_key`, k.Name).Scan(&same, &all)
		switch {
		case err != nil:
			return fmt.Errorf("keep API key %s: %w", k.Name, err)
		case same > 0:
			return &Mistake{"name", "another key has this name"}
		case all >= maxKeys:
			return &Mistake{"name", fmt.Sprintf("there are %d keys already; delete one first", all)}
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO api_key (name, hash, role, permissions, intakes, maker, created, expires, address) VALUES (?,?,?,?,?,?,?,?,'')`,
			k.Name, hashToken(token), k.Role, permissions, intakes, k.Maker, k.Created.UnixMilli(), expires)
		if err != nil {
			return fmt.Errorf("keep API key %s: %w", k.Name, err)
		}
		k.ID, err = result.LastInsertId()
		return err
	})
	return token, err
}

const keyColumns = `id, name, role, permissions, intakes, maker, created, expires, used, address`

func scanKey(scan func(...any) error) (*Key, error) {
	var k Key
	var permissions, intakes sql.NullString
	var created int64
	var expires, used *int64
	err := scan(&k.ID, &k.Name, &k.Role, &permissions, &intakes, &k.Maker, &created, &expires, &used, &k.Address)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read an API key: %w", err)
	}
	if k.Permissions, err = decodeList[Permission](permissions); err != nil {
		return nil, fmt.Errorf("read API key %s: %w", k.Name, err)
	}
	if k.Intakes, err = decodeList[string](intakes); err != nil {
		return nil, fmt.Errorf("read API key %s: %w", k.Name, err)
	}
	k.Created, k.Expires, k.Used = moment(created), momentOf(expires), momentOf(used)
	return &k, nil
}

// Keys are all that there are, by name.
func (a *Access) Keys(ctx context.Context) ([]Key, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT `+keyColumns+` FROM api_key ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	defer rows.Close()
	var list []Key
	for rows.Next() {
		k, err := scanKey(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, *k)
	}
	return list, rows.Err()
}

// DeleteKey takes a key away: it opens nothing any more.
func (a *Access) DeleteKey(ctx context.Context, id int64) error {
	result, err := a.db.Writer.ExecContext(ctx, `DELETE FROM api_key WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("delete API key %d: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}

// Key finds who a key is; ErrNotFound where it is none or has expired.
func (a *Access) Key(ctx context.Context, token string, from Origin) (*Identity, error) {
	if !strings.HasPrefix(token, keyPrefix) {
		return nil, ErrNotFound
	}
	k, err := scanKey(a.db.Reader.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM api_key WHERE hash = ?`, hashToken(token)).Scan)
	if err != nil {
		return nil, err
	}
	now := a.now()
	if !k.Expires.IsZero() && !now.Before(k.Expires) {
		return nil, ErrNotFound
	}
	if now.Sub(k.Used) >= touchInterval || k.Address != from.Address {
		if _, err := a.db.Writer.ExecContext(ctx, `UPDATE api_key SET used = ?, address = ? WHERE id = ?`, now.UnixMilli(), from.Address, k.ID); err != nil {
			a.log.Warn("the use of an API key cannot be noted", "key", k.Name, "error", err)
		}
	}
	return k.identity(), nil
}

func (k *Key) identity() *Identity {
	of := Of(k.Role, len(k.Intakes) > 0)
	if len(k.Permissions) > 0 {
		of = slices.DeleteFunc(of, func(p Permission) bool { return !slices.Contains(k.Permissions, p) })
	}
	return &Identity{Kind: ByKey, ID: k.ID, Name: k.Name, Role: k.Role, Permissions: of, Intakes: k.Intakes}
}

// keyInForce is who a key is that has not expired.
func (a *Access) keyInForce(ctx context.Context, id int64) (*Identity, error) {
	k, err := scanKey(a.db.Reader.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM api_key WHERE id = ?`, id).Scan)
	if err != nil {
		return nil, err
	}
	if !k.Expires.IsZero() && !a.now().Before(k.Expires) {
		return nil, ErrNotFound
	}
	return k.identity(), nil
}
