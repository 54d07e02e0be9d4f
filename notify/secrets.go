package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"penstock/secret"
)

// confidential is what of the settings is kept as a secret: the address too, since for Slack and Teams it is all that is
// needed to post.
type confidential struct {
	URL    string `json:"url,omitempty"`
	Secret string `json:"secret,omitempty"`
}

func secretName(target int64) string { return "notify/" + strconv.FormatInt(target, 10) }

// open is the settings with what was kept as a secret. One that is gone leaves the settings without: the target is shown,
// and delivering to it says what is missing.
func (n *Notifier) open(ctx context.Context, id int64, s *Settings) error {
	text, err := n.secrets.Get(ctx, secretName(id))
	if errors.Is(err, secret.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var c confidential
	if err := json.Unmarshal(text, &c); err != nil {
		return fmt.Errorf("read secret %s: %w", secretName(id), err)
	}
	s.URL, s.Secret = c.URL, c.Secret
	return nil
}

// seal keeps what is secret of the settings of a target.
func (n *Notifier) seal(ctx context.Context, tx *sql.Tx, id int64, s *Settings) error {
	text, err := json.Marshal(confidential{s.URL, s.Secret}) //nolint:gosec // it is encrypted right away
	if err != nil {
		return fmt.Errorf("keep secret %s: %w", secretName(id), err)
	}
	return n.secrets.Put(ctx, tx, secretName(id), text)
}

// public is what of the settings may lie in the database as it is.
func (s Settings) public() ([]byte, error) {
	s.URL, s.Secret = "", ""
	return json.Marshal(s) //nolint:gosec // the secrets have just been taken out
}

// SealAll encrypts what versions before have kept as it was. It is to be called once, before Run.
func (n *Notifier) SealAll(ctx context.Context) error {
	targets, err := n.Targets(ctx)
	if err != nil {
		return err
	}
	return n.db.Change(ctx, func(tx *sql.Tx) error {
		for i := range targets {
			t := &targets[i]
			if !t.unsealed {
				continue
			}
			if err := n.seal(ctx, tx, t.ID, &t.Settings); err != nil {
				return err
			}
			settings, err := t.public()
			if err != nil {
				return fmt.Errorf("keep notification target %s: %w", t.Name, err)
			}
			if _, err := tx.ExecContext(ctx, `UPDATE notify_target SET settings = ? WHERE id = ?`, string(settings), t.ID); err != nil {
				return fmt.Errorf("keep notification target %s: %w", t.Name, err)
			}
		}
		return nil
	})
}
