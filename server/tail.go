package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"penstock/access"
)

const (
	// tailBuffer is how many events wait for a slow reader of a live tail; what comes on top of them is left out and
	// said to be.
	tailBuffer = 512
	// tailBeat keeps proxies from closing a quiet tail, and finds out that a reader has gone.
	tailBeat = 15 * time.Second
)

// TailBeat is sent on a live tail while nothing matches, and when events were left out.
type TailBeat struct {
	Time    time.Time `json:"time"`
	Skipped int64     `json:"skipped" doc:"Events left out since the last beat, because the reader is too slow"`
}

// TailEnd is the last message of a live tail that the server ends.
type TailEnd struct {
	Reason string `json:"reason"`
}

type tailInput struct {
	Query string `query:"q" maxLength:"8192" doc:"Query that events must match; empty: every event"`
}

func (s *Server) registerTail(api huma.API) {
	op := get(access.EventsRead, "tailEvents", "/events/tail", "events", "Events as they become searchable, by server-sent events")
	op.Middlewares = huma.Middlewares{s.gateTail(api)}
	sse.Register(api, op, map[string]any{"message": Event{}, "beat": TailBeat{}, "end": TailEnd{}}, s.tail)
}

// gateTail refuses a tail before its stream begins, while a status can still be sent, and holds a slot for as long as
// it lasts.
func (s *Server) gateTail(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if s.backends.Events == nil {
			_ = huma.WriteErr(api, ctx, http.StatusServiceUnavailable, "This process has no events.")
			return
		}
		if err := s.backends.Events.Check(ctx.Query("q")); err != nil {
			var status huma.StatusError
			if errors.As(s.problem("check a query", err), &status) {
				ctx.SetStatus(status.GetStatus())
				ctx.SetHeader("Content-Type", "application/problem+json")
				_ = api.Marshal(ctx.BodyWriter(), "application/json", status) // whoever asked may be gone
			}
			return
		}
		select {
		case s.tails <- struct{}{}:
			defer func() { <-s.tails }()
			next(ctx)
		default:
			_ = huma.WriteErr(api, ctx, http.StatusServiceUnavailable, "Too many live tails are open; close one and try again.")
		}
	}
}

// tail hands events from the backend to the reader through a bounded queue, so that a slow reader does not hold up the
// lake: what finds the queue full is counted instead.
func (s *Server) tail(ctx context.Context, in *tailInput, send sse.Sender) {
	ctx, cancel := context.WithCancel(ctx)
	queue := make(chan Event, tailBuffer)
	var skipped atomic.Int64
	ended := make(chan error, 1)
	var reading sync.WaitGroup
	reading.Go(func() {
		ended <- s.backends.Events.Tail(ctx, in.Query, func(e Event) error {
			select {
			case queue <- e:
			default:
				skipped.Add(1)
			}
			return ctx.Err()
		})
	})
	reason, err := s.relay(ctx, queue, &skipped, ended, send)
	cancel()
	reading.Wait()
	if err == nil {
		_ = send.Data(TailEnd{reason}) // the reader may be gone
	}
}

// still says whether whoever asked may go on: a tail lasts longer than the session that it was opened by may.
func (s *Server) still(ctx context.Context) bool {
	who := access.From(ctx)
	if s.access == nil || who == nil {
		return true
	}
	ok, err := s.access.Still(ctx, who)
	if err != nil && ctx.Err() == nil {
		s.log.Error("a live tail ends, as it cannot be found out whether its reader may still see it", "error", err)
	}
	return ok
}

// relay sends what is in the queue until the reader is gone (an error), the server stops or the backend ends.
func (s *Server) relay(ctx context.Context, queue <-chan Event, skipped *atomic.Int64, ended <-chan error, send sse.Sender) (string, error) {
	beat := time.NewTicker(tailBeat)
	defer beat.Stop()
	if err := send.Data(TailBeat{Time: time.Now().UTC()}); err != nil {
		return "", err
	}
	for {
		var err error
		select {
		case e := <-queue:
			err = send.Data(e)
		case <-beat.C:
			if !s.still(ctx) {
				return "You are signed out, or your rights have changed.", nil
			}
			err = send.Data(TailBeat{Time: time.Now().UTC(), Skipped: skipped.Swap(0)})
		case failed := <-ended:
			if failed != nil && ctx.Err() == nil {
				s.log.Error("a live tail failed", "error", failed)
			}
			return "The tail ended; the log says why.", ctx.Err()
		case <-s.stopping:
			return "Penstock is stopping.", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if err != nil {
			return "", err
		}
	}
}
