package azure

import (
	"strings"
	"testing"
)

const goodID = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/acmerg/providers/Microsoft.EventHub/namespaces/acmeehns"

func TestWhatIsPastedAsTheNamespaceIsRecognised(t *testing.T) {
	for name, test := range map[string]struct{ pasted, kind, says, id string }{
		"the namespace":            {goodID, "namespace", "acmeehns", goodID},
		"with spaces around":       {"  " + goodID + "\n", "namespace", "Copy it like this", goodID},
		"in quotes":                {`"` + goodID + `"`, "namespace", "Copy it like this", goodID},
		"a slash at the end":       {goodID + "/", "namespace", "Copy it like this", goodID},
		"no slash first":           {goodID[1:], "namespace", "Copy it like this", goodID},
		"small letters":            {strings.Replace(goodID, "Microsoft.EventHub", "microsoft.eventhub", 1), "namespace", "acmeehns", goodID},
		"the hub":                  {goodID + "/eventhubs/acmeeh", "hub", "name of the hub", goodID},
		"a consumer group":         {goodID + "/eventhubs/acmeeh/consumergroups/acmecp", "part", "consumergroups", goodID},
		"a policy":                 {goodID + "/authorizationRules/RootManageSharedAccessKey", "part", "authorizationRules", goodID},
		"the group":                {"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/acmerg", "group", "resource group", ""},
		"the subscription":         {"/subscriptions/11111111-2222-3333-4444-555555555555", "subscription", "subscription", ""},
		"a storage account":        {"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/acmerg/providers/Microsoft.Storage/storageAccounts/acmesa", "other", "storage account", ""},
		"a Service Bus":            {strings.Replace(goodID, "EventHub", "ServiceBus", 1), "other", "another service", ""},
		"a workspace":              {others + "Microsoft.OperationalInsights/workspaces/w", "other", "Log Analytics", ""},
		"a cluster":                {others + "Microsoft.EventHub/clusters/c", "other", "clusters", ""},
		"a page of the portal":     {"https://portal.azure.com/#@contoso.onmicrosoft.com/resource" + goodID + "/overview", "portal", "address", goodID},
		"a page of a hub":          {"https://portal.azure.com/#@contoso.onmicrosoft.com/resource" + goodID + "/eventhubs/acmeeh/overview", "hub", "name of the hub", goodID},
		"an escaped page":          {"https://portal.azure.us/#view/Microsoft_Azure_EventHub/Blade/id/" + strings.ReplaceAll(goodID, "/", "%2F"), "portal", "address", goodID},
		"an address of the API":    {"https://management.azure.com" + goodID + "?api-version=2024-01-01", "portal", "address", goodID},
		"another page":             {"https://portal.azure.com/#home", "portal", "no resource ID", ""},
		"a connection string":      {"Endpoint=sb://acmeehns.servicebus.windows.net/;SharedAccessKeyName=acmeap;SharedAccessKey=c2VjcmV0", "connection", "connection string", ""},
		"a storage string":         {"DefaultEndpointsProtocol=https;AccountName=acmesa;AccountKey=c2VjcmV0", "connection", "connection string", ""},
		"the host":                 {"acmeehns.servicebus.usgovcloudapi.net", "host", "[?name=='acmeehns'].id", ""},
		"the host as address":      {"https://acmeehns.servicebus.windows.net:443/", "host", "host name", ""},
		"the name":                 {"acmeehns", "name", "[?name=='acmeehns'].id", ""},
		"placeholders":             {"/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.EventHub/namespaces/<name>", "placeholder", "placeholders", ""},
		"a name as a subscription": {strings.Replace(goodID, "11111111-2222-3333-4444-555555555555", "production", 1), "placeholder", "subscription", ""},
		"nothing":                  {" \n", "empty", "missing", ""},
		"a poem":                   {"shall I compare thee", "unknown", "no resource ID", ""},
		"half an ID":               {"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/acmerg/providers/Microsoft.EventHub", "unknown", "does not end", ""},
		"too much":                 {goodID + strings.Repeat("/x/y", 4000), "unknown", "too long", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := CheckNamespaceID(test.pasted)
			if c.Kind != test.kind || !strings.Contains(c.Message, test.says) || c.ID != test.id {
				t.Errorf("%+v", c)
			}
			if c.Valid != (name == "the namespace" || name == "small letters") {
				t.Errorf("valid: %v", c.Valid)
			}
			if strings.Contains(c.Message, "c2VjcmV0") {
				t.Error("the message tells the key")
			}
		})
	}
}

func FuzzNamespaceIDs(f *testing.F) {
	for _, s := range []string{goodID, goodID + "/eventhubs/x", "https://portal.azure.com/#resource" + goodID + "/overview", "Endpoint=sb://x", "%2Fsubscriptions%2F", "/subscriptions///"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		c := CheckNamespaceID(pasted)
		if c.Message == "" || c.Kind == "" {
			t.Errorf("%q: %+v", pasted, c)
		}
		if c.Valid && !strings.EqualFold(c.ID, pasted) {
			t.Errorf("%q is taken for %q", pasted, c.ID)
		}
		if c.ID == "" {
			return
		}
		if again := CheckNamespaceID(c.ID); !again.Valid || again.ID != c.ID {
			t.Errorf("%q: corrected to %q, which is %+v", pasted, c.ID, again)
		}
	})
}
