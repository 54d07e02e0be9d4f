package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/source"
	"penstock/source/entra"
)

// probe holds what the checks share.
type probe struct {
	options *Options
	client  *kgo.Client
}

// Walk checks the way to the topics step by step and tells each step when it begins and when it is over. It stops at the
// first thing that is wrong, which it returns as well. The group is not joined, and no message is read.
func Walk(ctx context.Context, o Options, tell func(source.Step)) error {
	o.setDefaults()
	p := &probe{options: &o}
	defer func() {
		if p.client != nil {
			p.client.Close()
		}
	}()
	checks := []source.Check{{Name: "name", Run: p.resolve}, {Name: "port", Run: p.port}, {Name: "TLS", Run: p.tls}, {Name: "token", Run: p.token}, {Name: "sign-in", Run: p.signIn}}
	for _, topic := range o.Config.Topics {
		checks = append(checks, source.Check{Name: "topic " + topic, Run: func(ctx context.Context) (string, error) { return p.topic(ctx, topic) }})
	}
	checks = append(checks, source.Check{Name: "group " + o.Config.Group, Run: p.group})
	return source.WalkChecks(ctx, checks, callTimeout, p.blame, tell)
}

func (p *probe) blame(check string, err error) (*source.Problem, string) {
	return explain(err, p.options), p.keyOf(check, err)
}

// keyOf is the key of the configuration that is probably to blame for an error of a step.
func (p *probe) keyOf(step string, err error) string {
	c := &p.options.Config
	switch {
	case strings.HasPrefix(step, "topic "):
		return "topics"
	case strings.HasPrefix(step, "group "):
		return "group"
	case step == "name", step == "port":
		return "brokers"
	case step == "TLS" && inTheClear(err), c.TLS.Off && closes(err):
		return "tls.off"
	case step == "TLS":
		return "tls.ca"
	case step == "token", entra.Failed(err):
		return "credential"
	case c.ConnectionString != "":
		return "connection_string"
	case errors.Is(err, kerr.UnsupportedSaslMechanism), c.SASL.Mechanism == "none":
		return "sasl.mechanism"
	case c.SASL.Mechanism == "oauthbearer":
		return "credential"
	}
	return "sasl.password"
}

func (p *probe) resolve(ctx context.Context) (string, error) {
	var found []string
	for _, broker := range p.options.Config.Brokers {
		host, _, err := net.SplitHostPort(broker)
		if err != nil {
			return "", fmt.Errorf("read the address of the broker %s: %w", broker, err)
		}
		addresses, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			return "", err
		}
		found = append(found, host+" is "+strings.Join(addresses, ", "))
	}
	return strings.Join(found, "; "), nil
}

// port opens a connection to every broker; one that answers suffices.
func (p *probe) port(ctx context.Context) (string, error) {
	var failed error
	var open []string
	for _, broker := range p.options.Config.Brokers {
		conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", broker)
		if err != nil {
			failed = err
			continue
		}
		conn.Close()
		open = append(open, broker)
	}
	if len(open) == 0 {
		return "", failed
	}
	detail := strings.Join(open, ", ") + " is open"
	if failed != nil {
		detail += "; of " + fmt.Sprint(len(p.options.Config.Brokers)) + " brokers"
	}
	return detail, nil
}

func (p *probe) tls(ctx context.Context) (string, error) {
	if p.options.Config.TLS.Off {
		return "", nil
	}
	t, err := p.options.tls()
	if err != nil {
		return "", &source.Problem{Message: "The certificates that brokers are to be trusted by cannot be read: " + err.Error() + ".", Hint: "Give the text from -----BEGIN CERTIFICATE----- to the last -----END CERTIFICATE-----.", Time: time.Now(), Cause: err}
	}
	var failed error
	for _, broker := range p.options.Config.Brokers {
		conn, err := (&tls.Dialer{Config: t, NetDialer: &net.Dialer{Timeout: 5 * time.Second}}).DialContext(ctx, "tcp", broker)
		if err == nil {
			conn.Close()
			return "the certificate is trusted", nil
		}
		failed = err
	}
	if inTheClear(failed) {
		message, hint := notTLS(p.options)
		failed = &source.Problem{Message: message, Hint: hint, Time: time.Now(), Cause: failed}
	}
	return "", failed
}

// inTheClear says whether a TLS handshake failed as it does with brokers that want none: what they take the first bytes of it
// for is a message of several hundred megabytes.
func inTheClear(err error) bool {
	return errors.As(err, new(tls.RecordHeaderError)) || closes(err) || errors.Is(err, context.DeadlineExceeded)
}

func (p *probe) token(ctx context.Context) (string, error) {
	if p.options.Config.ConnectionString != "" || p.options.Config.SASL.Mechanism != "oauthbearer" {
		return "", nil
	}
	if _, err := p.options.Token(ctx, p.options.scope()); err != nil {
		return "", err
	}
	return "Microsoft Entra ID has given a token for " + p.options.scope(), nil
}

// signIn makes the client, and asks the brokers who they are, which those tell who are let in.
func (p *probe) signIn(ctx context.Context) (string, error) {
	options, err := p.options.client()
	if err != nil {
		return "", err
	}
	if p.client, err = kgo.NewClient(options...); err != nil {
		return "", err
	}
	m, err := kadm.NewClient(p.client).BrokerMetadata(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, b := range m.Brokers {
		names = append(names, net.JoinHostPort(b.Host, fmt.Sprint(b.Port)))
	}
	return fmt.Sprintf("%s: %s", counted(len(names), "broker"), strings.Join(names, ", ")), nil
}

// topic checks that the topic is there and what it holds.
func (p *probe) topic(ctx context.Context, name string) (string, error) {
	topics, err := topicsOf(ctx, p.client, []string{name})
	if err != nil {
		return "", err
	}
	admin := kadm.NewClient(p.client)
	first, err := admin.ListStartOffsets(ctx, name)
	if err == nil {
		err = first.Error()
	}
	if err != nil {
		return "", &topicError{name, err}
	}
	end, err := admin.ListEndOffsets(ctx, name)
	if err == nil {
		err = end.Error()
	}
	if err != nil {
		return "", &topicError{name, err}
	}
	held := int64(0)
	end.Each(func(o kadm.ListedOffset) {
		if f, ok := first.Lookup(o.Topic, o.Partition); ok {
			held += o.Offset - f.Offset
		}
	})
	return counted(len(topics[name].Partitions), "partition") + ", " + counted(int(held), "message"), nil
}

// group tells who is in the consumer group.
func (p *probe) group(ctx context.Context) (string, error) {
	name := p.options.Config.Group
	admin := kadm.NewClient(p.client)
	offsets, err := admin.FetchOffsets(ctx, name)
	// A cluster makes itself ready for groups when it is first asked for one.
	for errors.Is(err, kerr.CoordinatorNotAvailable) || errors.Is(err, kerr.CoordinatorLoadInProgress) || errors.Is(err, kerr.NotCoordinator) {
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(500 * time.Millisecond):
		}
		offsets, err = admin.FetchOffsets(ctx, name)
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return "", err
	}
	described, err := admin.DescribeGroups(ctx, name)
	if err != nil {
		return "may be used; positions are known of " + counted(count(offsets), "partition"), nil //nolint:nilerr // brokers need not tell who is in a group
	}
	members := 0
	for _, g := range described {
		members += len(g.Members)
		if g.ProtocolType != "" && g.ProtocolType != "consumer" {
			return "", &source.Problem{Message: fmt.Sprintf("The group %s is used for something else (%s).", name, g.ProtocolType), Hint: "Give Penstock a group of its own.", Time: time.Now()}
		}
	}
	return counted(members, "reader") + "; positions are known of " + counted(count(offsets), "partition"), nil
}

// counted is a number with what it counts.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func count(offsets kadm.OffsetResponses) int {
	n := 0
	offsets.Each(func(kadm.OffsetResponse) { n++ })
	return n
}
