package doctor

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// What is found of ports.
var (
	portOpen    = Kind{ID: "port.open", Severity: OK, Title: "The port is open"}
	portRefused = Kind{
		ID: "port.refused", Severity: Fail, Title: "A server refuses the connection",
		Why:  "The address is reached and nothing listens there, or a firewall answers for it.",
		Mend: "Check the name and the port, and that the firewall lets this machine out to it.",
	}
	portSilent = Kind{
		ID: "port.silent", Severity: Fail, Title: "A server does not answer",
		Why:  "A firewall drops the connection without a word, most often on the way out of this network.",
		Mend: "Ask for TCP from this machine to the host and port named here to be allowed, by name rather than by address: Azure changes addresses.",
	}
)

// dialTimeout is how long a port has to answer; one that is dropped never does.
const dialTimeout = 6 * time.Second

// Dial connects and hangs up: nil when the port is open.
func Dial(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	conn.Close()
	return nil
}

// Refused says whether an error of Dial is an answer, and not silence.
func Refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// unnamed says whether an error is that of a name, which has a finding of its own.
func unnamed(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// Connect looks whether the port is open.
func (e Endpoint) Connect() Probe {
	return Probe{Name: "port " + e.Port + " of " + e.Host, Subject: e.Subject, Look: func(ctx context.Context, tell func(Finding)) {
		began := time.Now()
		err := Dial(ctx, e.address())
		switch {
		case err == nil:
			tell(portOpen.Found("%s answers on port %s.", e.Host, e.Port).With("connected in", time.Since(began).Round(time.Millisecond).String()))
		case unnamed(err):
		case Refused(err):
			tell(portRefused.Found("%s refuses connections on port %s (%s).", e.Host, e.Port, e.What))
		default:
			tell(portSilent.Found("%s does not answer on port %s (%s).", e.Host, e.Port, e.What).With("error", firstLine(err)))
		}
	}}
}
