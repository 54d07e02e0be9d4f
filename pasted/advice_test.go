package pasted

import (
	"strings"
	"testing"
	"time"

	"penstock/cloud"
)

const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

func TestAKeyThatMayMoreThanReadIsAdvisedAgainst(t *testing.T) {
	for policy, want := range map[string]string{
		"RootManageSharedAccessKey": "whole namespace", "SendAndManage": "may manage", "send-only": "may send", "listen": "", "SendListen": "",
	} {
		got := TooStrong("Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=" + policy + ";SharedAccessKey=" + key)
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, key[:8]) {
			t.Errorf("%s: %s", policy, got)
		}
	}
}

func TestAnEndThatIsNearIsTold(t *testing.T) {
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	hub := "Endpoint=sb://x.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=1796000000&skn=c"
	blob := "BlobEndpoint=https://x.blob.core.windows.net;SharedAccessSignature=sv=1&se=2026-12-01&sp=racwdl&sig=b"
	for text, want := range map[string]string{hub: "2026-11-30", blob: "2026-12-01", "Endpoint=sb://x;SharedAccessKey=" + key: ""} {
		if got := Ending(text, now, 14*24*time.Hour); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %s", text, got)
		}
		if got := Ending(text, now, time.Hour); got != "" {
			t.Errorf("%s is not near: %s", text, got)
		}
	}
}

func TestWhatHasEndedCountsOnlyAtATime(t *testing.T) {
	text := "Endpoint=sb://x.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=1600000000&skn=c"
	if m := HubString(text, time.Time{}); m != "" {
		t.Errorf("without a time: %s", m)
	}
	if m := HubString(text, time.Now()); !strings.Contains(m, "ended") {
		t.Errorf("now: %s", m)
	}
}

func TestAHubAndAnAccountOfDifferentCloudsAreTold(t *testing.T) {
	clouds, err := cloud.Known()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ hub, storage, want string }{
		{"contoso.servicebus.windows.net", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=x;EndpointSuffix=core.chinacloudapi.cn", "China"},
		{"Endpoint=sb://contoso.servicebus.usgovcloudapi.net/;SharedAccessKeyName=a", "https://a.blob.core.windows.net", "Commercial"},
		{"contoso.servicebus.windows.net", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=x;EndpointSuffix=core.windows.net", ""},
		{"contoso.servicebus.windows.net", "https://127.0.0.1:10000/devstoreaccount1", ""},
		{"localhost", "https://a.blob.core.windows.net", ""},
	} {
		if got := Clouds(clouds, test.hub, test.storage); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s and %s: %s", test.hub, test.storage, got)
		}
	}
}

func FuzzPasted(f *testing.F) {
	for _, text := range []string{"Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=" + key, "BlobEndpoint=x;SharedAccessSignature=?se=2020-01-01&sig=x", "\"", "&amp;", "<key>", "é"} {
		f.Add(text)
	}
	clouds, err := cloud.Known()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		now := time.Now()
		for _, said := range []string{HubString(text, now), StorageString(text, Checkpoints, now), SAS(text, now), HubName(text), Container(text), TooStrong(text), Ending(text, now, time.Hour), Clouds(clouds, text, text)} {
			if len(text) >= 40 && strings.Contains(said, text) {
				t.Errorf("%q is shown: %s", text, said)
			}
		}
	})
}
