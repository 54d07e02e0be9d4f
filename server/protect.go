package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

const (
	maxBody = 1 << 20
	// maxUpload bounds the bodies that carry whole packs of rules.
	maxUpload = 64 << 20
	// maxTarget bounds path and query of a request, and with them every parameter.
	maxTarget = 16 << 10
)

// The page's own scripts and nothing else: no inline script, no other host, no frame. Styles may be inline, because the
// component library and the query editor write theirs into the document.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; " +
	"img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// checkExposure refuses an address that others can reach when nothing keeps them out, or anybody could listen in.
func checkExposure(o *Options) error {
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return fmt.Errorf("listen address %q: %w (write it as host:port)", o.Address, err)
	}
	if o.Token != "" && len(o.Token) < 16 {
		return errors.New("the token of the server is shorter than 16 characters: make one with `openssl rand -hex 32`")
	}
	if o.SignIn && o.Access == nil {
		return errors.New("one has to sign in here, and there are no users")
	}
	if isLoopback(host) {
		return nil
	}
	if !o.SignIn && o.Token == "" {
		return fmt.Errorf("listening on %q would open every event to the network: set server.sign_in to required, or listen on 127.0.0.1", o.Address)
	}
	if o.TLS == nil && !o.Insecure {
		return fmt.Errorf("listening on %q without TLS would send passphrases and events in the clear: set server.tls, or server.insecure where a proxy does TLS, or listen on 127.0.0.1", o.Address)
	}
	return nil
}

// protect puts every request through what all of them need: a request id, headers, limits, the checks of host, origin
// and token, compression and metrics.
func (s *Server) protect(mux *http.ServeMux) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, http.StatusForbidden, "This request comes from another site, and those may not change anything here.")
	}))
	compress, err := gzhttp.NewWrapper(gzhttp.ContentTypes([]string{
		"application/json", "application/problem+json", "text/html", "text/css", "text/javascript", "image/svg+xml", "text/plain",
	}))
	if err != nil {
		panic(err) // the options are constant
	}
	inner := origin.Handler(s.authenticate(compress(mux)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.setHeaders(w, r)
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		push := s.pushHere() && s.isPush(r)
		if !push { // whoever takes events bounds them himself
			r.Body = http.MaxBytesReader(sw, r.Body, bodyLimit(r))
		}
		// The mux notes the pattern in the request that it gets, which must therefore be this one.
		switch {
		case push && len(r.URL.RequestURI()) <= maxTarget:
			s.push(sw, r)
		case !s.knownHost(r.Host):
			writeProblem(sw, r, http.StatusMisdirectedRequest,
				fmt.Sprintf("This server does not answer to the name %q. Add it to the hosts of the server's configuration if it should.", hostName(r.Host)))
		case len(r.URL.RequestURI()) > maxTarget:
			writeProblem(sw, r, http.StatusRequestURITooLong, "The address of the request is longer than 16 KiB.")
		default:
			inner.ServeHTTP(sw, r)
		}
		s.metrics.observe(r, sw.status, time.Since(began))
	})
}

func (s *Server) setHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Request-Id", rand.Text())
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if s.options.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if isAPI(r) {
		h.Set("Cache-Control", "no-store")
	}
}

// bodyLimit is how large the body of a request may be.
func bodyLimit(r *http.Request) int64 {
	if r.Method == http.MethodPost && (r.URL.Path == packsPath || r.URL.Path == jobsPath) {
		return maxUpload
	}
	return maxBody
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// knownHost says whether the server answers to the name. An address is always one of its own: a hostile name that was
// made to resolve to this machine arrives as that name.
func (s *Server) knownHost(host string) bool {
	name := hostName(host)
	if name == "localhost" || net.ParseIP(name) != nil {
		return true
	}
	if listen, _, err := net.SplitHostPort(s.options.Address); err == nil && listen != "" && strings.EqualFold(listen, name) {
		return true
	}
	for _, h := range s.options.Hosts {
		if strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}

func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}

// statusWriter remembers the status for the metrics.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets deadlines and flushes reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what is written so far: live tails need it.
func (w *statusWriter) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // the next write says what is wrong
}
