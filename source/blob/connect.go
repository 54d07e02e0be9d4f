package blob

import (
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"penstock/source/entra"
)

// service makes a client for the account, with a credential of its own.
func (o *Options) service() (*service.Client, error) {
	c := &o.Config
	options := &service.ClientOptions{Audience: c.Cloud.StorageAudience, ClientOptions: policy.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 300 * time.Millisecond, MaxRetryDelay: 2 * time.Second, TryTimeout: time.Minute},
		Telemetry: policy.TelemetryOptions{ApplicationID: "penstock"},
	}}
	switch {
	case c.ConnectionString != "":
		return service.NewClientFromConnectionString(c.ConnectionString.Reveal(), options)
	case c.SAS != "":
		return service.NewClientWithNoCredential(c.Account+"/?"+c.SAS.Reveal(), options)
	}
	credential, err := entra.New(c.Credential)
	if err != nil {
		return nil, err
	}
	return service.NewClient(c.Account+"/", credential, options)
}
