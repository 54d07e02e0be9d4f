package backend

import (
	"context"
	"errors"
	"time"

	"penstock/lake"
	"penstock/retention"
	"penstock/server"
)

// Retention answers for what is kept of events.
func Retention(k *retention.Keeper) server.Retention { return keeps{k} }

type keeps struct{ keeper *retention.Keeper }

const whyFixed = "lake.retention in penstock.yaml says for how long events are kept. Change it there, or take it out to change it here; the changed file is taken over at once."

func retentionError(err error) error {
	var beyond *retention.RangeError
	switch {
	case errors.As(err, &beyond):
		return &server.InputError{Field: beyond.Field, Message: beyond.Message}
	case errors.Is(err, retention.ErrFixed):
		return &server.ConflictError{Message: whyFixed}
	}
	return err
}

func keepingOf(r lake.Retention) server.Keeping {
	return server.Keeping{MaxAgeDays: r.MaxAge.Hours() / 24, MaxBytes: r.MaxBytes}
}

func retentionOf(k server.Keeping) lake.Retention {
	return lake.Retention{MaxAge: time.Duration(k.MaxAgeDays * 24 * float64(time.Hour)).Round(time.Second), MaxBytes: k.MaxBytes}
}

func settingOf(s retention.Setting) server.RetentionSetting {
	out := server.RetentionSetting{Keeping: keepingOf(s.Retention), Usual: keepingOf(s.Usual), Who: s.Who, Changed: moment(s.Changed)}
	if s.Fixed {
		out.Fixed = whyFixed
	}
	return out
}

func (k keeps) Setting() server.RetentionSetting { return settingOf(k.keeper.Setting()) }

func (k keeps) Preview(want server.Keeping) (*server.RetentionPreview, error) {
	r := retentionOf(want)
	if err := retention.Check(r); err != nil {
		return nil, retentionError(err)
	}
	d := k.keeper.Drops(r)
	return &server.RetentionPreview{Segments: d.Segments, Events: d.Events, Bytes: d.Bytes, Left: d.Left, Oldest: moment(d.Oldest)}, nil
}

func (k keeps) Set(ctx context.Context, who string, want server.Keeping) (*server.RetentionSetting, error) {
	s, err := k.keeper.Set(ctx, who, retentionOf(want))
	if err != nil {
		return nil, retentionError(err)
	}
	out := settingOf(s)
	return &out, nil
}

func (k keeps) Reset(ctx context.Context) (*server.RetentionSetting, error) {
	s, err := k.keeper.Reset(ctx)
	if err != nil {
		return nil, retentionError(err)
	}
	out := settingOf(s)
	return &out, nil
}
