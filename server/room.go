package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// room makes the handler of an operation that one backend answers: it says so when the process does not have it, and
// translates the errors.
func room[B, I, O any](s *Server, backend B, what, doing string, ask func(context.Context, B, *I) (O, error)) func(context.Context, *I) (*output[O], error) {
	return func(ctx context.Context, in *I) (*output[O], error) {
		if absent(backend) {
			return nil, missing(what)
		}
		answer, err := ask(ctx, backend, in)
		if err != nil {
			return nil, s.problem(doing, err)
		}
		return &output[O]{answer}, nil
	}
}

// absent says whether a process does not have a backend, be it an interface or a pointer.
func absent[B any](backend B) bool {
	var none B
	return any(backend) == any(none)
}

// deed is a room whose operation answers nothing.
func deed[B, I any](s *Server, backend B, what, doing string, act func(context.Context, B, *I) error) func(context.Context, *I) (*struct{}, error) {
	return func(ctx context.Context, in *I) (*struct{}, error) {
		if absent(backend) {
			return nil, missing(what)
		}
		if err := act(ctx, backend, in); err != nil {
			return nil, s.problem(doing, err)
		}
		return nil, nil
	}
}

// change describes an operation that changes something, and what whoever asks for it must be allowed to.
func change(needs access.Permission, method, id, path, tag, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Tags: []string{tag},
		Metadata: map[string]any{needsKey: needs}, Extensions: map[string]any{needsExtension: needs},
	}
}

// quietly describes one that changes something and answers nothing.
func quietly(needs access.Permission, method, id, path, tag, summary string) huma.Operation {
	op := change(needs, method, id, path, tag, summary)
	op.DefaultStatus = http.StatusNoContent
	return op
}
