package notify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// States of a delivery.
const (
	Pending = "pending"
	Sent    = "sent"
	Failed  = "failed"  // the target refused it, or did not take it in time
	Dropped = "dropped" // more were waiting than are kept
)

const (
	changesAtOnce = 500
	dueAtOnce     = 100             // alerts of one message at most
	maxWaiting    = 1000            // for one target
	firstPause    = 5 * time.Second // before the second attempt; it doubles up to
	longestPause  = 15 * time.Minute
)

// Run turns changes into deliveries and delivers, until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	tick := time.NewTicker(n.options.Interval)
	defer tick.Stop()
	swept := time.Time{}
	for {
		if err := n.round(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("notifications: tried again", "error", err)
		}
		if time.Since(swept) > time.Hour {
			swept = time.Now()
			_, err := n.db.Writer.ExecContext(ctx, `DELETE FROM notify_delivery WHERE ended < ?`, swept.Add(-n.options.Keep).UnixMilli())
			if err != nil && ctx.Err() == nil {
				n.log.Error("old notifications are not deleted", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round does once what there is to do.
func (n *Notifier) round(ctx context.Context) error {
	targets, err := n.Targets(ctx)
	if err != nil {
		return err
	}
	for more := true; more; {
		if more, err = n.take(ctx, targets); err != nil {
			return err
		}
	}
	// A target that hangs holds up no other.
	var g errgroup.Group
	for i := range targets {
		if t := &targets[i]; t.Enabled {
			if n.pace[t.ID] == nil {
				n.pace[t.ID] = new(pace)
			}
			p := n.pace[t.ID]
			g.Go(func() error { return n.deliver(ctx, t, p) })
		}
	}
	return g.Wait()
}

// take makes deliveries of changes that are new, and tells whether there may be more.
func (n *Notifier) take(ctx context.Context, targets []Target) (more bool, err error) {
	var after int64
	if err := n.db.Reader.QueryRowContext(ctx, `SELECT change FROM notify_cursor`).Scan(&after); err != nil {
		return false, fmt.Errorf("read the cursor of notifications: %w", err)
	}
	changes, err := n.alerts.Changes(ctx, after, changesAtOnce)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	urgency := make(map[string]int)
	for _, c := range changes {
		wanted := slices.ContainsFunc(targets, func(t Target) bool { return t.takes(c.Kind) })
		if _, known := urgency[c.Alert]; known || !wanted {
			continue
		}
		a, err := n.alerts.Alert(ctx, c.Alert)
		switch {
		case err == nil:
			urgency[c.Alert] = a.Urgency
		case errors.Is(err, ErrNoAlert):
			urgency[c.Alert] = -1
		default:
			return false, err
		}
	}
	now := time.Now().UnixMilli()
	err = n.db.Change(ctx, func(tx *sql.Tx) error {
		for _, c := range changes {
			for i := range targets {
				t := &targets[i]
				if !t.takes(c.Kind) || urgency[c.Alert] < t.MinUrgency {
					continue
				}
				// The target may have been deleted since.
				_, err := tx.ExecContext(ctx, `INSERT INTO notify_delivery (target, change, alert, kind, state, created, due)
					SELECT ?,?,?,?,?,?,? WHERE EXISTS (SELECT 1 FROM notify_target WHERE id = ?) ON CONFLICT DO NOTHING`,
					t.ID, c.ID, c.Alert, c.Kind, Pending, now, now, t.ID)
				if err != nil {
					return fmt.Errorf("keep a notification: %w", err)
				}
			}
		}
		for i := range targets {
			_, err := tx.ExecContext(ctx, `UPDATE notify_delivery SET state = ?, ended = ?, problem = ? WHERE id IN
				(SELECT id FROM notify_delivery WHERE target = ? AND state = ? ORDER BY id DESC LIMIT -1 OFFSET ?)`,
				Dropped, now, fmt.Sprintf("more than %d were waiting for this target", maxWaiting), targets[i].ID, Pending, maxWaiting)
			if err != nil {
				return fmt.Errorf("bound the notifications: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE notify_cursor SET change = ?`, changes[len(changes)-1].ID)
		return err
	})
	return len(changes) == changesAtOnce, err
}

// takes reports whether a target is to be told of changes of that kind.
func (t *Target) takes(kind string) bool {
	return t.Enabled && (len(t.Changes) == 0 || slices.Contains(t.Changes, kind))
}

// pace counts the messages of the last minute.
type pace struct{ sent []time.Time }

// left is how many messages may be sent now.
func (p *pace) left(now time.Time, most int) int {
	p.sent = slices.DeleteFunc(p.sent, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	return most - len(p.sent)
}

type delivery struct {
	id       int64
	alert    string
	kind     string
	attempts int
	created  time.Time
}

// deliver sends what is due for a target: a message each as long as its rate allows, and the rest in one.
func (n *Notifier) deliver(ctx context.Context, t *Target, p *pace) error {
	left := p.left(time.Now(), t.PerMinute)
	if left <= 0 {
		return nil
	}
	due, err := n.due(ctx, t.ID)
	if err != nil || len(due) == 0 {
		return err
	}
	for len(due) > 0 && left > 0 && ctx.Err() == nil {
		count := 1
		if left == 1 {
			count = len(due)
		}
		now := time.Now()
		m, those, err := n.compose(ctx, t, due[:count], now)
		if err != nil {
			return err
		}
		if due = due[count:]; m == nil {
			continue
		}
		left--
		p.sent = append(p.sent, now)
		problem := n.senders[t.Kind].send(ctx, t, m)
		if err := n.record(ctx, t, those, problem); err != nil || problem != nil {
			return err // the rest waits for the next round: a target that is down is not asked again and again
		}
	}
	return nil
}

func (n *Notifier) due(ctx context.Context, target int64) ([]delivery, error) {
	rows, err := n.db.Reader.QueryContext(ctx, `SELECT id, alert, kind, attempts, created FROM notify_delivery
		WHERE target = ? AND state = ? AND due <= ? ORDER BY id LIMIT ?`, target, Pending, time.Now().UnixMilli(), dueAtOnce)
	if err != nil {
		return nil, fmt.Errorf("list what is to be sent: %w", err)
	}
	defer rows.Close()
	var list []delivery
	for rows.Next() {
		var d delivery
		var created int64
		if err := rows.Scan(&d.id, &d.alert, &d.kind, &d.attempts, &created); err != nil {
			return nil, fmt.Errorf("list what is to be sent: %w", err)
		}
		d.created = time.UnixMilli(created)
		list = append(list, d)
	}
	return list, rows.Err()
}

// compose writes one message of some deliveries, and tells which of them are in it; no message where there is nothing to
// say any more.
func (n *Notifier) compose(ctx context.Context, t *Target, list []delivery, now time.Time) (*message, []delivery, error) {
	var alerts []*Alert
	var those []delivery
	for _, d := range list {
		a, err := n.alerts.Alert(ctx, d.alert)
		if errors.Is(err, ErrNoAlert) {
			if err := n.end(ctx, []delivery{d}, Dropped, "the alert is gone"); err != nil {
				return nil, nil, err
			}
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		a.Change = d.kind
		alerts, those = append(alerts, a), append(those, d)
	}
	if len(alerts) == 0 {
		return nil, nil, nil
	}
	id := fmt.Sprintf("penstock-%d-%d", t.ID, those[0].id)
	if len(alerts) > 1 {
		return several(id, now, alerts), those, nil
	}
	write, err := newMessages(t)
	if err != nil {
		return nil, nil, n.end(ctx, those, Failed, err.Error())
	}
	m, err := write.one(id, now, alerts[0])
	if err != nil {
		return nil, nil, n.end(ctx, those, Failed, err.Error())
	}
	return m, those, nil
}

// record writes down what came of an attempt. When the process ends before, the message is sent again.
func (n *Notifier) record(ctx context.Context, t *Target, list []delivery, problem error) error {
	ctx = context.WithoutCancel(ctx)
	if problem == nil {
		n.metrics.deliveries.WithLabelValues(string(t.Kind), Sent).Add(float64(len(list)))
		return n.end(ctx, list, Sent, "")
	}
	n.metrics.deliveries.WithLabelValues(string(t.Kind), Failed).Add(float64(len(list)))
	n.log.Warn("a notification was not delivered", "target", t.Name, "kind", t.Kind, "error", problem)
	var no *refused
	var ended, again []delivery
	for _, d := range list {
		if errors.As(problem, &no) || time.Since(d.created) > n.options.GiveUp {
			ended = append(ended, d)
		} else {
			again = append(again, d)
		}
	}
	if err := n.end(ctx, ended, Failed, problem.Error()); err != nil {
		return err
	}
	for _, d := range again {
		pause := min(firstPause<<min(d.attempts, 10), longestPause)
		_, err := n.db.Writer.ExecContext(ctx, `UPDATE notify_delivery SET attempts = attempts + 1, due = ?, problem = ? WHERE id = ?`,
			time.Now().Add(pause).UnixMilli(), shorten(problem.Error(), 500), d.id)
		if err != nil {
			return fmt.Errorf("put off a notification: %w", err)
		}
	}
	return nil
}

func (n *Notifier) end(ctx context.Context, list []delivery, state, problem string) error {
	for _, d := range list {
		_, err := n.db.Writer.ExecContext(ctx, `UPDATE notify_delivery SET state = ?, attempts = attempts + 1, ended = ?, problem = ? WHERE id = ?`,
			state, time.Now().UnixMilli(), shorten(problem, 500), d.id)
		if err != nil {
			return fmt.Errorf("record a notification: %w", err)
		}
	}
	return nil
}

// Test sends a message that says it is a test, at once, and returns what came of it.
func (n *Notifier) Test(ctx context.Context, id int64) error {
	t, err := n.Target(ctx, id)
	if err != nil {
		return err
	}
	write, err := newMessages(t)
	if err != nil {
		return err
	}
	now := time.Now()
	m, err := write.one(fmt.Sprintf("penstock-test-%d-%d", t.ID, now.UnixNano()), now, sample())
	if err != nil {
		return err
	}
	return n.senders[t.Kind].send(ctx, t, m)
}

// Delivery is what was, or is to be, sent to a target.
type Delivery struct {
	ID, Target, Change int64
	Alert, Kind, State string
	Attempts           int
	Created, Due       time.Time
	Ended              time.Time // zero while it is pending
	Problem            string    // of the last attempt
}

// Deliveries to a target (0: to all), newest first, 1000 at most; in one state unless that is empty.
func (n *Notifier) Deliveries(ctx context.Context, target int64, state string, limit int) ([]Delivery, error) {
	rows, err := n.db.Reader.QueryContext(ctx, `SELECT id, target, change, alert, kind, state, attempts, created, due, ifnull(ended, 0), problem
		FROM notify_delivery WHERE (? = 0 OR target = ?) AND (? = '' OR state = ?) ORDER BY id DESC LIMIT ?`, target, target, state, state, max(1, min(limit, 1000)))
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	defer rows.Close()
	var list []Delivery
	for rows.Next() {
		var d Delivery
		var created, due, ended int64
		if err := rows.Scan(&d.ID, &d.Target, &d.Change, &d.Alert, &d.Kind, &d.State, &d.Attempts, &created, &due, &ended, &d.Problem); err != nil {
			return nil, fmt.Errorf("list notifications: %w", err)
		}
		d.Created, d.Due = time.UnixMilli(created), time.UnixMilli(due)
		if ended != 0 {
			d.Ended = time.UnixMilli(ended)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Retry puts a delivery that has failed or was dropped back in line; ErrNoDelivery where it is none.
func (n *Notifier) Retry(ctx context.Context, id int64) error {
	now := time.Now().UnixMilli()
	result, err := n.db.Writer.ExecContext(ctx, `UPDATE notify_delivery SET state = ?, attempts = 0, created = ?, due = ?, ended = NULL WHERE id = ? AND state IN (?, ?)`,
		Pending, now, now, id, Failed, Dropped)
	if err != nil {
		return fmt.Errorf("send notification %d again: %w", id, err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return errors.Join(ErrNoDelivery, err)
	}
	return nil
}
