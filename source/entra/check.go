package entra

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"penstock/config"
	"penstock/source"
)

// Check asks for a token for an audience, and says in plain words what came of it.
func Check(ctx context.Context, c config.Identity, audience string) (string, error) {
	credential, err := New(c)
	if err == nil {
		_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{Scope(audience)}})
	}
	if err != nil {
		return "", &source.Problem{
			Message: "Signing in with Microsoft Entra ID fails: " + Gist(err) + ".", Hint: Hint(err, c.Kind), Time: time.Now(), Cause: err,
		}
	}
	return "Microsoft Entra ID has given a token", nil
}
