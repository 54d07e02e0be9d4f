package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// What is found of the page.
var (
	pageAnswers = Kind{ID: "page.answers", Severity: OK, Title: "Penstock answers"}
	pageFree    = Kind{ID: "page.free", Severity: OK, Title: "The port of the page is free"}
	pageTaken   = Kind{
		ID: "page.taken", Severity: Fail, Title: "Another program has the port of the page",
		Why:  "Penstock does not start while another program listens there.",
		Mend: "Stop the other program (ss -ltnp shows it), or set server.listen to another port.",
	}
	pageHung = Kind{
		ID: "page.hung", Severity: Fail, Title: "Penstock runs and does not answer",
		Why:  "Neither the page nor programs reach it.",
		Mend: "Look at its log; when it says nothing, restart it: what was read is safe.",
	}
	pageForbidden = Kind{
		ID: "page.forbidden", Severity: Fail, Title: "The address of the page cannot be listened on",
		Why:  "Penstock does not start.",
		Mend: "Ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit of systemd. Otherwise check that this machine has the address of server.listen.",
	}
	certificateGood   = Kind{ID: "certificate.good", Severity: OK, Title: "The certificate of the page is valid"}
	certificateEnding = Kind{
		ID: "certificate.ending", Severity: Warn, Title: "The certificate of the page ends soon",
		Why:  "Then browsers and forwarders refuse to connect.",
		Mend: "Renew it; Penstock takes the new file over by itself.",
	}
	certificateEnded = Kind{
		ID: "certificate.ended", Severity: Fail, Title: "The certificate of the page is not valid",
		Why:  "Browsers and forwarders refuse to connect.",
		Mend: "Renew it; Penstock takes the new file over by itself.",
	}
	certificateBroken = Kind{
		ID: "certificate.broken", Severity: Fail, Title: "The certificate of the page cannot be used",
		Why:  "Penstock does not start without.",
		Mend: "Check server.tls.cert_file and server.tls.key_file: both PEM, the certificate first and those of its issuers after it, the key belonging to it.",
	}
)

// Page looks whether Penstock answers at its address, or could listen there. Running: one with this data folder does.
func Page(subject, listen string, encrypted, running bool) Probe {
	return Probe{Name: "the page", Subject: subject, Look: func(ctx context.Context, tell func(Finding)) {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
		switch {
		case err == nil:
			l.Close()
			if running {
				tell(pageHung.Found("A Penstock uses the data folder, and nothing listens at %s.", listen).Mending("It may be starting still, or run with another configuration: compare its server.listen with this one."))
				return
			}
			tell(pageFree.Found("Nothing listens at %s yet.", listen))
		case errors.Is(err, syscall.EADDRINUSE):
			tell(answers(ctx, listen, encrypted, running))
		default:
			tell(pageForbidden.Found("It is not possible to listen at %s: %s.", listen, firstLine(err)))
		}
	}}
}

// answers asks what listens whether it is Penstock.
func answers(ctx context.Context, listen string, encrypted, running bool) Finding {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return pageForbidden.Found("%s is no address to listen at.", listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if encrypted {
		scheme = "https://"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return pageForbidden.Found("%s is no address to listen at.", listen)
	}
	//nolint:gosec // it is asked on this machine, under an address that its certificate does not name
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport, Timeout: dialTimeout}).Do(request)
	if err == nil {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 16))
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK && string(text) == "ok\n" {
			return pageAnswers.Found("Penstock answers at %s.", listen)
		}
	}
	if running {
		return pageHung.Found("A Penstock uses the data folder, and does not answer at %s.", listen)
	}
	return pageTaken.Found("Another program listens at %s.", listen)
}

// endsSoon is when the end of a certificate is told of.
const endsSoon = 14 * 24 * time.Hour

// PageCertificate looks at the certificate of the page.
func PageCertificate(subject, certificate, key string) Probe {
	return Probe{Name: "the certificate of the page", Subject: subject, Look: func(_ context.Context, tell func(Finding)) {
		tell(pageCertificate(certificate, key, time.Now()))
	}}
}

func pageCertificate(certificate, key string, now time.Time) Finding {
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		return certificateBroken.Found("The certificate %s with the key %s cannot be used: %s.", certificate, key, firstLine(err))
	}
	text, err := os.ReadFile(certificate)
	if err != nil {
		return certificateBroken.Found("The certificate %s cannot be read: %s.", certificate, firstLine(err))
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return certificateBroken.Found("There is no certificate in %s.", certificate)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return certificateBroken.Found("The certificate in %s cannot be read.", certificate)
	}
	until := c.NotAfter.UTC().Format(time.DateOnly)
	switch {
	case now.After(c.NotAfter):
		return certificateEnded.Found("The certificate %s has ended on %s.", certificate, until)
	case now.Before(c.NotBefore):
		return certificateEnded.Found("The certificate %s is valid from %s on only.", certificate, c.NotBefore.UTC().Format(time.DateTime)).Mending("Check the clock of this machine.")
	case now.Add(endsSoon).After(c.NotAfter):
		return certificateEnding.Found("The certificate %s ends on %s.", certificate, until)
	}
	return certificateGood.Found("The certificate %s is valid until %s.", certificate, until)
}
