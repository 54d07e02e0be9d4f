package doctor

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
)

// Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupCNAME(ctx context.Context, host string) (string, error)
}

// Endpoint is a server that something connects to.
type Endpoint struct {
	Subject string
	What    string // as "the namespace of the hub"
	Host    string
	Port    string
	// Plain: there is no TLS, as with an emulator.
	Plain bool
	// Azure: it is Microsoft's, whose names and certificates are known.
	Azure bool
	// Roots are the authorities that are trusted; nil: those of the system.
	Roots *x509.CertPool
	// Resolver is net.DefaultResolver when nil.
	Resolver Resolver
}

func (e *Endpoint) resolver() Resolver {
	if e.Resolver == nil {
		return net.DefaultResolver
	}
	return e.Resolver
}

func (e *Endpoint) address() string { return net.JoinHostPort(e.Host, e.Port) }

// Probes look at the name, the port, the certificate and the clock of an endpoint.
func (e Endpoint) Probes() []Probe {
	list := []Probe{e.Name(), e.Connect()}
	if !e.Plain {
		list = append(list, e.Certificate())
	}
	return append(list, e.Clock())
}
