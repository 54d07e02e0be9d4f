package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Push takes in what programs send with an intake key. It lets them in itself: of sessions and API keys it knows nothing,
// and those of the server open nothing there.
type Push interface {
	// Takes says whether a request is one that brings events.
	Takes(r *http.Request) bool
	// Push answers such a request; from is the address that it comes from.
	Push(w http.ResponseWriter, r *http.Request, from string)
}

const (
	// pushRead is how long a sender may take to send a body, which is larger than those of the API.
	pushRead = time.Minute
	// pushAnswer is how long an answer may take beyond.
	pushAnswer = 30 * time.Second
)

// isPush says whether a request brings events. Whoever calls the server by what name is of no concern there: a browser
// has no intake key that a hostile page could use.
func (s *Server) isPush(r *http.Request) bool {
	return s.options.Push != nil && s.options.Push.Takes(r)
}

// pushHere says whether events come where the page is.
func (s *Server) pushHere() bool { return s.options.PushAddress == "" }

func (s *Server) push(w http.ResponseWriter, r *http.Request) {
	from := s.address(r)
	if !s.limits.push.allow(from) {
		w.Header().Set("Retry-After", "1")
		writeJSONProblem(w, http.StatusTooManyRequests, "Too many requests come from this address; send more events in each, and wait a moment.")
		return
	}
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(pushRead)) // where it cannot be set, that of the server holds
	_ = c.SetWriteDeadline(time.Now().Add(pushRead + pushAnswer))
	s.options.Push.Push(w, r, from)
}

// pushHandler answers where nothing but events is taken.
func (s *Server) pushHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.setHeaders(w, r)
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		switch {
		case len(r.URL.RequestURI()) > maxTarget:
			writeJSONProblem(sw, http.StatusRequestURITooLong, "The address of the request is longer than 16 KiB.")
		case s.isPush(r):
			s.push(sw, r)
		case r.URL.Path == "/healthz":
			writeText(sw, http.StatusOK, "ok\n")
		default:
			writeJSONProblem(sw, http.StatusNotFound, "Events are sent here by POST, to / /batch /array /plain /plain/batch or /jsons.")
		}
		s.metrics.observe(r, sw.status, time.Since(began))
	})
}

// ListenPush opens the address that events alone are sent to; nil: there is none, and they come where the page is.
func (s *Server) ListenPush(ctx context.Context) (net.Listener, error) {
	if s.options.PushAddress == "" {
		return nil, nil
	}
	return s.listen(ctx, s.options.PushAddress, "server.push.listen")
}

// ServePush is Serve for the address that events alone are sent to.
func (s *Server) ServePush(ctx context.Context, l net.Listener) error {
	return s.serve(ctx, l, s.pushHandler(), func() {})
}

// checkPushExposure refuses an address that others can reach and listen in at.
func checkPushExposure(o *Options) error {
	if o.PushAddress == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(o.PushAddress)
	switch {
	case err != nil:
		return fmt.Errorf("listen address %q: %w (write it as host:port)", o.PushAddress, err)
	case o.Push == nil:
		return errors.New("there is an address to send events to, and nothing that takes them")
	case !isLoopback(host) && o.TLS == nil && !o.PushInsecure:
		return fmt.Errorf("listening on %q without TLS would send intake keys and events in the clear: set server.tls, or server.push.insecure where a proxy does TLS", o.PushAddress)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
