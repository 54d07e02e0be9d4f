package doctor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
)

// What is found of names.
var (
	nameFound   = Kind{ID: "name.found", Severity: OK, Title: "The name is found"}
	nameMissing = Kind{
		ID: "name.missing", Severity: Fail, Title: "The name of a server cannot be found",
		Why:  "Nothing can be connected to whose address is not known.",
		Mend: "Check the spelling of the name in the Azure portal (Overview, Host name). If it is right, the DNS servers of this machine do not know it: a private endpoint needs its private DNS zone linked to the network of this machine, or forwarded by its DNS servers to 168.63.129.16.",
	}
	nameResolver = Kind{
		ID: "name.resolver", Severity: Fail, Title: "The DNS server does not answer",
		Why:  "No name can be found without it, so nothing is read.",
		Mend: "Check the DNS servers of this machine (/etc/resolv.conf) and that port 53 to them is open.",
	}
	namePrivate = Kind{ID: "name.private", Severity: OK, Title: "The name leads to a private endpoint"}
	namePublic  = Kind{
		ID: "name.public", Severity: Warn, Title: "There is a private endpoint, and the name leads to the public address",
		Why:  "A namespace or account with a private endpoint often refuses whoever comes by its public address; then reading fails although name and port look right.",
		Mend: "Link the private DNS zone (privatelink.…) to the network of this machine, or have its DNS servers forward the zone to Azure's resolver 168.63.129.16. If the public way is meant, allow the address of this machine in the networking rules.",
	}
	nameSplit = Kind{
		ID: "name.split", Severity: Warn, Title: "The name leads to private and to public addresses",
		Why:  "Two DNS servers give two answers: connections work or fail by chance.",
		Mend: "Make all DNS servers of this machine know the private DNS zone, or none of them.",
	}
)

// Name looks the name up, and whether a private endpoint is reached where there is one.
func (e Endpoint) Name() Probe {
	return Probe{Name: "the name " + e.Host, Subject: e.Subject, Look: func(ctx context.Context, tell func(Finding)) {
		if isAddress(e.Host) {
			return
		}
		tell(e.name(ctx))
	}}
}

func (e *Endpoint) name(ctx context.Context) Finding {
	addresses, err := e.resolver().LookupNetIP(ctx, "ip", e.Host)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return nameMissing.Found("The name %s, of %s, is not known to the DNS servers of this machine.", e.Host, e.What)
		}
		return nameResolver.Found("The DNS server does not say what the address of %s is.", e.Host).With("error", firstLine(err))
	}
	private, public := 0, 0
	var texts []string
	for _, a := range addresses {
		a = a.Unmap()
		texts = append(texts, a.String())
		if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
			private++
		} else {
			public++
		}
	}
	all := strings.Join(texts, ", ")
	alias, _ := e.resolver().LookupCNAME(ctx, e.Host) // a server that does not say is no fault
	alias = strings.TrimSuffix(alias, ".")
	if strings.EqualFold(alias, e.Host) {
		alias = ""
	}
	switch {
	case private > 0 && public > 0:
		return nameSplit.Found("%s leads to private and to public addresses: %s.", e.Host, all).With("alias", alias)
	case private > 0 && e.Azure:
		return namePrivate.Found("%s is %s, a private endpoint.", e.Host, all).With("alias", alias)
	case public > 0 && e.Azure && e.hasPrivateLink(ctx):
		return namePublic.Found("%s has a private endpoint, but this machine is led to the public address %s.", e.Host, all).With("alias", alias)
	}
	return nameFound.Found("%s is %s.", e.Host, all).With("alias", alias)
}

// hasPrivateLink asks for the name that Azure makes beside the host's when it gets its first private endpoint, as
// contoso.privatelink.servicebus.windows.net.
func (e *Endpoint) hasPrivateLink(ctx context.Context) bool {
	account, zone, ok := strings.Cut(e.Host, ".")
	if !ok || strings.HasPrefix(zone, "privatelink.") {
		return false
	}
	_, err := e.resolver().LookupNetIP(ctx, "ip", account+".privatelink."+zone)
	return err == nil
}

// firstLine is the gist of an error that runs over many lines.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return strings.TrimSpace(text)
}

// isAddress says whether a text is an address, not a name.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
