package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// protocols are spoken with TLS.
var protocols = []string{"h2", "http/1.1"}

// ACMECertificates gets certificates for the domains when they are first asked for, keeps them in a folder, and renews
// them. Naming the domains agrees to the terms of the authority.
func ACMECertificates(domains []string, email, directory, folder string) *tls.Config {
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(folder), HostPolicy: autocert.HostWhitelist(domains...),
		Email: email, Client: &acme.Client{DirectoryURL: directory},
	}
	return &tls.Config{GetCertificate: m.GetCertificate, NextProtos: append(protocols[:len(protocols):len(protocols)], acme.ALPNProto), MinVersion: tls.VersionTLS12}
}

// certificateCheck is how often a changed file is looked for.
const certificateCheck = 10 * time.Second

// FileCertificate uses the certificate in a file, and the new one once the files have changed. One that cannot be read
// then leaves the one before, and log says so.
func FileCertificate(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &fileCertificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: c.get, NextProtos: protocols, MinVersion: tls.VersionTLS12}, nil
}

type fileCertificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	changed [2]time.Time // of the files
	checked time.Time
}

func (c *fileCertificate) stamps() (stamps [2]time.Time) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			stamps[i] = info.ModTime()
		}
	}
	return stamps
}

func (c *fileCertificate) load() error {
	c.changed, c.checked = c.stamps(), time.Now()
	read, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read the certificate (server.tls): %w", err)
	}
	c.current = &read
	return nil
}

func (c *fileCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) >= certificateCheck {
		if c.checked = time.Now(); c.stamps() != c.changed {
			if err := c.load(); err != nil { // both files may not be there yet; the next change is read again
				c.log.Warn("the changed certificate is not taken; the one before goes on", "error", err)
			}
		}
	}
	return c.current, nil
}
