package server

import (
	"net/http"
	"time"
)

// cookieName of sessions. With TLS the prefix makes the browser take it from this very host alone, with Secure and for
// every path.
func (s *Server) cookieName() string { return s.prefixed("penstock") }

// ceremonyCookie holds a sign-in by OpenID Connect together while the browser is away.
func (s *Server) ceremonyCookie() string { return s.prefixed("penstock-oidc") }

func (s *Server) prefixed(name string) string {
	if s.options.Secure {
		return "__Host-" + name
	}
	return name
}

// sessionCookie carries a session. Strict suffices, although people come from links elsewhere: the page itself is not
// secret, and what it then asks for comes from the page.
func (s *Server) sessionCookie(token string, expires time.Time) string {
	c := s.cookie(s.cookieName(), token, http.SameSiteStrictMode) //nolint:gosec // see cookie
	c.Expires = expires
	return c.String()
}

func (s *Server) cookie(name, value string, same http.SameSite) *http.Cookie {
	//nolint:gosec // without TLS, which loopback alone may do, Secure would keep the browser from sending it
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.options.Secure, SameSite: same}
}

// forget makes the browser drop a cookie.
func (s *Server) forget(name string) string {
	c := s.cookie(name, "", http.SameSiteStrictMode) //nolint:gosec // see cookie
	c.MaxAge = -1
	return c.String()
}
