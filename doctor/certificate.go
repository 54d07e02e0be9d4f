package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// What is found of certificates.
var (
	tlsTrusted     = Kind{ID: "tls.trusted", Severity: OK, Title: "The certificate is trusted"}
	tlsIntercepted = Kind{
		ID: "tls.intercepted", Severity: Fail, Title: "Something between intercepts TLS",
		Why:  "The certificate does not come from the server but from an authority that this machine does not trust: a proxy or firewall opens the encryption. Penstock does not send keys through it.",
		Mend: "Have the connections to this host exempted from inspection (Microsoft advises it for its services). Or, if the inspection is meant, add the certificate of its authority to those that this machine trusts: into /usr/local/share/ca-certificates, then update-ca-certificates; or name it in SSL_CERT_FILE.",
	}
	tlsInspected = Kind{
		ID: "tls.inspected", Severity: Warn, Title: "A trusted proxy inspects TLS",
		Why:  "The certificate is trusted here, but it is none of Microsoft's: a proxy or firewall opens the encryption. It reads every event, and AMQP often does not survive it.",
		Mend: "Have the connections to this host exempted from inspection.",
	}
	tlsHost = Kind{
		ID: "tls.host", Severity: Fail, Title: "The certificate is for another name",
		Why:  "Whoever answers is not the server that was meant: the name leads elsewhere, or a proxy answers.",
		Mend: "Check the name, and what the DNS server says of it; for a private endpoint use the name of the namespace or account itself, not the one with privatelink.",
	}
	tlsExpired = Kind{
		ID: "tls.expired", Severity: Fail, Title: "The certificate has expired, or is not valid yet",
		Why:  "Nothing is sent to a server whose certificate is not valid at this time.",
		Mend: "Check the clock of this machine first; then whoever runs the server has to renew its certificate.",
	}
	tlsBroken = Kind{
		ID: "tls.broken", Severity: Fail, Title: "The TLS handshake fails",
		Why:  "The port is open, but what answers does not speak TLS, or breaks the connection off: most often a firewall that looks into it.",
		Mend: "Have the firewall let this host through untouched. Behind an HTTP proxy set transport: websockets and proxy.",
	}
)

// microsoft are names in the issuers of the certificates of Azure's services.
var microsoft = []string{"microsoft", "digicert"}

// Presented is the certificate that a server shows.
type Presented struct {
	Chain   []*x509.Certificate // the server's own first
	Version uint16
	// Problem is why it is not trusted; nil when it is.
	Problem error
}

// Present makes a TLS handshake and returns what the server shows, trusted or not. Roots nil are those of the system.
func Present(ctx context.Context, address, host string, roots *x509.CertPool) (*Presented, error) {
	raw, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	//nolint:gosec // it is verified below: what is not trusted is to be looked at, and nothing is sent
	conn := tls.Client(raw, &tls.Config{ServerName: host, InsecureSkipVerify: true})
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("handshake with %s: %w", host, err)
	}
	state := conn.ConnectionState()
	p := &Presented{Chain: state.PeerCertificates, Version: state.Version}
	between := x509.NewCertPool()
	for _, c := range p.Chain[1:] {
		between.AddCert(c)
	}
	_, p.Problem = p.Chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	return p, nil
}

// Issuer is who has issued the certificate, as people know them.
func (p *Presented) Issuer() string {
	c := p.Chain[len(p.Chain)-1].Issuer
	name := c.CommonName
	if whose := c.Organization; len(whose) > 0 && !strings.Contains(name, whose[0]) { //nolint:misspell // the name of the field
		name = strings.TrimPrefix(name+" of "+whose[0], " of ")
	}
	if name == "" {
		return "nobody that it names"
	}
	return name
}

// Certificate looks at the certificate: who issued it, for whom and until when.
func (e Endpoint) Certificate() Probe {
	return Probe{Name: "the certificate of " + e.Host, Subject: e.Subject, Look: func(ctx context.Context, tell func(Finding)) {
		p, err := Present(ctx, e.address(), e.Host, e.Roots)
		var handshake *net.OpError
		switch {
		case err == nil:
			tell(e.presented(p))
		case unnamed(err), errors.As(err, &handshake) && handshake.Op == "dial":
			// The name and the port have findings of their own.
		default:
			tell(tlsBroken.Found("The TLS handshake with %s on port %s fails.", e.Host, e.Port).With("error", firstLine(err)))
		}
	}}
}

func (e *Endpoint) presented(p *Presented) Finding {
	own := p.Chain[0]
	facts := func(f Finding) Finding {
		return f.With("issuer", p.Issuer()).With("names", strings.Join(own.DNSNames[:min(len(own.DNSNames), 5)], ", ")).
			With("valid until", own.NotAfter.UTC().Format(time.RFC3339)).With("TLS", tls.VersionName(p.Version))
	}
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case p.Problem == nil && e.Azure && !microsofts(p.Chain):
		return facts(tlsInspected.Found("The certificate of %s is trusted, but issued by %s.", e.Host, p.Issuer()))
	case p.Problem == nil:
		return facts(tlsTrusted.Found("The certificate of %s is trusted; issued by %s, valid until %s.", e.Host, p.Issuer(), own.NotAfter.UTC().Format(time.DateOnly)))
	case errors.As(p.Problem, &host):
		return facts(tlsHost.Found("What answers for %s shows the certificate of another name, issued by %s.", e.Host, p.Issuer()))
	case errors.As(p.Problem, &invalid) && invalid.Reason == x509.Expired:
		return facts(tlsExpired.Found("The certificate of %s is valid from %s until %s, and this machine has %s.", e.Host,
			own.NotBefore.UTC().Format(time.DateTime), own.NotAfter.UTC().Format(time.DateTime), time.Now().UTC().Format(time.DateTime)))
	}
	return facts(tlsIntercepted.Found("The certificate of %s is not trusted: it was issued by %s.", e.Host, p.Issuer()))
}

func microsofts(chain []*x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(c *x509.Certificate) bool {
		issuer := strings.ToLower(c.Issuer.String())
		return slices.ContainsFunc(microsoft, func(name string) bool { return strings.Contains(issuer, name) })
	})
}
