package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Server is the HTTP API and the page.
type Server struct {
	Listen    string   `yaml:"listen" default:"127.0.0.1:8400" doc:"Address to listen on, host:port; anything but loopback needs sign-in and TLS"`
	SignIn    string   `yaml:"sign_in" default:"required" enum:"required,off" doc:"Whether one has to sign in; off makes everybody an administrator, which loopback alone allows"`
	Session   Session  `yaml:"session" doc:"How long one stays signed in"`
	OIDC      *OIDC    `yaml:"oidc" doc:"Sign in by OpenID Connect, as with Microsoft Entra ID"`
	Token     Secret   `yaml:"token" doc:"Lets in, as an administrator, whoever shows it as \"Authorization: Bearer …\"; for programs API keys are better"`
	TokenFile string   `yaml:"token_file" doc:"File that holds the token"`
	TLS       *TLS     `yaml:"tls" doc:"Encrypt; without, others can be let in by a proxy alone"`
	Insecure  bool     `yaml:"insecure" doc:"Listen beyond loopback without TLS, because a proxy before does it"`
	Proxies   []string `yaml:"trusted_proxies" doc:"Addresses or networks, as 10.0.0.0/24, that are trusted to say in X-Forwarded-For where a request comes from"`
	Rate      int      `yaml:"rate" default:"200" doc:"Requests a second that one address may make; five times as many at once"`
	Hosts     []string `yaml:"hosts" doc:"Names under which the page is reached through a proxy, beside localhost, the address and that of public_url"`
	PublicURL string   `yaml:"public_url" doc:"Address under which people reach the page, as https://penstock.example.com: for links, passkeys and OpenID Connect"`
	Push      Push     `yaml:"push" doc:"How programs send events by HTTP, to the intakes that take them so"`
	Pprof     bool     `yaml:"pprof" doc:"Serve profiles under /debug/pprof/"`
}

// Session is how long one stays signed in.
type Session struct {
	Idle     Duration `yaml:"idle" default:"12h" doc:"A session that is not used for so long ends"`
	Absolute Duration `yaml:"absolute" default:"7d" doc:"Every session ends after so long"`
}

// TLS is where certificates come from: files, or ACME.
type TLS struct {
	CertFile string `yaml:"cert_file" doc:"Certificate with those of its issuers, in PEM; read again when it changes"`
	KeyFile  string `yaml:"key_file" doc:"Its private key, in PEM"`
	ACME     *ACME  `yaml:"acme" doc:"Get certificates from Let's Encrypt or another authority; port 443 of the names must lead here"`
}

// ACME is how to get certificates (RFC 8555, by TLS-ALPN-01).
type ACME struct {
	Domains   []string `yaml:"domains" doc:"Names to get certificates for; naming them agrees to the terms of the authority"`
	Email     string   `yaml:"email" doc:"Where the authority writes to when something is wrong"`
	Directory string   `yaml:"directory" default:"https://acme-v02.api.letsencrypt.org/directory" doc:"Directory of the authority"`
}

// OIDC is a provider of OpenID Connect.
type OIDC struct {
	Name             string        `yaml:"name" default:"OpenID Connect" doc:"What the button says"`
	Issuer           string        `yaml:"issuer" doc:"Of the provider; of Microsoft Entra ID https://login.microsoftonline.com/TENANT/v2.0"`
	ClientID         string        `yaml:"client_id" doc:"Of the registration of Penstock there"`
	ClientSecret     Secret        `yaml:"client_secret" doc:"Of the registration; may be missing where it is a public client"`
	ClientSecretFile string        `yaml:"client_secret_file" doc:"File that holds the secret"`
	Scopes           []string      `yaml:"scopes" default:"[profile, email]" doc:"What to ask for beside openid"`
	NameClaim        string        `yaml:"name_claim" default:"preferred_username" doc:"Claim with the name of the user"`
	RoleClaim        string        `yaml:"role_claim" default:"groups" doc:"Claim with what roles are given by: a text or a list; of app roles of Microsoft Entra ID, roles"`
	Roles            []RoleMapping `yaml:"roles" doc:"Which values of the claim make which role; the first that fits counts, and who has none is not let in"`
}

// RoleMapping is the role that a value of a claim makes.
type RoleMapping struct {
	Value   string   `yaml:"value" doc:"Of the claim; * for anybody whom the provider lets in"`
	Role    string   `yaml:"role" default:"viewer" enum:"administrator,analyst,viewer" doc:"What it makes of the user"`
	Intakes []string `yaml:"intakes" doc:"Whose events he sees; all when empty"`
}

// Audit is the audit log.
type Audit struct {
	Retention Duration `yaml:"retention" default:"400d" doc:"Entries that are older are deleted, 30d at least; off: none"`
}

func (k *checker) server(s *Server) {
	k.secret(&s.Token, s.TokenFile, "server.token")
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		k.wrong("server.listen", fmt.Sprintf("expected host:port, as 127.0.0.1:8400, got %q", s.Listen))
		return
	}
	addr, err := netip.ParseAddr(host)
	loopback := host == "localhost" || err == nil && addr.IsLoopback()
	if !loopback && s.SignIn == "off" {
		k.wrong("server.sign_in", fmt.Sprintf("off would let in whoever reaches %s: set it to required, or listen on 127.0.0.1", s.Listen))
	}
	if !loopback && s.TLS == nil && !s.Insecure {
		k.wrong("server.listen", fmt.Sprintf("%s can be reached by others, which needs TLS: set server.tls, or server.insecure where a proxy does it", s.Listen))
	}
	if s.TLS != nil {
		k.tls(s.TLS)
	}
	k.publicURL(s, loopback)
	k.push(s)
	k.proxies(s)
	if s.Rate < 1 {
		k.wrong("server.rate", "expected at least 1")
	}
	if s.Session.Idle < Duration(time.Minute) {
		k.wrong("server.session.idle", "expected at least 1m")
	}
	if s.Session.Absolute < s.Session.Idle {
		k.wrong("server.session.absolute", "expected at least as long as idle")
	}
	if s.OIDC != nil {
		k.oidc(s)
	}
}

func (k *checker) publicURL(s *Server, loopback bool) {
	if s.PublicURL = strings.TrimRight(s.PublicURL, "/"); s.PublicURL == "" && loopback {
		if s.PublicURL = "http://" + s.Listen; s.TLS != nil {
			s.PublicURL = "https://" + s.Listen
		}
	}
	if s.PublicURL == "" {
		return
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || !isAddress(s.PublicURL) {
		k.wrong("server.public_url", fmt.Sprintf("expected the address of the page, as https://penstock.example.com, got %q", s.PublicURL))
		return
	}
	if u.Scheme == "http" && s.TLS != nil {
		k.wrong("server.public_url", "expected https, as server.tls is set")
	}
	s.Hosts = append(s.Hosts, u.Hostname())
}

// isAddress says whether text is the address of a server as others reach it.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// Secure says whether browsers reach the page by https.
func (s *Server) Secure() bool { return s.TLS != nil || strings.HasPrefix(s.PublicURL, "https://") }

func (k *checker) tls(t *TLS) {
	t.CertFile, t.KeyFile = k.resolve(t.CertFile), k.resolve(t.KeyFile)
	switch {
	case t.ACME != nil && (t.CertFile != "" || t.KeyFile != ""):
		k.wrong("server.tls.acme", "give either cert_file and key_file, or acme")
	case t.ACME == nil && (t.CertFile == "" || t.KeyFile == ""):
		k.wrong("server.tls", "expected cert_file and key_file, or acme")
	case t.ACME != nil && len(t.ACME.Domains) == 0:
		k.wrong("server.tls.acme.domains", "expected at least one name")
	}
}

func (k *checker) proxies(s *Server) {
	for i, text := range s.Proxies {
		if _, err := ParseNetwork(text); err != nil {
			k.wrong(fmt.Sprintf("server.trusted_proxies[%d]", i), fmt.Sprintf("expected an address or a network, as 10.0.0.0/24, got %q", text))
		}
	}
}

// ParseNetwork reads a network, or an address as one of a single address.
func ParseNetwork(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

func (k *checker) oidc(s *Server) {
	const key = "server.oidc"
	o := s.OIDC
	k.secret(&o.ClientSecret, o.ClientSecretFile, key+".client_secret")
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		k.wrong(key+".issuer", fmt.Sprintf("expected the https address of the provider, got %q", o.Issuer))
	}
	if o.ClientID == "" {
		k.wrong(key+".client_id", "expected the id of Penstock's registration at the provider")
	}
	if len(o.Roles) == 0 {
		k.wrong(key+".roles", "expected at least one: nobody would be let in")
	}
	for i, r := range o.Roles {
		if r.Value == "" {
			k.wrong(fmt.Sprintf("%s.roles[%d].value", key, i), "expected a value of the claim, or *")
		}
		for _, name := range r.Intakes {
			if !intakeName.MatchString(name) {
				k.wrong(fmt.Sprintf("%s.roles[%d].intakes", key, i), fmt.Sprintf("%q is not the name of an intake", name))
			}
		}
	}
	if s.PublicURL == "" {
		k.wrong("server.public_url", "expected the address of the page: the provider sends people back to it")
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (k *checker) audit(a *Audit) {
	if a.Retention != Off && a.Retention < Duration(30*24*time.Hour) {
		k.wrong("audit.retention", "expected at least 30d, or off")
	}
}
