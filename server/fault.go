package server

import (
	"net/http"
	"runtime/debug"
)

// tellingFaults logs what panics in a handler as an error: net/http tells it among the connections that broke off, which
// nobody reads. Whoever asked sees the connection end, since part of an answer may be written.
func (s *Server) tellingFaults(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				// The path may hold a key.
				s.log.ErrorContext(r.Context(), "a request met a fault of Penstock; it alone was given up", "endpoint", r.Pattern, "method", r.Method, "fault", fault, "stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler)
		}()
		handler.ServeHTTP(w, r)
	})
}
