package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// streamWrite is how long a message may take to be written.
const streamWrite = 5 * time.Second

// stream sends server-sent events as the answer of an operation that may be refused before, with a status.
type stream struct {
	to      io.Writer
	control *http.ResponseController // nil: what is written is not flushed
}

func newStream(ctx huma.Context) *stream {
	ctx.SetHeader("Content-Type", "text/event-stream")
	s := &stream{to: ctx.BodyWriter()}
	if w, ok := s.to.(http.ResponseWriter); ok {
		s.control = http.NewResponseController(w)
	}
	return s
}

// send sends one event; an error means that the reader is gone.
func (s *stream) send(event string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("send %s: %w", event, err)
	}
	if s.control != nil {
		if err := s.control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("send %s: %w", event, err)
		}
	}
	if _, err := fmt.Fprintf(s.to, "event: %s\ndata: %s\n\n", event, text); err != nil {
		return fmt.Errorf("send %s: %w", event, err)
	}
	if s.control != nil {
		if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("send %s: %w", event, err)
		}
	}
	return nil
}

// streamOf describes a stream of events with their data.
func streamOf(api huma.API, events map[string]any) *huma.Response {
	var kinds []*huma.Schema
	for _, name := range slices.Sorted(maps.Keys(events)) {
		kinds = append(kinds, &huma.Schema{
			Type: huma.TypeObject, Required: []string{"event", "data"},
			Properties: map[string]*huma.Schema{
				"event": {Type: huma.TypeString, Enum: []any{name}},
				"data":  api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(events[name]), true, name),
			},
		})
	}
	return &huma.Response{
		Description: "Server-sent events",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
			Type: huma.TypeArray, Items: &huma.Schema{OneOf: kinds},
		}}},
	}
}

// endWithServer cancels when the server is to stop; call what it returns when it is no longer needed.
func (s *Server) endWithServer(ctx context.Context, cancel context.CancelFunc) (done func()) {
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	})
	return func() { cancel(); watching.Wait() }
}
