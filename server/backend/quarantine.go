package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"penstock/access"
	"penstock/intake"
	"penstock/quarantine"
	"penstock/server"
)

// Quarantine answers for what could not be decoded; what is replayed goes to the intake that it came by.
func Quarantine(q *quarantine.Quarantine, r Rivers) server.Quarantine {
	return kept{q, replayer{r}}
}

// Rivers are what intakes run on.
type Rivers interface {
	// River is that of an intake, nil while it does not run.
	River(intake string) *intake.River
}

type kept struct {
	quarantine *quarantine.Quarantine
	replayer   quarantine.Replayer
}

type replayer struct{ rivers Rivers }

func (r replayer) Replay(ctx context.Context, i quarantine.Item, body []byte) (quarantine.Outcome, error) {
	if river := r.rivers.River(i.Intake); river != nil {
		o, err := river.Replay(ctx, body, intake.Origin{Hub: i.Hub, Partition: i.Partition, Position: i.Position})
		return quarantine.Outcome(o), err
	}
	return quarantine.Outcome{}, &server.QueryError{
		Message: fmt.Sprintf("The intake %s, by which this came, does not run here.", i.Intake),
		Hint:    "Resume it, or make an intake of that name; or drop the item.",
	}
}

func (k kept) List(ctx context.Context, reason, by string, limit int, after string) (*server.QuarantinePage, error) {
	s := quarantine.Selection{Reason: reason, Intakes: access.Intakes(ctx), Limit: limit}
	if by != "" {
		if !access.From(ctx).Sees(by) {
			return &server.QuarantinePage{}, nil
		}
		s.Intakes = []string{by}
	}
	if after != "" {
		var err error
		if s.Before, err = number(after); err != nil {
			return nil, &server.QueryError{Message: "This is not the next of any page: " + after}
		}
	}
	found, err := k.quarantine.List(ctx, s)
	if err != nil {
		return nil, err
	}
	page := &server.QuarantinePage{}
	if found.Next != 0 {
		page.Next = strconv.FormatInt(found.Next, 10)
	}
	for i := range found.Items {
		page.Items = append(page.Items, itemOf(&found.Items[i]))
	}
	for r, n := range found.Reasons {
		page.Reasons = append(page.Reasons, server.ReasonCount{Reason: r, Count: n})
	}
	slices.SortFunc(page.Reasons, func(a, b server.ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return page, nil
}

func itemOf(i *quarantine.Item) server.QuarantineItem {
	return server.QuarantineItem{
		ID: strconv.FormatInt(i.ID, 10), Time: i.Time, Reason: i.Reason, Detail: i.Detail, Intake: i.Intake, Hub: i.Hub,
		Partition: i.Partition, Sequence: i.Position.Sequence, Index: i.Index, Size: i.Size,
	}
}

// number reads an id; one that is no number is the id of nothing.
func number(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return n, nil
}

// seen is the number of an item, if whoever asks may see it.
func (k kept) seen(ctx context.Context, id string) (int64, error) {
	n, err := number(id)
	if err != nil || len(access.Intakes(ctx)) == 0 {
		return n, err
	}
	item, _, err := k.quarantine.Show(ctx, n)
	if err != nil {
		return 0, notFound(err)
	}
	if !access.From(ctx).Sees(item.Intake) {
		return 0, server.ErrNotFound
	}
	return n, nil
}

func (k kept) Show(ctx context.Context, id string) (*server.QuarantinedBody, error) {
	n, err := number(id)
	if err != nil {
		return nil, err
	}
	item, body, err := k.quarantine.Show(ctx, n)
	if err != nil {
		return nil, notFound(err)
	}
	if !access.From(ctx).Sees(item.Intake) {
		return nil, server.ErrNotFound
	}
	return &server.QuarantinedBody{QuarantineItem: itemOf(item), Body: body}, nil
}

func (k kept) Replay(ctx context.Context, id string) (*server.Replayed, error) {
	n, err := k.seen(ctx, id)
	if err != nil {
		return nil, err
	}
	o, err := k.quarantine.Replay(ctx, n, k.replayer)
	if err != nil {
		return nil, notFound(err)
	}
	return &server.Replayed{Kept: int64(o.Kept), Repeated: int64(o.Repeated), Quarantined: int64(o.Rejected)}, nil
}

func (k kept) Drop(ctx context.Context, id string) error {
	n, err := k.seen(ctx, id)
	if err != nil {
		return err
	}
	return notFound(k.quarantine.Drop(ctx, n))
}

func notFound(err error) error {
	if errors.Is(err, quarantine.ErrNotFound) {
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return err
}
