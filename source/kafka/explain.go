package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/source"
	"penstock/source/entra"
)

// explain says in plain words what an error means, and what to do about it.
func explain(err error, o *Options) *source.Problem {
	var problem *source.Problem
	if errors.As(err, &problem) {
		return problem
	}
	c := &o.Config
	p := &source.Problem{Time: time.Now(), Cause: err}
	topic := strings.Join(c.Topics, ", ")
	var of *topicError
	if errors.As(err, &of) && of.topic != "" {
		topic = of.topic
	}
	hub := c.ConnectionString != ""
	switch {
	case entra.Failed(err):
		p.Message = "Signing in with Microsoft Entra ID fails: " + entra.Gist(err) + "."
		p.Hint = entra.Hint(err, c.Credential.Kind)
	case refusesSignIn(err):
		p.Message = fmt.Sprintf("The brokers %s refuse to let Penstock in.", strings.Join(c.Brokers, ", "))
		p.Hint = "Check user, password and mechanism (SASL)."
		if hub {
			p.Hint = "Copy the connection string anew from Shared access policies in the portal: its policy needs the claim Listen, and its key may have been renewed. The Basic tier has no Kafka endpoint."
		} else if c.SASL.Mechanism == "oauthbearer" {
			p.Hint = "Give the identity the role Azure Event Hubs Data Receiver on the namespace; that takes some minutes to act. The Basic tier has no Kafka endpoint."
		}
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		p.Message = fmt.Sprintf("The brokers do not know the mechanism %s (SASL).", c.SASL.Mechanism)
		p.Hint = "Choose a mechanism that they know; Event Hubs knows plain (by the connection string) and oauthbearer."
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		p.Message = fmt.Sprintf("There is no topic %s.", topic)
		p.Hint = "Check its name, or create it; whoever may not see a topic is told the same."
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		p.Message = fmt.Sprintf("There is no right to read the topic %s.", topic)
		p.Hint = "Give the user the right to read and describe the topic" + ifHub(hub, ": a connection string needs the claim Listen") + "."
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		p.Message = fmt.Sprintf("There is no right to use the consumer group %s.", c.Group)
		p.Hint = "Give the user the right to read the group, or name another."
	case errors.Is(err, kerr.InconsistentGroupProtocol):
		p.Message = fmt.Sprintf("Somebody else reads the consumer group %s.", c.Group)
		p.Hint = "Give Penstock a group of its own."
	default:
		explainNetwork(p, err, o)
	}
	return p
}

func ifHub(hub bool, text string) string {
	if hub {
		return text
	}
	return ""
}

func refusesSignIn(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.IllegalSaslState) || strings.Contains(err.Error(), "SASL_AUTHENTICATION_FAILED")
}

func explainNetwork(p *source.Problem, err error, o *Options) {
	brokers := strings.Join(o.Config.Brokers, ", ")
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	var network net.Error
	switch {
	case errors.As(err, &dns):
		p.Message = fmt.Sprintf("The name %s cannot be found.", dns.Name)
		p.Hint = "Check the spelling of the brokers; a broker may name others under names that this machine does not know (advertised.listeners)."
	case errors.As(err, &authority), errors.As(err, &host):
		p.Message = fmt.Sprintf("The certificate of %s is not trusted.", brokers)
		p.Hint = "Give the certificate that signed it, so that brokers are trusted by it (tls.ca in penstock.yaml); if a proxy inspects the traffic, add its certificate to those that this machine trusts."
	case errors.As(err, &record):
		p.Message, p.Hint = notTLS(o)
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Message = fmt.Sprintf("The brokers %s refuse the connection.", brokers)
		p.Hint = "Check name and port, networking rules and the firewall; Event Hubs listens on port 9093."
	case closes(err):
		p.Message = fmt.Sprintf("The brokers %s close the connection.", brokers)
		p.Hint = "Check user, password and mechanism (SASL). Otherwise it is tried again by itself."
		if o.Config.TLS.Off {
			p.Hint = "They probably want encryption (TLS): switch it on, or check the port. Otherwise check user, password and mechanism (SASL)."
		}
		if o.Config.ConnectionString != "" {
			p.Hint = "Check the connection string, which needs the claim Listen; the Basic tier has no Kafka endpoint. Otherwise it is tried again by itself."
		}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		p.Message = fmt.Sprintf("The brokers %s do not answer.", brokers)
		p.Hint = "A firewall probably drops the connection; Event Hubs listens on port 9093."
	default:
		p.Message = "Reading from the brokers fails: " + entra.Gist(err) + "."
		p.Hint = "It is tried again."
	}
}

func notTLS(o *Options) (message, hint string) {
	return fmt.Sprintf("The brokers %s do not speak TLS on that port.", strings.Join(o.Config.Brokers, ", ")),
		"Check the port, or switch encryption off where the brokers have none (tls.off in penstock.yaml)."
}

// closes says whether brokers have closed the connection, as they do where they want TLS, or do not let somebody in.
func closes(err error) bool {
	var first *kgo.ErrFirstReadEOF
	return errors.Is(err, io.EOF) || errors.As(err, &first) || errors.Is(err, syscall.ECONNRESET)
}
