package doctor

import (
	"context"
	"crypto/tls"
	"net/http"
	"time"
)

// What is found of the clock.
var (
	clockRight = Kind{ID: "clock.right", Severity: OK, Title: "The clock is right"}
	clockOff   = Kind{
		ID: "clock.off", Severity: Warn, Title: "The clock of this machine is off",
		Why:  "Delays and the order of events come out wrong, and when it grows tokens are refused.",
		Mend: "Let the machine set its clock by the network: timedatectl set-ntp true, or chrony.",
	}
	clockWrong = Kind{
		ID: "clock.wrong", Severity: Fail, Title: "The clock of this machine is wrong by minutes",
		Why:  "Azure refuses tokens and signatures made at another time; it looks like a wrong key.",
		Mend: "Let the machine set its clock by the network: timedatectl set-ntp true, or chrony; in a virtual machine check the clock of its host as well.",
	}
)

// From when a clock is off, and wrong: Azure takes signatures that are up to 15 minutes old, and Entra ID tokens of 5.
const (
	off   = 30 * time.Second
	wrong = 4 * time.Minute
)

// Clock compares the clock of this machine with what the server says in its answers (RFC 9110, Date). Where it does not
// say anything, nothing is found.
func (e Endpoint) Clock() Probe {
	return Probe{Name: "the clock, by " + e.Host, Subject: e.Subject, Look: func(ctx context.Context, tell func(Finding)) {
		if there, trip, ok := e.date(ctx); ok {
			tell(skew(e.Host, there, time.Now(), trip))
		}
	}}
}

// date is what the server takes for the time, and how long it took to say so.
func (e *Endpoint) date(ctx context.Context) (time.Time, time.Duration, bool) {
	scheme, address := "https://", e.Host
	switch {
	case e.Plain:
		scheme, address = "http://", e.address()
	case e.Port != "5671": // the hub speaks HTTP on 443 only
		address = e.address()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, scheme+address+"/", nil)
	if err != nil {
		return time.Time{}, 0, false
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: e.Roots}, DisableKeepAlives: true} //nolint:gosec // the default versions
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: dialTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	began := time.Now()
	answer, err := client.Do(request)
	if err != nil {
		return time.Time{}, 0, false // the port and the certificate have findings of their own
	}
	answer.Body.Close()
	there, err := http.ParseTime(answer.Header.Get("Date"))
	return there, time.Since(began), err == nil
}

// skew judges a clock. What a server says is whole seconds, and as old as the way back.
func skew(host string, there, here time.Time, trip time.Duration) Finding {
	d := here.Add(-trip / 2).Sub(there.Add(500 * time.Millisecond)).Round(time.Second)
	ahead := "ahead of"
	size := d
	if d < 0 {
		ahead, size = "behind", -d
	}
	switch {
	case size >= wrong:
		return clockWrong.Found("The clock of this machine is %s %s that of %s.", size, ahead, host)
	case size >= off:
		return clockOff.Found("The clock of this machine is %s %s that of %s.", size, ahead, host)
	}
	return clockRight.Found("The clock of this machine agrees with that of %s.", host).With("difference", d.String())
}
