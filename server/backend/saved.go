package backend

import (
	"context"
	"errors"
	"fmt"

	"penstock/saved"
	"penstock/server"
)

// SavedQueries answers for saved queries.
func SavedQueries(q *saved.Queries) server.SavedQueries { return savedQueries{q} }

type savedQueries struct{ queries *saved.Queries }

func savedError(err error) error {
	var mistake *saved.Mistake
	var notOwner *saved.NotOwner
	switch {
	case errors.As(err, &mistake):
		return &server.InputError{Field: mistake.Field, Message: mistake.Message}
	case errors.As(err, &notOwner):
		return &server.ConflictError{Message: "Only " + notOwner.Owner + ", who has shared this query, may change it.", Hint: "Save it under a name of your own."}
	case errors.Is(err, saved.ErrTooMany):
		return &server.ConflictError{Message: err.Error()}
	case errors.Is(err, saved.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return err
}

func (s savedQueries) List(ctx context.Context, who string, kind saved.Kind) ([]server.SavedQuery, error) {
	list, err := s.queries.List(ctx, who, kind)
	out := make([]server.SavedQuery, len(list))
	for i := range list {
		out[i] = server.SavedQuery(list[i])
	}
	return out, savedError(err)
}

func (s savedQueries) Add(ctx context.Context, who string, w server.SavedSearch) (*server.SavedQuery, error) {
	q, err := s.queries.Add(ctx, who, saved.Search(w))
	return (*server.SavedQuery)(q), savedError(err)
}

func (s savedQueries) Replace(ctx context.Context, who string, id int64, w server.SavedSearch) (*server.SavedQuery, error) {
	q, err := s.queries.Replace(ctx, who, id, saved.Search(w))
	return (*server.SavedQuery)(q), savedError(err)
}

func (s savedQueries) Delete(ctx context.Context, who string, id int64) error {
	return savedError(s.queries.Delete(ctx, who, id))
}
