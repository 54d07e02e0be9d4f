// Package entra signs in with Microsoft Entra ID, and says in plain words why that fails.
package entra

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azure "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"penstock/cloud"
	"penstock/config"
)

// New makes the credential that the configuration names, of the cloud that it belongs to. Nobody is asked for a token yet.
func New(c config.Identity) (azcore.TokenCredential, error) {
	options, private, err := authority(c.Authority)
	if err != nil {
		return nil, err
	}
	switch c.Kind {
	case "client_secret":
		return azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.ClientSecret.Reveal(), &azidentity.ClientSecretCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: private,
		})
	case "certificate":
		pem, err := []byte(c.Certificate.Reveal()), error(nil)
		if len(pem) == 0 {
			pem, err = os.ReadFile(c.CertificateFile)
		}
		if err != nil {
			return nil, fmt.Errorf("read certificate: %w", err)
		}
		chain, key, err := azidentity.ParseCertificates(pem, []byte(c.CertificatePassword.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("read certificate %s: %w", c.CertificateFile, err)
		}
		return azidentity.NewClientCertificateCredential(c.TenantID, c.ClientID, chain, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: options, SendCertificateChain: true, DisableInstanceDiscovery: private,
		})
	case "managed_identity":
		o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
		if c.ClientID != "" {
			o.ID = azidentity.ClientID(c.ClientID)
		}
		return azidentity.NewManagedIdentityCredential(o)
	case "workload_identity":
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: options, TenantID: c.TenantID, ClientID: c.ClientID, TokenFilePath: c.TokenFile, DisableInstanceDiscovery: private,
		})
	default:
		return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options, TenantID: c.TenantID, DisableInstanceDiscovery: private})
	}
}

// authority says whom a credential asks: the Entra ID of a host; empty: that of the environment, or the commercial one. A
// private one is not known to Microsoft's, which would be asked about it first.
func authority(host string) (options azcore.ClientOptions, private bool, err error) {
	if host == "" {
		return options, false, nil
	}
	known, err := cloud.Known()
	if err != nil {
		return options, false, err
	}
	_, public := known.Of(host)
	options.Cloud = azure.Configuration{ActiveDirectoryAuthorityHost: "https://" + host + "/"}
	return options, !public, nil
}

// For makes a credential ask for tokens of an audience, whatever it is asked for: the SDK of Event Hubs knows that of
// Microsoft's own clouds alone.
func For(c azcore.TokenCredential, audience string) azcore.TokenCredential {
	return &audienced{c, []string{Scope(audience)}}
}

// Scope is what a token for an audience is asked for with.
func Scope(audience string) string { return strings.TrimRight(audience, "/") + "/.default" }

type audienced struct {
	azcore.TokenCredential
	scopes []string
}

func (c *audienced) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.Scopes = c.scopes
	return c.TokenCredential.GetToken(ctx, o)
}
