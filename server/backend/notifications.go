package backend

import (
	"context"
	"errors"
	"fmt"

	"penstock/notify"
	"penstock/server"
)

// Notifications answers for those who are told of alerts.
func Notifications(n *notify.Notifier) server.Notifications { return notifications{n} }

type notifications struct{ notifier *notify.Notifier }

// fieldNames are the API's names of settings, where they differ.
var fieldNames = map[string]string{"per_minute": "perMinute", "min_urgency": "minUrgency"}

func notifyError(err error) error {
	var mistake *notify.Mistake
	switch {
	case errors.As(err, &mistake):
		field := mistake.Field
		if name, ok := fieldNames[field]; ok {
			field = name
		}
		return &server.InputError{Field: field, Message: field + ": " + mistake.Message}
	case errors.Is(err, notify.ErrSameName):
		return &server.InputError{Field: "name", Message: err.Error()}
	case errors.Is(err, notify.ErrNoTarget), errors.Is(err, notify.ErrNoDelivery):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return err
}

// targetOf is what may be shown of a target: no secrets, and of an address only where it leads, since it may be all that is
// needed to post there.
func targetOf(t *notify.Target) server.NotificationTarget {
	out := server.NotificationTarget{
		ID: t.ID, Changed: t.Changed, URLSet: t.URL != "", SecretSet: t.Secret != "",
		TargetSettings: server.TargetSettings{
			Name: t.Name, Kind: string(t.Kind), Enabled: t.Enabled, URL: t.Address(), SMTP: t.SMTP, Encryption: t.Encryption, Username: t.Username, From: t.From,
			To: t.To, Changes: t.Changes, MinUrgency: t.MinUrgency, Subject: t.Subject, Body: t.Body, PerMinute: t.PerMinute,
		},
	}
	return out
}

func (n notifications) Targets(ctx context.Context) ([]server.NotificationTarget, error) {
	targets, err := n.notifier.Targets(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]server.NotificationTarget, len(targets))
	for i := range targets {
		list[i] = targetOf(&targets[i])
	}
	return list, nil
}

func (n notifications) Save(ctx context.Context, id int64, s *server.TargetSettings) (*server.NotificationTarget, error) {
	t := &notify.Target{
		ID: id, Name: s.Name, Kind: notify.Kind(s.Kind), Enabled: s.Enabled,
		Settings: notify.Settings{
			URL: s.URL, Secret: s.Secret, SMTP: s.SMTP, Encryption: s.Encryption, Username: s.Username, From: s.From, To: s.To,
			Changes: s.Changes, MinUrgency: s.MinUrgency, Subject: s.Subject, Body: s.Body, PerMinute: s.PerMinute,
		},
	}
	if err := n.notifier.Save(ctx, t); err != nil {
		return nil, notifyError(err)
	}
	out := targetOf(t)
	if id == 0 && s.Secret == "" && t.Kind == notify.Webhook {
		out.Secret = t.Secret // it was made just now, and whoever checks signatures needs it
	}
	return &out, nil
}

func (n notifications) Delete(ctx context.Context, id int64) error {
	return notifyError(n.notifier.Delete(ctx, id))
}

func (n notifications) Test(ctx context.Context, id int64) (string, error) {
	if _, err := n.notifier.Target(ctx, id); err != nil {
		return "", notifyError(err)
	}
	if err := n.notifier.Test(ctx, id); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return err.Error(), nil //nolint:nilerr // that it was not taken is the answer
	}
	return "", nil
}

func (n notifications) Deliveries(ctx context.Context, target int64, state string, limit int) ([]server.Delivery, error) {
	deliveries, err := n.notifier.Deliveries(ctx, target, state, limit)
	if err != nil {
		return nil, notifyError(err)
	}
	list := make([]server.Delivery, len(deliveries))
	for i, d := range deliveries {
		list[i] = server.Delivery{
			ID: d.ID, Target: d.Target, Alert: d.Alert, Kind: d.Kind, State: d.State, Attempts: d.Attempts, Created: d.Created, Ended: moment(d.Ended), Problem: d.Problem,
		}
		if d.State == notify.Pending {
			list[i].Due = moment(d.Due)
		}
	}
	return list, nil
}

func (n notifications) Retry(ctx context.Context, id int64) error {
	return notifyError(n.notifier.Retry(ctx, id))
}
