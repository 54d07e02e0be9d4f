package blob

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"penstock/source"
	"penstock/source/entra"
)

// explain says in plain words what an error means, and what to do about it. The container is that which an error does not
// name itself, and empty where the account as a whole is concerned.
func explain(err error, o *Options, container string) *source.Problem {
	var problem *source.Problem
	if errors.As(err, &problem) {
		return problem
	}
	p := &source.Problem{Time: time.Now(), Cause: err}
	var response *azcore.ResponseError
	var of *containerError
	if errors.As(err, &of) {
		container = of.container
	}
	switch {
	case entra.Failed(err):
		p.Message = "Signing in with Microsoft Entra ID fails: " + entra.Gist(err) + "."
		p.Hint = entra.Hint(err, o.Config.Credential.Kind)
	case errors.As(err, &response):
		explainAnswer(p, response, o, container)
	default:
		explainNetwork(p, err, o)
	}
	return p
}

func explainAnswer(p *source.Problem, response *azcore.ResponseError, o *Options, container string) {
	c := &o.Config
	switch code := bloberror.Code(response.ErrorCode); {
	case code == bloberror.ContainerNotFound, code == bloberror.ContainerBeingDeleted:
		p.Message = fmt.Sprintf("The storage account %s has no container %s.", c.Account, container)
		p.Hint = "Check its name; Defender creates the container of a table with its first record."
	case code == bloberror.AuthenticationFailed && c.SAS != "", response.StatusCode == http.StatusForbidden && c.SAS != "" && Expired(c.SAS.Reveal()) != "":
		p.Message = fmt.Sprintf("The storage account %s refuses the shared access signature.", c.Account)
		if when := Expired(c.SAS.Reveal()); when != "" {
			p.Message = fmt.Sprintf("The shared access signature expired at %s.", when)
		}
		p.Hint = "Make a new one with the rights to read and to list, for containers and objects."
	case code == bloberror.AuthenticationFailed:
		p.Message = fmt.Sprintf("The storage account %s refuses the key.", c.Account)
		p.Hint = "Copy the connection string anew from Access keys in the portal; the key may have been renewed. Check the clock of this machine."
	case code == "KeyBasedAuthenticationNotPermitted":
		p.Message = fmt.Sprintf("The storage account %s lets nobody in by key.", c.Account)
		p.Hint = "Sign in with Microsoft Entra ID, or allow storage account key access in the portal (Configuration)."
	case code == bloberror.AuthorizationFailure:
		p.Message = fmt.Sprintf("The storage account %s does not let this machine in.", c.Account)
		p.Hint = "Check its networking rules: this machine's address must be allowed, or it needs a private endpoint."
		if c.SAS != "" {
			p.Hint += " Or the shared access signature is for other addresses or services."
		} else if c.ConnectionString != "" {
			p.Hint += " Or the key is another: copy the connection string anew from Access keys in the portal."
		}
	case response.StatusCode == http.StatusForbidden, response.StatusCode == http.StatusUnauthorized:
		p.Message = fmt.Sprintf("There is no right to list and read %s of the storage account %s.", named(container), c.Account)
		p.Hint = "Give the identity the role Storage Blob Data Reader on the account; that takes some minutes to act."
		if c.SAS != "" {
			p.Hint = "Make a shared access signature with the rights to read and to list, for containers and objects; one for a single container needs containers to name it."
		}
	case response.StatusCode == http.StatusTooManyRequests, response.StatusCode == http.StatusServiceUnavailable:
		p.Message = fmt.Sprintf("The storage account %s throttles reading.", c.Account)
		p.Hint = "It goes on by itself."
	default:
		p.Message = fmt.Sprintf("The storage account %s answers %d %s.", c.Account, response.StatusCode, response.ErrorCode)
		p.Hint = "It is tried again."
	}
}

func named(container string) string {
	if container == "" {
		return "its containers"
	}
	return "the container " + container
}

func explainNetwork(p *source.Problem, err error, o *Options) {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var network net.Error
	account := o.Config.Account
	switch {
	case errors.As(err, &dns):
		p.Message = fmt.Sprintf("The name %s cannot be found.", dns.Name)
		p.Hint = "Check the name of the storage account, and that this machine can resolve names of Azure."
	case errors.As(err, &authority), errors.As(err, &host):
		p.Message = fmt.Sprintf("The certificate of %s is not trusted.", account)
		p.Hint = "If a proxy inspects the traffic, add its certificate to those that this machine trusts."
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Message = fmt.Sprintf("The storage account %s refuses the connection.", account)
		p.Hint = "Check its name, its networking rules and the firewall."
	case errors.As(err, &network) && network.Timeout():
		p.Message = fmt.Sprintf("The storage account %s does not answer.", account)
		p.Hint = "A firewall probably drops the connection: port 443 must be open."
	default:
		p.Message = fmt.Sprintf("Reading the storage account %s fails: %s.", account, gist(err))
		p.Hint = "It is tried again."
	}
}

// gist is an error without the address of its request, which may hold a signature.
func gist(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return entra.Gist(err)
}

// Expired is when a shared access signature ended; empty: it has not, or does not say.
func Expired(sas string) string {
	values, err := url.ParseQuery(sas)
	if err != nil {
		return ""
	}
	text := values.Get("se")
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if end, err := time.Parse(layout, text); err == nil && end.Before(time.Now()) {
			return text
		}
	}
	return ""
}
