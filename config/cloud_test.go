package config

import (
	"strings"
	"testing"
)

func TestNamesAreCompletedForTheCloudThatTheNamespaceTells(t *testing.T) {
	const island = `
clouds:
  - {id: island, login: https://login.island.example/, event_hubs: servicebus.island.example, storage: core.island.example, hub_audience: https://hubs.island.example}
`
	for name, test := range map[string]struct{ text, namespace, account, authority, audience, storage string }{
		"a namespace alone is commercial":         {hubOf("contoso"), "contoso.servicebus.windows.net", "https://kept.blob.core.windows.net", "login.microsoftonline.com", "https://eventhubs.azure.net", "core.windows.net"},
		"its host tells":                          {hubOf("contoso.servicebus.usgovcloudapi.net"), "contoso.servicebus.usgovcloudapi.net", "https://kept.blob.core.usgovcloudapi.net", "login.microsoftonline.us", "https://eventhubs.azure.net", "core.usgovcloudapi.net"},
		"its host counts for more than the key":   {"cloud: gcc-high\n" + hubOf("contoso.servicebus.chinacloudapi.cn"), "contoso.servicebus.chinacloudapi.cn", "https://kept.blob.core.chinacloudapi.cn", "login.partner.microsoftonline.cn", "https://eventhubs.azure.net", "core.chinacloudapi.cn"},
		"the key tells where the name does not":   {"cloud: dod\n" + hubOf("contoso"), "contoso.servicebus.usgovcloudapi.net", "https://kept.blob.core.usgovcloudapi.net", "login.microsoftonline.us", "https://eventhubs.azure.net", "core.usgovcloudapi.net"},
		"a cloud of one's own is recognised":      {island + hubOf("contoso.servicebus.island.example"), "contoso.servicebus.island.example", "https://kept.blob.core.island.example", "login.island.example", "https://hubs.island.example", "core.island.example"},
		"a cloud of one's own may be that of all": {"cloud: island\n" + island + hubOf("contoso"), "contoso.servicebus.island.example", "https://kept.blob.core.island.example", "login.island.example", "https://hubs.island.example", "core.island.example"},
	} {
		c, err := Parse("penstock.yaml", []byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e := c.Intakes[0].EventHub
		if e.Namespace != test.namespace || e.Storage.Account != test.account || e.Credential.Authority != test.authority || e.Cloud.HubAudience != test.audience ||
			e.Storage.Cloud.Storage != test.storage || e.Storage.Cloud.StorageAudience != "https://storage.azure.com" {
			t.Errorf("%s: %s, %s, %s, %s, %s", name, e.Namespace, e.Storage.Account, e.Credential.Authority, e.Cloud.HubAudience, e.Storage.Cloud.Storage)
		}
	}
}

func hubOf(namespace string) string {
	return "intakes:\n  - name: north\n    eventhub: {namespace: " + namespace + ", hub: defender, storage: {account: kept}}\n"
}

func TestBlobsAndBrokersSignInToTheirCloud(t *testing.T) {
	c, err := Parse("penstock.yaml", []byte(`
cloud: gcc-high
intakes:
  - name: north
    blob: {account: contoso}
  - name: south
    kafka: {brokers: ["contoso.servicebus.chinacloudapi.cn:9093"], topics: [defender], sasl: {mechanism: oauthbearer}}
  - name: west
    blob: {account: https://contoso.blob.core.windows.net/}
`))
	if err != nil {
		t.Fatal(err)
	}
	b, k, w := c.Intakes[0].Blob, c.Intakes[1].Kafka, c.Intakes[2].Blob
	if b.Account != "https://contoso.blob.core.usgovcloudapi.net" || b.Credential.Authority != "login.microsoftonline.us" {
		t.Errorf("%s, %s", b.Account, b.Credential.Authority)
	}
	if k.Credential.Authority != "login.partner.microsoftonline.cn" || w.Account != "https://contoso.blob.core.windows.net" || w.Credential.Authority != "login.microsoftonline.com" {
		t.Errorf("%s, %s, %s", k.Credential.Authority, w.Account, w.Credential.Authority)
	}
}

func TestWhatIsWrongWithCloudsIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"cloud: moon\n": "there is no cloud", "clouds: [{id: island}]\n": "clouds[0].storage: expected storage",
		strings.Replace(hubOf("contoso"), "account: kept", "account: https://kept.blob.core.usgovcloudapi.net", 1): "take one of the same cloud",
		"clouds: [{id: island, cloud: x}]\n": "unknown key",
	} {
		if _, err := Parse("penstock.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
