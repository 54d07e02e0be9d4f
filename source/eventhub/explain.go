package eventhub

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/go-amqp"

	"penstock/source"
	"penstock/source/entra"
)

// trouble is a kind of error that a person can do something about.
type trouble int

const (
	unknown trouble = iota
	badKey
	noRight
	signIn
	noHub
	noGroup
	contested
	tooManyReaders
	busy
	disabled
	noName
	refused
	timedOut
	untrusted
	proxied
	lost
	noContainer
	containerGoes
	noStorageRight
	badStorageKey
	noStorage
)

// explain says in plain words what an error means, and what to do about it.
func explain(err error, o *Options, hub string) *source.Problem {
	var problem *source.Problem
	if errors.As(err, &problem) {
		return problem
	}
	c := &o.Config
	p := &source.Problem{Time: time.Now(), Cause: err}
	signsIn := c.ConnectionString == ""
	switch classify(err) {
	case badKey:
		p.Message = fmt.Sprintf("The namespace %s refuses the key of the connection string.", c.Namespace)
		p.Hint = "Copy the connection string anew from Shared access policies in the portal; the key may have been renewed."
	case noRight:
		p.Message = fmt.Sprintf("There is no right to read the hub %s.", hub)
		p.Hint = "Use the connection string of a policy with the claim Listen."
		if signsIn {
			p.Hint = "Give the identity the role Azure Event Hubs Data Receiver on the namespace or the hub; that takes some minutes to act."
		}
	case signIn:
		p.Message = "Signing in with Microsoft Entra ID fails: " + entra.Gist(err) + "."
		p.Hint = entra.Hint(err, c.Credential.Kind)
	case noHub:
		p.Message = fmt.Sprintf("The namespace %s has no hub %s.", c.Namespace, hub)
		p.Hint = "Check the name of the hub, or create it; a table's own hub is created by Defender with its first message."
	case noGroup:
		p.Message = fmt.Sprintf("The hub %s has no consumer group %s.", hub, c.ConsumerGroup)
		p.Hint = "Create it in the portal (Consumer groups), for Penstock alone, or use $Default."
	case contested:
		p.Message = fmt.Sprintf("Someone else reads the consumer group %s of %s.", c.ConsumerGroup, hub)
		if by := rival(err); by != "" {
			p.Message = fmt.Sprintf("Someone else reads the consumer group %s of %s: the hub names it %s.", c.ConsumerGroup, hub, by)
		}
		p.Hint = "Give every reader a consumer group of its own; processes of Penstock that are to share one need the same storage container."
	case tooManyReaders:
		p.Message = fmt.Sprintf("The consumer group %s of %s has its five readers already.", c.ConsumerGroup, hub)
		p.Hint = "Create a consumer group for Penstock alone."
	case busy:
		p.Message = fmt.Sprintf("The namespace %s throttles reading.", c.Namespace)
		p.Hint = "It goes on by itself; if it happens often, add throughput units."
	case disabled:
		p.Message = fmt.Sprintf("The hub %s is disabled.", hub)
		p.Hint = "Set its status to Active in the portal."
	default:
		if !explainNetwork(p, err, o) && !explainStorage(p, err, o) {
			p.Message = fmt.Sprintf("Reading the hub %s fails: %s.", hub, entra.Gist(err))
			p.Hint = "It is tried again."
		}
	}
	return p
}

func explainNetwork(p *source.Problem, err error, o *Options) bool {
	c := &o.Config
	switch classify(err) {
	case noName:
		p.Message = fmt.Sprintf("The name %s cannot be found.", nameOf(err, c.Namespace))
		p.Hint = "Check the spelling, and that this machine can resolve names of Azure."
	case refused:
		p.Message = fmt.Sprintf("The namespace %s refuses the connection.", c.Namespace)
		p.Hint = "Check the name of the namespace, its networking rules and the firewall." + tryWebSockets(c.Transport)
	case timedOut:
		p.Message = fmt.Sprintf("The namespace %s does not answer.", c.Namespace)
		p.Hint = "A firewall probably drops the connection." + tryWebSockets(c.Transport)
	case untrusted:
		p.Message = fmt.Sprintf("The certificate of %s is not trusted.", c.Namespace)
		p.Hint = "If a proxy inspects the traffic, add its certificate to those that this machine trusts."
		if m := issuedBy.FindStringSubmatch(err.Error()); m != nil {
			p.Message = fmt.Sprintf("The certificate of %s is not trusted: it was issued by %s.", c.Namespace, m[1])
		}
	case proxied:
		p.Message = "The HTTP proxy refuses the connection: " + entra.Gist(err) + "."
		p.Hint = fmt.Sprintf("Check the address, user and password of the proxy, and that it lets websockets to %s through.", c.Namespace)
	case lost:
		p.Message = fmt.Sprintf("The connection to %s was lost.", c.Namespace)
		p.Hint = "It is opened again by itself."
	default:
		return false
	}
	return true
}

func tryWebSockets(transport string) string {
	if transport == "websockets" {
		return " Port 443 must be open, by way of a proxy where there is one."
	}
	return " Where port 5671 is closed, set transport: websockets, which needs only port 443."
}

func explainStorage(p *source.Problem, err error, o *Options) bool {
	if o.Config.Storage == nil {
		return false
	}
	s := o.Config.Storage
	account := s.Account
	if account == "" {
		account = "of the connection string"
	}
	kind := classify(err)
	if kind == noStorageRight && s.ConnectionString != "" {
		kind = badStorageKey // there is no role that could be missing
	}
	switch kind {
	case noContainer:
		p.Message = fmt.Sprintf("The storage account %s has no container %s.", account, s.Container)
		p.Hint = "Create it, or give the identity the role Storage Blob Data Contributor and run the check of the connection, which creates it."
	case containerGoes:
		p.Message = fmt.Sprintf("The container %s is being deleted.", s.Container)
		p.Hint = "Wait a minute, or use another container."
	case noStorageRight:
		p.Message = fmt.Sprintf("There is no right to write to the container %s of the storage account %s.", s.Container, account)
		p.Hint = "Give the identity the role Storage Blob Data Contributor on the container, and check the networking rules of the account."
	case badStorageKey:
		p.Message = fmt.Sprintf("The storage account %s refuses the key.", account)
		p.Hint = "Copy the connection string of the storage account anew from Access keys in the portal, and check the networking rules of the account."
	case noStorage:
		p.Message = fmt.Sprintf("The storage account %s cannot be reached: %s.", account, entra.Gist(err))
		p.Hint = "Reading goes on with what is owned already; the positions are safe in the journal. Without storage a single process can read: leave storage out."
	default:
		return false
	}
	return true
}

// ofWholeHub reports whether an error concerns more than a partition, so that everything is to be connected anew.
func ofWholeHub(err error) bool {
	switch classify(err) {
	case badKey, noRight, signIn, noHub, noGroup, disabled:
		return true
	}
	return false
}

// conditions are those of AMQP and Event Hubs.
var conditions = map[amqp.ErrCond]trouble{
	amqp.ErrCondUnauthorizedAccess:      noRight,
	amqp.ErrCondStolen:                  contested,
	amqp.ErrCondResourceLimitExceeded:   tooManyReaders,
	"com.microsoft:server-busy":         busy,
	"com.microsoft:entity-disabled":     disabled,
	"com.microsoft:timeout":             timedOut,
	"com.microsoft:auth-failed":         badKey,
	"com.microsoft:container-close":     lost,
	"com.microsoft:precondition-failed": contested,
	amqp.ErrCondConnectionForced:        lost,
	amqp.ErrCondDetachForced:            lost,
}

func classify(err error) trouble {
	if t := classifyAMQP(err); t != unknown {
		return t
	}
	var response *azcore.ResponseError
	switch {
	case entra.Failed(err):
		return signIn
	case errors.As(err, &response):
		return classifyStorage(err, response)
	}
	return classifyNetwork(err)
}

func classifyAMQP(err error) trouble {
	text := strings.ToLower(err.Error())
	var remote *amqp.Error
	var link *amqp.LinkError
	var connection *amqp.ConnError
	var session *amqp.SessionError
	switch {
	case errors.As(err, &link) && link.RemoteErr != nil:
		remote = link.RemoteErr
	case errors.As(err, &session) && session.RemoteErr != nil:
		remote = session.RemoteErr
	case errors.As(err, &connection) && connection.RemoteErr != nil:
		remote = connection.RemoteErr
	default:
		errors.As(err, &remote)
	}
	// The SDK's own error says what the hub has said, but does not hand it out.
	if m := condition.FindStringSubmatch(err.Error()); remote == nil && m != nil {
		remote = &amqp.Error{Condition: amqp.ErrCond(m[1])}
	}
	var rpc interface{ RPCCode() int }
	code := 0
	if errors.As(err, &rpc) {
		code = rpc.RPCCode()
	}
	switch {
	case code == http.StatusNotFound, remote != nil && remote.Condition == amqp.ErrCondNotFound:
		if strings.Contains(text, "consumergroup") || strings.Contains(text, "consumer group") {
			return noGroup
		}
		return noHub
	case code == http.StatusServiceUnavailable:
		return busy
	case code == http.StatusUnauthorized, remote != nil && remote.Condition == amqp.ErrCondUnauthorizedAccess:
		if strings.Contains(text, "signature") || strings.Contains(text, "40103") || strings.Contains(text, "invalid authorization token") || strings.Contains(text, "sharedaccesskeyname") {
			return badKey
		}
		return noRight
	case remote != nil && (strings.Contains(text, "epoch") || strings.Contains(text, "owner level")):
		return contested
	case remote != nil:
		return conditions[remote.Condition]
	}
	var sdk *azeventhubs.Error
	if errors.As(err, &sdk) && sdk.Code == azeventhubs.ErrorCodeUnauthorizedAccess {
		return noRight
	}
	return unknown
}

func classifyStorage(err error, response *azcore.ResponseError) trouble {
	switch {
	case bloberror.HasCode(err, bloberror.ContainerNotFound):
		return noContainer
	case bloberror.HasCode(err, bloberror.ContainerBeingDeleted):
		return containerGoes
	case bloberror.HasCode(err, bloberror.AuthenticationFailed):
		return badStorageKey
	case response.StatusCode == http.StatusForbidden, response.StatusCode == http.StatusUnauthorized:
		return noStorageRight
	}
	return noStorage
}

func classifyNetwork(err error) trouble {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var network net.Error
	text := err.Error()
	switch {
	case strings.Contains(text, "blob") && (strings.Contains(text, "Get \"") || strings.Contains(text, "Put \"")), storageCall.MatchString(text):
		return noStorage
	case errors.As(err, &dns):
		return noName
	case errors.As(err, &authority), errors.As(err, &host):
		return untrusted
	case strings.Contains(text, "Proxy Authentication"), strings.Contains(text, "proxyconnect"):
		return proxied
	case errors.Is(err, syscall.ECONNREFUSED):
		return refused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return lost
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return timedOut
	}
	var sdk *azeventhubs.Error
	if errors.As(err, &sdk) && sdk.Code == azeventhubs.ErrorCodeConnectionLost {
		return lost
	}
	return unknown
}

// storageCall matches what stands before an error of a call to the storage, which is a mere error of the network.
var storageCall = regexp.MustCompile(`^(list the owners|claim partitions|list checkpoints|write checkpoint|storage account)`)

var (
	issuedBy  = regexp.MustCompile(`certificate issued by (.+?): `)
	condition = regexp.MustCompile(`Condition: ([a-z][a-z0-9.:-]+)`)
	rivalName = regexp.MustCompile(`[Rr]eceiver '([^']+)'`)
)

// rival is who reads, when the hub names it; empty otherwise.
func rival(err error) string {
	if m := rivalName.FindStringSubmatch(err.Error()); m != nil && !strings.HasPrefix(m[1], "nil-link") {
		return m[1]
	}
	return ""
}

func nameOf(err error, otherwise string) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.Name != "" {
		return dns.Name
	}
	return otherwise
}
