package backend

import (
	"context"
	"errors"
	"fmt"
	"os"

	"penstock/access"
	"penstock/export"
	"penstock/server"
)

// Exports answers for what writes searches to files.
func Exports(x *export.Exports) server.Exports { return exports{x} }

type exports struct{ exports *export.Exports }

func exportError(err error) error {
	var order *export.OrderError
	switch {
	case errors.As(err, &order) && order.Field == "":
		return &server.ConflictError{Message: order.Message}
	case errors.As(err, &order):
		return &server.InputError{Field: order.Field, Message: order.Message}
	case errors.Is(err, export.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case errors.Is(err, export.ErrBusy):
		return &server.ConflictError{Message: export.ErrBusy.Error()}
	case errors.Is(err, export.ErrFull):
		return &server.ConflictError{Message: export.ErrFull.Error()}
	case errors.Is(err, export.ErrNoFile):
		return &server.ConflictError{Message: export.ErrNoFile.Error()}
	}
	return queryError(huntError(err))
}

func (x exports) Start(ctx context.Context, who string, o export.Order) (*server.Export, error) {
	o.Intakes = access.Intakes(ctx) // whatever the caller says
	j, err := x.exports.Start(ctx, who, o)
	return (*server.Export)(j), exportError(err)
}

func (x exports) List(ctx context.Context, who string) ([]server.Export, error) {
	list, err := x.exports.List(ctx, who)
	out := make([]server.Export, len(list))
	for i := range list {
		out[i] = server.Export(list[i])
	}
	return out, exportError(err)
}

func (x exports) Job(ctx context.Context, who string, id int64) (*server.Export, error) {
	j, err := x.exports.Job(ctx, who, id)
	return (*server.Export)(j), exportError(err)
}

func (x exports) Open(ctx context.Context, who string, id int64) (*os.File, *server.Export, error) {
	f, j, err := x.exports.Open(ctx, who, id)
	return f, (*server.Export)(j), exportError(err)
}

func (x exports) Cancel(ctx context.Context, who string, id int64) error {
	return exportError(x.exports.Cancel(ctx, who, id))
}

func (x exports) Delete(ctx context.Context, who string, id int64) error {
	return exportError(x.exports.Delete(ctx, who, id))
}
