// Package entra signs in with Microsoft Entra ID, and says in plain words why that fails.
package entra

import (
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"penstock/config"
)

// New makes the credential that the configuration names. Nobody is asked for a token yet.
func New(c config.Identity) (azcore.TokenCredential, error) {
	switch c.Kind {
	case "client_secret":
		return azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.ClientSecret.Reveal(), nil)
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
		return azidentity.NewClientCertificateCredential(c.TenantID, c.ClientID, chain, key, &azidentity.ClientCertificateCredentialOptions{SendCertificateChain: true})
	case "managed_identity":
		options := &azidentity.ManagedIdentityCredentialOptions{}
		if c.ClientID != "" {
			options.ID = azidentity.ClientID(c.ClientID)
		}
		return azidentity.NewManagedIdentityCredential(options)
	case "workload_identity":
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{TenantID: c.TenantID, ClientID: c.ClientID, TokenFilePath: c.TokenFile})
	default:
		return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{TenantID: c.TenantID})
	}
}
