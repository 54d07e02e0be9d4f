package doctor

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// What is found of proxies.
var (
	proxySet     = Kind{ID: "proxy.set", Severity: Info, Title: "An HTTP proxy is set in the environment"}
	proxySkipped = Kind{
		ID: "proxy.skipped", Severity: Info, Title: "A proxy is set, and AMQP goes past it",
		Why:  "AMQP on port 5671 cannot go through an HTTP proxy.",
		Mend: "Where 5671 is closed, set transport: websockets: that goes through the proxy.",
	}
	proxyUnreachable = Kind{
		ID: "proxy.unreachable", Severity: Fail, Title: "The HTTP proxy does not answer",
		Why:  "Everything that goes through it fails: websockets, storage, signing in.",
		Mend: "Check the address in the setting or variable named here; or except the host from it by NO_PROXY.",
	}
	proxyWrong = Kind{
		ID: "proxy.wrong", Severity: Fail, Title: "The address of the HTTP proxy cannot be read",
		Why:  "Everything that goes through it fails.",
		Mend: "Write it as http://proxy.example.com:3128; characters such as @ or # in user or password as %40 and %23.",
	}
)

// Proxy looks which HTTP proxy is taken to reach a host, and whether it answers. The setting is that of the intake, which
// wins over the environment; empty: there is none. Direct: what connects goes past every proxy.
func Proxy(subject, host, setting string, direct bool) Probe {
	return Probe{Name: "the proxy", Subject: subject, Look: func(ctx context.Context, tell func(Finding)) {
		source := "the setting proxy"
		var address *url.URL
		var err error
		if setting != "" {
			address, err = url.Parse(setting)
		} else {
			source = variable()
			request, bad := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/", nil)
			if bad != nil {
				return
			}
			address, err = http.ProxyFromEnvironment(request)
		}
		switch {
		case err != nil || address != nil && address.Host == "":
			tell(proxyWrong.Found("%s holds no address of a proxy.", capital(source))) // the error would show a password
		case address == nil:
		default:
			tell(throughProxy(ctx, source, host, address, direct))
		}
	}}
}

func throughProxy(ctx context.Context, source, host string, proxy *url.URL, direct bool) Finding {
	port := proxy.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080"}[proxy.Scheme]
	}
	if port == "" {
		port = "80"
	}
	address := net.JoinHostPort(proxy.Hostname(), port)
	if direct {
		return proxySkipped.Found("%s names the proxy %s, and AMQP goes to %s past it.", capital(source), address, host)
	}
	if err := Dial(ctx, address); err != nil {
		return proxyUnreachable.Found("%s names the proxy %s, which does not answer.", capital(source), address).With("error", firstLine(err))
	}
	return proxySet.Found("%s is reached through the proxy %s (%s).", host, address, source)
}

// variable is which variable names a proxy for HTTPS.
func variable() string {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return "the environment"
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
