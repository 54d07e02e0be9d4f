package eventhub

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/doctor"
	"penstock/source/entra"
)

// Patient is what the doctor is to look at.
type Patient struct {
	Options
	Subject string
	// Running: the intake is read by the Penstock of this data folder at this moment, so that it is no wonder that
	// somebody reads.
	Running bool
	// Resolver looks names up; nil: as the system does.
	Resolver doctor.Resolver
}

// diagnosis is what the probes of an intake share.
type diagnosis struct {
	*probe
	patient *Patient
	host    string
}

// What is found of the settings and of signing in.
var (
	connectionUnread = doctor.Kind{
		ID: "connection.unread", Severity: doctor.Fail, Title: "The connection string cannot be read",
		Why:  "Nothing can be connected to without.",
		Mend: "Copy it anew: Azure portal, the Event Hubs namespace or the hub, Settings, Shared access policies, a policy with Listen.",
	}
	signedIn = doctor.Kind{ID: "entra.token", Severity: doctor.OK, Title: "Microsoft Entra ID gives a token"}
	signFail = doctor.Kind{
		ID: "entra.refused", Severity: doctor.Fail, Title: "Signing in with Microsoft Entra ID fails",
		Why: "Without a token neither the hub nor the storage lets anybody in.",
	}
)

// Probes are what the doctor looks at of an intake that reads Event Hubs, from its name to where it has read to.
func (p Patient) Probes() []doctor.Probe {
	p.setDefaults()
	p.Retry = azeventhubs.RetryOptions{MaxRetries: -1}
	d := &diagnosis{probe: &probe{options: &p.Options}, patient: &p}
	of := func(name string, timeout time.Duration, look func(context.Context, func(doctor.Finding))) doctor.Probe {
		return doctor.Probe{Name: name, Subject: p.Subject, Timeout: timeout, Look: look}
	}
	hubs, optional, err := p.hubs()
	if err == nil {
		_, err = d.locate()
	}
	if err != nil {
		return []doctor.Probe{of("the settings", 0, func(_ context.Context, tell func(doctor.Finding)) {
			tell(connectionUnread.Found("%s", explain(err, &p.Options, "").Message))
		})}
	}
	d.locateNamespace()
	var list []doctor.Probe
	namespace := d.endpoint(d.host)
	list = append(list, namespace.Name())
	if d.plain {
		list = append(list, namespace.Connect())
	} else {
		list = append(list, of("the ports of the namespace", 0, d.transport))
		if d.direct {
			list = append(list, namespace.Certificate())
		}
	}
	list = append(list, namespace.Clock(), doctor.Proxy(p.Subject, d.host, p.Config.Proxy.Reveal(), p.Config.Transport != "websockets"))
	if p.Config.ConnectionString == "" {
		list = append(list, of("signing in", 30*time.Second, d.sign))
	}
	for _, hub := range hubs {
		list = append(list, of("hub "+hub, 40*time.Second, func(ctx context.Context, tell func(doctor.Finding)) { d.hubs(ctx, hub, optional[hub], tell) }))
	}
	return append(list, d.storageProbes(hubs, of)...)
}

// locateNamespace keeps the host of the namespace, whatever stands between.
func (d *diagnosis) locateNamespace() {
	host, _, err := net.SplitHostPort(d.options.Config.Namespace)
	if err != nil {
		host = d.options.Config.Namespace
	}
	d.host = host
}

// endpoint is the namespace as everything that is connected to is looked at.
func (d *diagnosis) endpoint(host string) doctor.Endpoint {
	_, port, _ := net.SplitHostPort(d.address)
	if !d.direct {
		port = "443"
	}
	e := doctor.Endpoint{
		Subject: d.patient.Subject, What: "the namespace of the hub", Host: host, Port: port, Plain: d.plain,
		Azure: d.options.Config.Cloud.Holds(host), Resolver: d.patient.Resolver,
	}
	if d.options.TLS != nil {
		e.Roots = d.options.TLS.RootCAs
	}
	return e
}

// sign asks for a token, and tells for whom it is.
func (d *diagnosis) sign(ctx context.Context, tell func(doctor.Finding)) {
	c := &d.options.Config
	credential, err := entra.New(c.Credential)
	if err == nil {
		token, got := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{entra.Scope(c.Cloud.HubAudience)}})
		if err = got; err == nil {
			who := claimsOf(token.Token)
			tell(signedIn.Found("Microsoft Entra ID has given a token, valid until %s.", token.ExpiresOn.UTC().Format(time.TimeOnly)).
				With("application", who.Application).With("object", who.Object).With("tenant", who.Tenant).With("kind of credential", c.Credential.Kind))
			return
		}
	}
	tell(signFail.Found("Signing in with Microsoft Entra ID fails: %s.", entra.Gist(err)).Mending("%s", entra.Hint(err, c.Credential.Kind)).
		With("kind of credential", c.Credential.Kind).With("tenant", c.Credential.TenantID).With("application", c.Credential.ClientID))
}

// tokenClaims are those of a token that tell for whom it is.
type tokenClaims struct {
	Application string `json:"appid"`
	Object      string `json:"oid"`
	Tenant      string `json:"tid"`
}

// claimsOf reads a token without checking it: it is only told for whom it is. A token of another form has none.
func claimsOf(token string) (c tokenClaims) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c
	}
	if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
		_ = json.Unmarshal(text, &c) // what is not understood is not told
	}
	return c
}

// What is found of the ways to the namespace.
var (
	transportOpen = doctor.Kind{ID: "transport.open", Severity: doctor.OK, Title: "The port of the transport is open"}
	transportAMQP = doctor.Kind{
		ID: "transport.amqp", Severity: doctor.Fail, Title: "Port 5671 is closed, and 443 is open",
		Why: "AMQP needs port 5671, which many firewalls do not let out; the same goes through port 443 as websockets.",
	}
	transportWeb = doctor.Kind{
		ID: "transport.websockets", Severity: doctor.Fail, Title: "Port 443 is closed, and 5671 is open",
		Why: "The intake is set to websockets, which need port 443.",
	}
	transportBoth = doctor.Kind{
		ID: "transport.closed", Severity: doctor.Fail, Title: "Neither port 5671 nor 443 of the namespace is open",
		Why:  "A firewall lets nothing out to the namespace, its networking rules shut this network out, or the address is not the namespace's.",
		Mend: "Ask for TCP 5671 (or 443) to be allowed from this machine to the namespace, by its name. If the way is through an HTTP proxy, set transport: websockets and proxy.",
	}
	transportSpare = doctor.Kind{
		ID: "transport.spare", Severity: doctor.Info, Title: "Websockets are used, and plain AMQP would work",
		Why: "AMQP on port 5671 is a little faster; there is no need to change.",
	}
)

// transport tries both ports, whichever is set.
func (d *diagnosis) transport(ctx context.Context, tell func(doctor.Finding)) {
	c := &d.options.Config
	if !d.direct {
		return // the proxy has a finding of its own
	}
	if _, _, err := net.SplitHostPort(c.Namespace); err == nil { // a port is given, so that there is no choice
		d.endpoint(d.host).Connect().Look(ctx, tell)
		return
	}
	amqp := doctor.Dial(ctx, net.JoinHostPort(d.host, "5671"))
	web := doctor.Dial(ctx, net.JoinHostPort(d.host, "443"))
	if amqp != nil && classify(amqp) == noName {
		return // the name has a finding of its own
	}
	tell(judgePorts(c.Transport == "websockets", d.options.Intake, d.host, amqp, web))
}

func judgePorts(websockets bool, intake, host string, amqp, web error) doctor.Finding {
	facts := func(f doctor.Finding) doctor.Finding { return f.With("5671", reached(amqp)).With("443", reached(web)) }
	line := func(transport string) string {
		return fmt.Sprintf("On the page: the intake, Edit, Transport: %s. In penstock.yaml:\nintakes:\n  - name: %s\n    eventhub:\n      transport: %s", transport, intake, transport)
	}
	switch {
	case amqp != nil && web != nil:
		return facts(transportBoth.Found("%s answers neither on port 5671 nor on 443.", host))
	case !websockets && amqp != nil:
		return facts(transportAMQP.Found("%s does not answer on port 5671, but on 443.", host).Mending("%s", line("websockets")))
	case websockets && web != nil:
		return facts(transportWeb.Found("%s does not answer on port 443, but on 5671.", host).Mending("%s", line("amqp")))
	case websockets && amqp == nil:
		return facts(transportSpare.Found("%s answers on port 443, which is used, and on 5671.", host))
	case websockets:
		return facts(transportOpen.Found("%s answers on port 443.", host))
	}
	return facts(transportOpen.Found("%s answers on port 5671.", host))
}

func reached(err error) string {
	switch {
	case err == nil:
		return "open"
	case doctor.Refused(err):
		return "refused"
	}
	return "no answer"
}

// Kinds are what can be found of Event Hubs and the storage of checkpoints.
func Kinds() []doctor.Kind {
	return []doctor.Kind{
		connectionUnread, signedIn, signFail,
		transportOpen, transportAMQP, transportWeb, transportBoth, transportSpare,
		hubThere, hubUnasked, hubMissing, groupMissing, keyRefused, claimMissing, roleMissing, readersFull, readerForeign, hubDisabled, hubBusy, hubSick, groupDefault,
		readingUp, readingNever, readingEmpty, readingBehind, readingEnding, readingExpired, readingAhead,
		storageNone, storageUsable, storageAbsent, storageKey, storageNoKeys, storageRole, storageRules, storageWrite, storageFailing, storageSoft, storageTree,
		ownersFresh, ownersOther, ownersBefore, ownersBack, ownersStale,
	}
}
