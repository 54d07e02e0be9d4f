package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"

	"penstock/access"
	"penstock/audit"
	"penstock/config"
	"penstock/hunt"
	"penstock/saved"
	"penstock/server"
	"penstock/server/backend"
	"penstock/web"
)

// accessOptions are how users sign in, by the configuration.
func accessOptions(c *config.Server) access.Options {
	o := access.Options{Idle: c.Session.Idle.Or0(), Absolute: c.Session.Absolute.Or0(), Page: c.PublicURL}
	if p := c.OIDC; p != nil {
		o.OIDC = &access.OIDC{
			Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(),
			Scopes: p.Scopes, NameClaim: p.NameClaim, RoleClaim: p.RoleClaim,
		}
		for _, r := range p.Roles {
			o.OIDC.Roles = append(o.OIDC.Roles, access.RoleMapping{Value: r.Value, Role: access.Role(r.Role), Intakes: r.Intakes})
		}
	}
	return o
}

func (p *program) openAccess(context.Context) (err error) {
	o := accessOptions(&p.config.Server)
	o.Logger = p.log
	if p.access, err = access.New(p.state, p.secrets, o); err != nil {
		return err
	}
	p.audit = audit.New(p.state, audit.Options{Retention: p.config.Audit.Retention.Or0(), Logger: p.log})
	return nil
}

func (p *program) openServer(ctx context.Context) error {
	c := &p.config.Server
	encryption, err := encryption(c.TLS, p.config.Data, p.log)
	if err != nil {
		return err
	}
	var proxies []netip.Prefix
	for _, text := range c.Proxies {
		n, err := config.ParseNetwork(text)
		if err != nil {
			return fmt.Errorf("key server.trusted_proxies: %w", err)
		}
		proxies = append(proxies, n)
	}
	p.server, err = server.New(server.Options{
		Address: c.Listen, Token: c.Token.Reveal(), SignIn: c.SignIn == "required", Access: p.access, Audit: p.audit,
		TLS: encryption, Insecure: c.Insecure, Secure: c.Secure(), PageURL: c.PublicURL, Proxies: proxies, Rate: c.Rate,
		Push: p.gate, PushAddress: c.Push.Listen, PushInsecure: c.Push.Insecure, PushRate: c.Push.Rate,
		Hosts: c.Hosts, Pprof: c.Pprof, QueryTimeout: p.config.Query.Timeout.Or0(), MaxQueries: p.config.Query.MaxConcurrent,
		Version: serverVersion(), Page: web.Assets(), Gatherer: p.metrics, Registerer: p.metrics, Log: p.log,
	}, p.backends())
	if err != nil {
		return err
	}
	if p.listener, err = p.server.Listen(ctx); err != nil {
		return err
	}
	p.pushes, err = p.server.ListenPush(ctx)
	return err
}

func (p *program) backends() server.Backends {
	return server.Backends{
		Events: backend.Events(p.lake, p.plan), Intakes: backend.Intakes(p.intakes, p.formats, p.plan, p.walk, backend.Pushed{Address: p.pushAddress(), Traffic: p.gate.Traffic}), Ledger: backend.Ledger(p.ledger, p.lake),
		Quarantine: backend.Quarantine(p.quarantine, p.intakes), Lake: backend.Lake(p.lake), Ready: p.ready,
		Alerts: backend.Alerts(p.detection.alerts), Assets: backend.Assets(p.detection.alerts),
		Rules:      backend.Rules(p.detection.catalogue, p.detection.alerts),
		Exceptions: backend.Exceptions(p.detection.catalogue), Packs: backend.Packs(p.detection.catalogue), Coverage: backend.Coverage(p.detection.catalogue),
		Explain:      backend.Explain(p.detection.catalogue, p.detection.router, p.plan, p.lake),
		Investigator: backend.Investigator(p.lake, p.plan, p.detection.alerts),
		Drift:        backend.Drift(p.detection.census, p.plan),
		Vocabulary:   backend.Vocabulary(p.detection.router),
		Jobs:         backend.Jobs(p.jobs, p.detection.alerts), Notifications: backend.Notifications(p.detection.notifier),
		Saved: backend.SavedQueries(saved.New(p.state)), Exports: backend.Exports(p.exports), Retention: backend.Retention(p.retention),
		Hunts: backend.Hunts(p.hunts, huntLimits(&p.config.Hunt)), HuntSchedules: backend.HuntSchedules(p.schedules, p.hunts), Azure: backend.Azure(p.detection.router, p.config.Clouds),
		Doctor: p.doctor, Formats: backend.Formats(p.formats, p.plan, p.detection.catalogue),
	}
}

// huntLimits are what differs for roles.
func huntLimits(c *config.Hunt) backend.HuntLimits {
	of := func(l config.HuntLimits) hunt.Limits {
		return hunt.Limits{Rows: l.Rows, Timeout: l.Timeout.Or0(), Memory: int64(l.Memory)}
	}
	return backend.HuntLimits{access.Analyst: of(c.Analyst), access.Viewer: of(c.Viewer)}
}

// encryption is where certificates come from; nil: there is none.
func encryption(t *config.TLS, data string, log *slog.Logger) (*tls.Config, error) {
	switch {
	case t == nil:
		return nil, nil
	case t.ACME != nil:
		return server.ACMECertificates(t.ACME.Domains, t.ACME.Email, t.ACME.Directory, filepath.Join(data, "acme")), nil
	}
	return server.FileCertificate(t.CertFile, t.KeyFile, log)
}

// page is the address under which the page is reached.
func (p *program) page() string {
	if p.config.Server.PublicURL != "" {
		return p.config.Server.PublicURL
	}
	scheme := "http://"
	if p.config.Server.Secure() {
		scheme = "https://"
	}
	return scheme + p.listener.Addr().String()
}

// welcome shows the link for the first administrator, until there is one. It goes to the terminal alone: logs are read
// by many, and kept.
func (p *program) welcome(ctx context.Context) error {
	if p.config.Server.SignIn != "required" {
		return nil
	}
	token, err := p.access.FirstLink(ctx)
	if err != nil || token == "" {
		return err
	}
	fmt.Fprintf(p.terminal, "\n  There is no administrator yet. Within 24 hours, whoever opens this link becomes it:\n\n    %s/welcome#%s\n\n", p.page(), token)
	return nil
}
