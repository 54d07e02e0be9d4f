package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// names answers DNS on the loopback interface: the addresses of names, others do not exist. With silent it answers nothing.
func names(t *testing.T, addresses map[string][]string, silent bool) *net.Resolver {
	t.Helper()
	c, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { c.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if silent || m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			list, known := addresses[strings.TrimSuffix(q.Name.String(), ".")]
			if !known {
				m.RCode = dnsmessage.RCodeNameError
			}
			for _, a := range list {
				if q.Type == dnsmessage.TypeA {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()},
					})
				}
			}
			if text, err := m.Pack(); err == nil {
				_, _ = c.WriteTo(text, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

func TestANameIsFoundOrItIsSaidWhyNot(t *testing.T) {
	const host, link = "contoso.servicebus.windows.net", "contoso.privatelink.servicebus.windows.net"
	for name, test := range map[string]struct {
		addresses map[string][]string
		azure     bool
		want      string
	}{
		"public":                             {map[string][]string{host: {"20.1.2.3"}}, true, "name.found"},
		"nobody knows it":                    {map[string][]string{}, true, "name.missing"},
		"a private endpoint":                 {map[string][]string{host: {"10.1.2.3"}, link: {"10.1.2.3"}}, true, "name.private"},
		"a private endpoint, seen from away": {map[string][]string{host: {"20.1.2.3"}, link: {"20.1.2.3"}}, true, "name.public"},
		"two answers":                        {map[string][]string{host: {"20.1.2.3", "10.1.2.3"}}, true, "name.split"},
		"not Azure's":                        {map[string][]string{host: {"10.1.2.3"}}, false, "name.found"},
	} {
		e := Endpoint{Host: host, Port: "5671", What: "the namespace", Azure: test.azure, Resolver: names(t, test.addresses, false)}
		if got, f := look(t, e.Name()); got != test.want {
			t.Errorf("%s: %s %+v", name, got, f)
		}
	}
	e := Endpoint{Host: host, Resolver: names(t, nil, true)}
	p := e.Name()
	p.Timeout = 300 * time.Millisecond
	if got, f := look(t, p); got != "name.resolver" {
		t.Errorf("a server that says nothing: %s %+v", got, f)
	}
	if got, _ := look(t, Endpoint{Host: "127.0.0.1"}.Name()); got != "" {
		t.Errorf("an address is no name: %s", got)
	}
}

// listener accepts on a port and does nothing with it; closed where it is refused.
func listener(t *testing.T) (host, port string, close func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ = net.SplitHostPort(l.Addr().String())
	t.Cleanup(func() { l.Close() })
	return host, port, func() { l.Close() }
}

func TestAPortIsOpenOrRefused(t *testing.T) {
	host, port, closeIt := listener(t)
	e := Endpoint{Host: host, Port: port, What: "x"}
	if got, _ := look(t, e.Connect()); got != "port.open" {
		t.Error(got)
	}
	// It accepts, and never says a word.
	p := e.Certificate()
	p.Timeout = 200 * time.Millisecond
	if got, f := look(t, p); got != "tls.broken" {
		t.Errorf("%s %+v", got, f)
	}
	closeIt()
	if got, _ := look(t, e.Connect()); got != "port.refused" {
		t.Error(got)
	}
	if got, _ := look(t, e.Certificate()); got != "" {
		t.Errorf("the port has a finding of its own: %s", got)
	}
}

// authority issues certificates, as a proxy that inspects does.
func authority(t *testing.T, organisation string) (issue func(host string, until time.Time) tls.Certificate, roots *x509.CertPool) {
	t.Helper()
	make := func(c, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parent == nil {
			parent, signer = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return made, key
	}
	ca, caKey := make(&x509.Certificate{
		//nolint:misspell // the name of the field
		Subject:      pkix.Name{CommonName: "Inspection CA", Organization: []string{organisation}},
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	roots = x509.NewCertPool()
	roots.AddCert(ca)
	return func(host string, until time.Time) tls.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, DNSNames: []string{host}}
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = []net.IP{ip}
		}
		leaf, key := make(c, ca, caKey)
		return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
	}, roots
}

func TestACertificateIsTrustedOrItIsSaidWhoIssuedIt(t *testing.T) {
	proxy, proxyRoots := authority(t, "Acme Gateway")
	real, realRoots := authority(t, "Microsoft Corporation")
	later := time.Now().Add(time.Hour)
	for name, test := range map[string]struct {
		certificate tls.Certificate
		roots       *x509.CertPool
		azure       bool
		want, says  string
	}{
		"trusted":                     {real("127.0.0.1", later), realRoots, true, "tls.trusted", "Microsoft"},
		"an intercepting proxy":       {proxy("127.0.0.1", later), realRoots, true, "tls.intercepted", "Acme Gateway"},
		"a proxy that is trusted":     {proxy("127.0.0.1", later), proxyRoots, true, "tls.inspected", "Acme Gateway"},
		"somebody else's server":      {proxy("127.0.0.1", later), proxyRoots, false, "tls.trusted", "Acme Gateway"},
		"a certificate of other name": {real("other.example", later), realRoots, true, "tls.host", "another name"},
		"one that has ended":          {real("127.0.0.1", time.Now().Add(-time.Hour)), realRoots, true, "tls.expired", "is valid from"},
	} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{Certificates: []tls.Certificate{test.certificate}, MinVersion: tls.VersionTLS12}
		server.StartTLS()
		host, port, _ := net.SplitHostPort(server.Listener.Addr().String())
		e := Endpoint{Host: host, Port: port, Azure: test.azure, Roots: test.roots}
		got, f := look(t, e.Certificate())
		if got != test.want || !strings.Contains(f[0].Found, test.says) {
			t.Errorf("%s: %s %+v", name, got, f)
		}
		if test.want == "tls.trusted" {
			if clock, f := look(t, e.Clock()); clock != "clock.right" {
				t.Errorf("%s: %s %+v", name, clock, f)
			}
		}
		server.Close()
	}
}

func TestAProxyThatIsSetIsTriedAndItsPasswordNotShown(t *testing.T) {
	host, port, closeIt := listener(t)
	setting := "http://user:hunter2-hunter2@" + net.JoinHostPort(host, port)
	for name, test := range map[string]struct {
		setting string
		direct  bool
		want    string
	}{
		"websockets":        {setting, false, "proxy.set"},
		"AMQP goes past it": {setting, true, "proxy.skipped"},
		"no address":        {"http://user:hunter2-hunter2@", false, "proxy.wrong"},
		"cannot be read":    {"http://us er:hunter2-hunter2@x:y", false, "proxy.wrong"},
	} {
		got, f := look(t, Proxy("x", "contoso.servicebus.windows.net", test.setting, test.direct))
		if got != test.want || strings.Contains(f[0].Found, "hunter2") {
			t.Errorf("%s: %s %+v", name, got, f)
		}
	}
	closeIt()
	if got, f := look(t, Proxy("x", "contoso.servicebus.windows.net", setting, false)); got != "proxy.unreachable" || strings.Contains(f[0].Found, "hunter2") {
		t.Errorf("a proxy that is away: %s %+v", got, f)
	}
}
