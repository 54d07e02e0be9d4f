package catalogue

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Change is an entry of the history.
type Change struct {
	ID   int64
	Rule string // empty: of the whole pack
	Pack string
	Time time.Time
	By   By
	// What was changed: enabled, level, note, similarity, window, limit, text, created, removed, returned, exception; of a pack: installed,
	// uninstalled, policy.
	What     string
	Old, New string
	Detail   string // in words, what is different
	Text     string // the YAML that was replaced, where it was; only told by History
}

func writeHistory(ctx context.Context, tx *sql.Tx, list []Change) error {
	for i := range list {
		h := &list[i]
		var text *string
		if h.Text != "" {
			text = &h.Text
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO rule_history (rule, pack, time, who, what, old, new, reason, detail, text) VALUES (?,?,?,?,?,?,?,?,?,?)`,
			h.Rule, h.Pack, h.Time.UnixMilli(), h.By.Who, h.What, h.Old, h.New, h.By.Reason, h.Detail, text)
		if err != nil {
			return err
		}
	}
	return nil
}

// maxHistory is how many entries of the history one answer has at most.
const maxHistory = 500

// History tells the changes of a rule, or of everything where rule is empty, newest first, from before the entry with the
// id before (0: from the newest).
func (c *Catalogue) History(ctx context.Context, rule string, before int64, limit int) ([]Change, error) {
	if limit <= 0 || limit > maxHistory {
		limit = maxHistory
	}
	var list []Change
	err := c.rows(ctx, func(rows *sql.Rows) error {
		var h Change
		var at int64
		var text sql.NullString
		if err := rows.Scan(&h.ID, &h.Rule, &h.Pack, &at, &h.By.Who, &h.What, &h.Old, &h.New, &h.By.Reason, &h.Detail, &text); err != nil {
			return err
		}
		h.Time, h.Text = time.UnixMilli(at).UTC(), text.String
		list = append(list, h)
		return nil
	}, `SELECT id, rule, pack, time, who, what, old, new, reason, detail, text FROM rule_history
		WHERE (?1 = '' OR rule = ?1) AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3`, rule, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history of the rules: %w", err)
	}
	return list, nil
}

// difference names the keys of a rule that two texts of it say differently.
func difference(old, fresh []byte) string {
	a, okA := keysOf(old)
	b, okB := keysOf(fresh)
	if !okA || !okB {
		return "the text"
	}
	var changed []string
	for key, text := range a {
		if other, ok := b[key]; !ok {
			changed = append(changed, key+" is gone")
		} else if other != text {
			changed = append(changed, key)
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			changed = append(changed, key+" is new")
		}
	}
	slices.Sort(changed)
	if len(changed) == 0 {
		return "only comments and layout"
	}
	return strings.Join(changed, ", ")
}

// keysOf is the keys of a document, each with its value as text.
func keysOf(text []byte) (map[string]string, bool) {
	var doc yaml.MapSlice
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil {
		return nil, false
	}
	keys := make(map[string]string, len(doc))
	for _, item := range doc {
		keys[fmt.Sprint(item.Key)] = fmt.Sprint(item.Value)
	}
	return keys, true
}
