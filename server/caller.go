package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"penstock/access"
)

// caller is where a request comes from. Who asks is in the context as well, as access.Identity.
type caller struct {
	access.Origin
	request string // its id
}

type callerKey struct{}

// callerOf is where the request of a context comes from.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// address is that of whoever asks: behind proxies that are trusted, what the first of them saw.
func (s *Server) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address := host
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusts(address) {
			return address
		}
		hop = strings.TrimSpace(hop)
		if _, err := netip.ParseAddr(hop); err != nil {
			return address
		}
		address = hop
	}
	return address
}

func (s *Server) trusts(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(s.options.Proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// authenticate finds out who asks: by the cookie of a session, an API key or the token of the configuration. Whoever
// shows none is nobody, and may do what is public.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := caller{access.Origin{Address: s.address(r), Agent: r.UserAgent()}, w.Header().Get("X-Request-Id")}
		if !s.limits.general.allow(from.Address) {
			w.Header().Set("Retry-After", "1")
			writeProblem(w, r, http.StatusTooManyRequests, "Too many requests come from this address; wait a moment.")
			return
		}
		if !isAPI(r) && machinePermission(r.URL.Path) == access.Public {
			next.ServeHTTP(w, r)
			return
		}
		ctx := context.WithValue(r.Context(), callerKey{}, from)
		who, err := s.identify(ctx, r, from.Origin)
		switch {
		case errors.Is(err, access.ErrNotFound):
			w.Header().Set("WWW-Authenticate", `Bearer realm="penstock"`)
			writeProblem(w, r, http.StatusUnauthorized, "This token or API key is not valid here, or has expired.")
			return
		case err != nil:
			s.log.Error("it cannot be found out who asks", "error", err)
			writeProblem(w, r, http.StatusInternalServerError, "It cannot be found out who asks; the log says why.")
			return
		}
		if needs := machinePermission(r.URL.Path); !who.May(needs) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="penstock"`)
			status, text := refusal(who, needs)
			writeProblem(w, r, status, text)
			return
		}
		// In place: the mux notes the pattern in the request that it gets, and metrics read it there.
		*r = *r.WithContext(access.With(ctx, who))
		next.ServeHTTP(w, r)
	})
}

// machinePermission is what is needed for what is no operation of the API. Those say themselves what they need.
func machinePermission(path string) access.Permission {
	switch {
	case path == "/metrics":
		return access.MetricsRead
	case strings.HasPrefix(path, "/debug/"):
		return access.SettingsWrite
	case strings.HasPrefix(path, "/api/openapi"):
		return access.Any
	}
	return access.Public
}

// identify is who shows something to be known by; nil: nobody. ErrNotFound: it is not valid. A session that has ended is
// no error: the page asks whether there is one.
func (s *Server) identify(ctx context.Context, r *http.Request, from access.Origin) (*access.Identity, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, access.ErrNotFound
		}
		if s.isToken(token) {
			return mighty(access.ByToken, "token"), nil
		}
		if s.access == nil {
			return nil, access.ErrNotFound
		}
		return s.access.Key(ctx, token, from)
	}
	if c, err := r.Cookie(s.cookieName()); err == nil && s.access != nil {
		who, err := s.access.Session(ctx, c.Value, from)
		if !errors.Is(err, access.ErrNotFound) {
			return who, err
		}
	}
	if s.open() {
		return mighty(access.ByOpen, "open"), nil
	}
	return nil, nil
}

// open says whether nobody has to sign in.
func (s *Server) open() bool { return !s.options.SignIn && s.options.Token == "" }

func (s *Server) isToken(token string) bool {
	want, got := sha256.Sum256([]byte(s.options.Token)), sha256.Sum256([]byte(token))
	return s.options.Token != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// mighty is somebody without an account who may everything.
func mighty(kind access.Kind, name string) *access.Identity {
	return &access.Identity{Kind: kind, Name: name, Role: access.Administrator, Permissions: access.Of(access.Administrator, false)}
}

// refusal is why somebody may not do something, and with which status that is said.
func refusal(who *access.Identity, needs access.Permission) (int, string) {
	switch {
	case who == nil:
		return http.StatusUnauthorized, "Sign in first, or show an API key or the token of the server as Authorization: Bearer."
	case needs == access.Self:
		return http.StatusForbidden, "This is about the account of a user, and you are not signed in as one."
	}
	return http.StatusForbidden, "You may not do this: it needs the permission " + string(needs) + "."
}
