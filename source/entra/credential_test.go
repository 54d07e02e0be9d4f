package entra

import (
	"context"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"penstock/config"
)

// asked is a credential that notes what it is asked for.
type asked struct{ scopes []string }

func (a *asked) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	a.scopes = append(a.scopes, o.Scopes...)
	return azcore.AccessToken{}, nil
}

func TestATokenIsAskedForForTheAudienceOfTheCloud(t *testing.T) {
	a := &asked{}
	if _, err := For(a, "https://hubs.island.example/").GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://eventhubs.azure.net//.default"}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.scopes, []string{"https://hubs.island.example/.default"}) {
		t.Errorf("asked for %q", a.scopes)
	}
}

func TestSignInGoesToTheAuthorityOfTheCloud(t *testing.T) {
	for host, want := range map[string]struct {
		asked   string
		private bool
	}{
		"":                                 {"", false},
		"login.microsoftonline.us":         {"https://login.microsoftonline.us/", false},
		"login.partner.microsoftonline.cn": {"https://login.partner.microsoftonline.cn/", false},
		"login.island.example":             {"https://login.island.example/", true},
	} {
		o, private, err := authority(host)
		if err != nil || o.Cloud.ActiveDirectoryAuthorityHost != want.asked || private != want.private {
			t.Errorf("%s: %s, %t, %v", host, o.Cloud.ActiveDirectoryAuthorityHost, private, err)
		}
	}
	for _, kind := range []string{"client_secret", "default", "managed_identity"} {
		if _, err := New(config.Identity{Kind: kind, TenantID: "11111111-2222-3333-4444-555555555555", ClientID: "a", ClientSecret: "s", Authority: "login.island.example"}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
