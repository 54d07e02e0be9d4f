package notify

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is what a target is.
type Kind string

// The kinds of targets.
const (
	Webhook Kind = "webhook"
	Email   Kind = "email"
	Slack   Kind = "slack"
	Teams   Kind = "teams"
)

// Target is where notifications go.
type Target struct {
	ID      int64
	Name    string
	Kind    Kind
	Enabled bool
	Changed time.Time
	Settings

	unsealed bool // its secrets lie in the database as they are
}

// Settings of a target. The address and the secret lie encrypted in the database, the others as they are.
type Settings struct {
	URL        string   `json:"url,omitempty"`         // webhook, Slack, Teams: a secret, since it may be all that is needed to post; see Address
	Secret     string   `json:"secret,omitempty"`      // webhook: the key that signs, whsec_ and base64; email: the password
	SMTP       string   `json:"smtp,omitempty"`        // email: host:port
	Encryption string   `json:"encryption,omitempty"`  // email: starttls (the default), tls, none
	Username   string   `json:"username,omitempty"`    // email
	From       string   `json:"from,omitempty"`        // email
	To         []string `json:"to,omitempty"`          // email
	Changes    []string `json:"changes,omitempty"`     // which to tell of; all when empty
	MinUrgency int      `json:"min_urgency,omitempty"` // alerts of less are not told of
	Subject    string   `json:"subject,omitempty"`     // template; the default when empty
	Body       string   `json:"body,omitempty"`        // template; the default when empty
	PerMinute  int      `json:"per_minute,omitempty"`  // messages at most; beyond, alerts wait and come together in one message; 10
}

const (
	maxTargets    = 100
	maxRecipients = 50
	maxURL        = 2048
	defaultRate   = 10
	maxRate       = 600
)

// Mistake is what is wrong with the settings of a target.
type Mistake struct{ Field, Message string }

func (m *Mistake) Error() string { return m.Field + ": " + m.Message }

// check fills in defaults and says what is wrong.
func (t *Target) check() error {
	if t.Name = strings.TrimSpace(t.Name); t.Name == "" || len(t.Name) > 100 {
		return &Mistake{"name", "expected a name of 1 to 100 letters"}
	}
	if t.PerMinute == 0 {
		t.PerMinute = defaultRate
	}
	if t.PerMinute < 1 || t.PerMinute > maxRate {
		return &Mistake{"per_minute", fmt.Sprintf("expected 1 to %d messages a minute", maxRate)}
	}
	if t.MinUrgency < 0 || t.MinUrgency > 100 {
		return &Mistake{"min_urgency", "expected 0 to 100"}
	}
	for _, c := range t.Changes {
		if !slices.Contains([]string{Created, Reopened, Escalated}, c) {
			return &Mistake{"changes", fmt.Sprintf("%q is none; expected %s, %s or %s", c, Created, Reopened, Escalated)}
		}
	}
	if _, err := newMessages(t); err != nil {
		return err
	}
	switch t.Kind {
	case Webhook:
		if err := checkSecret(&t.Secret); err != nil {
			return err
		}
		return checkURL(t.URL)
	case Slack, Teams:
		return checkURL(t.URL)
	case Email:
		return t.checkEmail()
	}
	return &Mistake{"kind", fmt.Sprintf("%q is none; expected webhook, email, slack or teams", t.Kind)}
}

const (
	cut       = "…" // stands for what Address leaves out
	shown     = 2   // letters of the path that Address shows
	longShown = 8   // of a path of so many
)

// Address is as much of the URL as anybody may see: where it leads, and a few letters by which its owner knows it. Empty where
// there is none.
func (t *Target) Address() string {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	rest := strings.TrimPrefix(u.EscapedPath(), "/")
	if rest == "" && u.RawQuery == "" && u.Fragment == "" {
		return t.URL
	}
	if len(rest) < longShown {
		rest = ""
	}
	return u.Scheme + "://" + u.Host + "/" + rest[:min(shown, len(rest))] + cut
}

// checkURL wants TLS unless the address is this machine's: what is sent is for few eyes.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || len(text) > maxURL {
		return &Mistake{"url", "expected an address such as https://hooks.example.com/alerts"} // not the error: it would show the address
	}
	if strings.Contains(text, cut) {
		return &Mistake{"url", "expected the whole address: what stands for the letters that are not shown is no part of it"}
	}
	if u.User != nil {
		return &Mistake{"url", "expected no user or password in the address"}
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return &Mistake{"url", "expected https; http is taken for this machine only (127.0.0.1, localhost)"}
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

const secretPrefix = "whsec_"

// checkSecret makes a key where there is none.
func checkSecret(secret *string) error {
	if *secret == "" {
		var key [32]byte
		rand.Read(key[:]) //nolint:errcheck // it never fails
		*secret = secretPrefix + base64.StdEncoding.EncodeToString(key[:])
		return nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(*secret, secretPrefix))
	if err != nil || len(key) < 16 || len(key) > 64 {
		return &Mistake{"secret", "expected whsec_ and 16 to 64 bytes in base64; leave it empty, and one is made"}
	}
	return nil
}

func (t *Target) checkEmail() error {
	host, port, err := net.SplitHostPort(t.SMTP)
	if n, portErr := strconv.Atoi(port); err != nil || host == "" || portErr != nil || n < 1 || n > 65535 {
		return &Mistake{"smtp", "expected host and port, mail.example.com:587"}
	}
	if t.Encryption == "" {
		t.Encryption = "starttls"
	}
	if !slices.Contains([]string{"starttls", "tls", "none"}, t.Encryption) {
		return &Mistake{"encryption", "expected starttls, tls or none"}
	}
	if t.Username != "" && t.Secret == "" {
		return &Mistake{"secret", "expected the password of the user; enter it again when the server or the user changes"}
	}
	if t.Encryption == "none" && t.Username != "" && !isLoopback(host) {
		return &Mistake{"encryption", "a password is not sent without encryption; choose starttls or tls"}
	}
	if _, err := mail.ParseAddress(t.From); err != nil {
		return &Mistake{"from", "expected an e-mail address"}
	}
	if len(t.To) == 0 || len(t.To) > maxRecipients {
		return &Mistake{"to", fmt.Sprintf("expected 1 to %d e-mail addresses", maxRecipients)}
	}
	for _, to := range t.To {
		if _, err := mail.ParseAddress(to); err != nil {
			return &Mistake{"to", fmt.Sprintf("%q is no e-mail address", to)}
		}
	}
	return nil
}

// Targets are all that there are, by name, with their secrets: whoever shows them leaves those out.
func (n *Notifier) Targets(ctx context.Context) ([]Target, error) {
	rows, err := n.db.Reader.QueryContext(ctx, `SELECT id, name, kind, enabled, settings, changed FROM notify_target ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list notification targets: %w", err)
	}
	defer rows.Close()
	var list []Target
	for rows.Next() {
		var t Target
		var settings []byte
		var changed int64
		if err := rows.Scan(&t.ID, &t.Name, &t.Kind, &t.Enabled, &settings, &changed); err != nil {
			return nil, fmt.Errorf("list notification targets: %w", err)
		}
		if err := json.Unmarshal(settings, &t.Settings); err != nil {
			return nil, fmt.Errorf("read the settings of notification target %s: %w", t.Name, err)
		}
		t.Changed = time.UnixMilli(changed)
		t.unsealed = t.URL != "" || t.Secret != ""
		list = append(list, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list notification targets: %w", err)
	}
	for i := range list {
		if t := &list[i]; !t.unsealed {
			if err := n.open(ctx, t.ID, &t.Settings); err != nil {
				return nil, fmt.Errorf("read notification target %s: %w", t.Name, err)
			}
		}
	}
	return list, nil
}

// Target finds one; ErrNoTarget where there is none.
func (n *Notifier) Target(ctx context.Context, id int64) (*Target, error) {
	list, err := n.Targets(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].ID == id {
			return &list[i], nil
		}
	}
	return nil, ErrNoTarget
}

// Save keeps a target: a new one where its ID is 0, which it gets then. Secrets that are empty stay as they were,
// but for a password when its server changes, and so does a URL of which only the Address is given. The error is a *Mistake
// where a setting is wrong.
func (n *Notifier) Save(ctx context.Context, t *Target) error {
	var old *Target
	if t.ID != 0 {
		var err error
		if old, err = n.Target(ctx, t.ID); err != nil {
			return err
		}
		if old.Kind == t.Kind && (t.URL == "" || t.URL == old.Address()) {
			t.URL = old.URL
		}
		// A password is not sent to a server that somebody else has named.
		if old.Kind == t.Kind && t.Secret == "" && old.SMTP == t.SMTP && old.Username == t.Username {
			t.Secret = old.Secret
		}
	}
	if err := t.check(); err != nil {
		return err
	}
	settings, err := t.public()
	if err != nil {
		return fmt.Errorf("keep notification target %s: %w", t.Name, err)
	}
	t.Changed = time.Now()
	return n.db.Change(ctx, func(tx *sql.Tx) error {
		var same, all int
		err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = ? AND id <> ?) FROM notify_target`, t.Name, t.ID).Scan(&all, &same)
		switch {
		case err != nil:
			return fmt.Errorf("keep notification target %s: %w", t.Name, err)
		case same > 0:
			return ErrSameName
		case old == nil && all >= maxTargets:
			return &Mistake{"name", fmt.Sprintf("there are %d targets already, and no more can be made; delete one first", all)}
		case old != nil:
			_, err = tx.ExecContext(ctx, `UPDATE notify_target SET name = ?, kind = ?, enabled = ?, settings = ?, changed = ? WHERE id = ?`,
				t.Name, t.Kind, t.Enabled, string(settings), t.Changed.UnixMilli(), t.ID)
			if err != nil {
				return err
			}
			return n.seal(ctx, tx, t.ID, &t.Settings)
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO notify_target (name, kind, enabled, settings, changed) VALUES (?,?,?,?,?)`,
			t.Name, t.Kind, t.Enabled, string(settings), t.Changed.UnixMilli())
		if err != nil {
			return err
		}
		if t.ID, err = result.LastInsertId(); err != nil {
			return err
		}
		return n.seal(ctx, tx, t.ID, &t.Settings)
	})
}

// Delete takes a target away, with the record of what was delivered to it.
func (n *Notifier) Delete(ctx context.Context, id int64) error {
	return n.db.Change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM notify_target WHERE id = ?`, id)
		if err != nil {
			return fmt.Errorf("delete notification target %d: %w", id, err)
		}
		if rows, err := result.RowsAffected(); err != nil || rows == 0 {
			return errors.Join(ErrNoTarget, err)
		}
		return n.secrets.Delete(ctx, tx, secretName(id))
	})
}
