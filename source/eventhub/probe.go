package eventhub

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"penstock/doctor"
	"penstock/source"
	"penstock/source/entra"
)

// Step is one thing that is checked.
type Step = source.Step

// StepState is what became of a step.
type StepState = source.StepState

// The states of a step.
const (
	StepRunning = source.StepRunning
	StepPassed  = source.StepPassed
	StepFailed  = source.StepFailed
	StepSkipped = source.StepSkipped
)

// stepTimeout bounds one check.
const stepTimeout = 20 * time.Second

// Probe checks the way to the hubs step by step, and the storage. It stops at the first thing that is wrong, which it
// returns as the error as well: one sentence that says what it is, and one that says what to do.
func Probe(ctx context.Context, o Options) ([]Step, error) {
	var steps []Step
	err := Walk(ctx, o, func(s Step) {
		if s.State == StepPassed || s.State == StepFailed {
			steps = append(steps, s)
		}
	})
	return steps, err
}

// Walk is Probe that tells each step when it begins and when it is over. The storage is looked at although the way to the
// hub fails; what follows the failure on that way is skipped.
func Walk(ctx context.Context, o Options, tell func(Step)) error {
	o.setDefaults()
	o.Retry = azeventhubs.RetryOptions{MaxRetries: -1}
	hubs, optional, err := o.hubs()
	if err != nil {
		return err
	}
	p := &probe{options: &o}
	checks := []source.Check{{Name: "name", Run: p.name}, {Name: "port", Run: p.port}, {Name: "TLS", Run: p.tls}, {Name: "sign-in", Run: p.signIn}}
	failed := source.WalkChecks(ctx, checks, stepTimeout, p.blame, tell)
	failed = p.walkHubs(ctx, hubs, optional, failed, tell)
	if failed != nil && o.Config.Storage == nil {
		return failed
	}
	if err := (source.Check{Name: storageStep, Run: p.storage}).Take(ctx, stepTimeout, p.blame, tell); err != nil && failed == nil {
		failed = err
	}
	return failed
}

// hubsAtOnce bounds how many hubs are looked at together: each takes some seconds, and there may be a hundred.
const hubsAtOnce = 10

// walkHubs looks at each of the hubs, also behind one that is wrong where that says nothing of the others; failed is what
// failed before. What is wrong with all shows at the first, which is looked at alone.
func (p *probe) walkHubs(ctx context.Context, hubs []string, optional map[string]bool, failed error, tell func(Step)) error {
	stopped := failed != nil
	for _, together := range append([][]string{hubs[:1]}, slices.Collect(slices.Chunk(hubs[1:], hubsAtOnce))...) {
		for _, err := range p.lookAt(ctx, together, optional, stopped, tell) {
			if failed == nil {
				failed = err
			}
			kind := classify(err)
			stopped = stopped || kind != noHub && kind != noGroup && kind != disabled && kind != tooManyReaders
		}
	}
	return failed
}

// lookAt looks at some hubs together, tells of them in their order, and returns what is wrong with them.
func (p *probe) lookAt(ctx context.Context, hubs []string, optional map[string]bool, skip bool, tell func(Step)) []error {
	told, errs := make([]Step, len(hubs)), make([]error, len(hubs))
	var looking sync.WaitGroup
	for i, hub := range hubs {
		check := source.Check{Name: "hub " + hub, Run: func(ctx context.Context) (string, error) {
			detail, err := p.hub(ctx, hub)
			if err != nil && optional[hub] && classify(err) == noHub {
				return "not there yet; Defender creates it with its first event", nil
			}
			return detail, err
		}}
		if skip {
			check.Skip(tell)
			continue
		}
		tell(Step{Name: check.Name, State: StepRunning})
		looking.Go(func() { errs[i] = check.Take(ctx, stepTimeout, p.blame, func(s Step) { told[i] = s }) })
	}
	looking.Wait()
	if !skip {
		for _, step := range told {
			tell(step)
		}
	}
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

const storageStep = "storage"

func (p *probe) blame(check string, err error) (*source.Problem, string) {
	return explain(err, p.options, strings.TrimPrefix(check, "hub ")), p.keyOf(check, err)
}

// keyOf is the key of the configuration that is probably to blame for an error of a step.
func (p *probe) keyOf(step string, err error) string {
	c := &p.options.Config
	if step == storageStep {
		switch kind := classify(err); {
		case kind == noContainer || kind == containerGoes:
			return "storage.container"
		case c.Storage.ConnectionString == "":
			return "storage.account"
		}
		return "storage.connection_string"
	}
	switch classify(err) {
	case noHub, disabled:
		return "hub"
	case noGroup, tooManyReaders, contested:
		return "consumer_group"
	case signIn:
		return "credential"
	case badKey, noRight:
		if c.ConnectionString == "" {
			return "credential"
		}
		return "connection_string"
	case proxied:
		return "proxy"
	case noName, refused, timedOut:
		return "namespace"
	}
	return ""
}

// probe holds what the checks share.
type probe struct {
	options *Options
	address string // host:port
	plain   bool   // an emulator, without TLS
	direct  bool   // no proxy in between
}

func (p *probe) name(ctx context.Context) (string, error) {
	host, err := p.locate()
	if err != nil {
		return "", err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is %s", host, strings.Join(addresses, ", ")), nil
}

// locate finds out what is connected to, the hub or a proxy, and returns its host.
func (p *probe) locate() (string, error) {
	c := &p.options.Config
	port := "5671"
	if c.Transport == "websockets" {
		port = "443"
	}
	p.direct = c.Proxy == ""
	if conn := c.ConnectionString.Reveal(); conn != "" {
		properties, err := azeventhubs.ParseConnectionString(conn)
		if err != nil {
			return "", &source.Problem{Message: "The connection string cannot be read.", Hint: "Copy it anew from Shared access policies in the portal.", Time: time.Now(), Cause: err}
		}
		if p.plain = properties.Emulator; p.plain {
			port = "5672"
		}
	}
	host, given, err := net.SplitHostPort(c.Namespace)
	if err != nil {
		host, given = c.Namespace, port
	}
	p.address = net.JoinHostPort(host, given)
	if !p.direct {
		u, err := url.Parse(c.Proxy.Reveal())
		if err != nil {
			return "", errors.New("the address of the proxy cannot be read")
		}
		host = u.Hostname()
		p.address = u.Host
	}
	return host, nil
}

func (p *probe) port(ctx context.Context) (string, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return "", err
	}
	conn.Close()
	return p.address + " is open", nil
}

func (p *probe) tls(ctx context.Context) (string, error) {
	if p.plain || !p.direct {
		return "", nil
	}
	host, _, err := net.SplitHostPort(p.address)
	if err != nil {
		return "", err
	}
	var roots *x509.CertPool
	if p.options.TLS != nil {
		roots = p.options.TLS.RootCAs
	}
	shown, err := doctor.Present(ctx, p.address, host, roots)
	switch {
	case err != nil:
		return "", err
	case shown.Problem != nil:
		return "", fmt.Errorf("certificate issued by %s: %w", shown.Issuer(), shown.Problem)
	}
	return "the certificate is trusted; issued by " + shown.Issuer(), nil
}

// scope is for what Event Hubs wants a token.
const scope = "https://eventhubs.azure.net/.default"

func (p *probe) signIn(ctx context.Context) (string, error) {
	c := &p.options.Config
	if c.ConnectionString != "" {
		return "", nil
	}
	credential, err := entra.New(c.Credential)
	if err == nil {
		_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	}
	if err != nil {
		return "", &source.Problem{
			Message: "Signing in with Microsoft Entra ID fails: " + entra.Gist(err) + ".", Hint: entra.Hint(err, c.Credential.Kind), Time: time.Now(), Cause: err,
		}
	}
	return "Microsoft Entra ID has given a token", nil
}

// hub checks that the hub is there and may be read, and its consumer group.
func (p *probe) hub(ctx context.Context, hub string) (string, error) {
	consumer, err := p.options.consumer(hub)
	if err != nil {
		return "", err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
		defer cancel()
		_ = consumer.Close(closing) // nothing was read
	}()
	properties, err := consumer.GetEventHubProperties(ctx, nil)
	if err != nil {
		return "", err
	}
	if len(properties.PartitionIDs) == 0 {
		return "", fmt.Errorf("the hub %s has no partitions", hub)
	}
	detail := fmt.Sprintf("%d partitions, consumer group %s", len(properties.PartitionIDs), p.options.Config.ConsumerGroup)
	err = tryPartition(ctx, consumer, properties.PartitionIDs[0], false)
	if err != nil && classify(err) == contested {
		return detail + ", which is being read", nil // by another Penstock, as it should be, or by someone else, which shows when reading
	}
	return detail, err
}

// storage checks the container of the checkpoints, and creates it when it is missing and that is permitted.
func (p *probe) storage(ctx context.Context) (string, error) {
	s := p.options.Config.Storage
	if s == nil {
		return "none: a single process reads, and the journal knows where it was", nil
	}
	c, err := p.options.container()
	if err != nil {
		return "", fmt.Errorf("storage account: %w", err)
	}
	_, err = c.GetProperties(ctx, nil)
	if err == nil {
		return "the container " + s.Container + " is there", nil
	}
	missing := fmt.Errorf("storage account: %w", err)
	if !bloberror.HasCode(err, bloberror.ContainerNotFound, bloberror.ResourceNotFound) && classify(missing) != noContainer {
		return "", missing
	}
	if _, err := c.Create(ctx, nil); err != nil {
		problem := explain(missing, p.options, "")
		problem.Message += " It could not be created either: " + entra.Gist(err) + "."
		return "", problem
	}
	return "the container " + s.Container + " was missing and has been created", nil
}
