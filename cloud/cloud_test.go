package cloud

import (
	"strings"
	"testing"
)

func known(t *testing.T) List {
	t.Helper()
	list, err := Known()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCloudsHaveAllTheirNames(t *testing.T) {
	list := known(t)
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		for what, text := range map[string]string{
			"name": c.Name, "about": c.About, "azure_portal": c.AzurePortal, "login": c.Login, "management": c.Management,
			"event_hubs": c.EventHubs, "storage": c.Storage, "key_vault": c.KeyVault, "azure": c.Azure, "terraform": c.Terraform, "location": c.Location,
			"hub_audience": c.HubAudience, "storage_audience": c.StorageAudience,
		} {
			if text == "" {
				t.Errorf("%s has no %s", c.ID, what)
			}
		}
		if found, err := list.Find(c.ID); err != nil || found != c {
			t.Errorf("%s: found %v, %v", c.ID, found, err)
		}
	}
	if c, err := list.Find(""); err != nil || c.ID != "commercial" {
		t.Errorf("without an id: %v, %v", c, err)
	}
	if _, err := list.Find("moon"); err == nil || !strings.Contains(err.Error(), "commercial, gcc, gcc-high, dod, china") {
		t.Errorf("moon: %v", err)
	}
}

func TestAHostTellsItsCloud(t *testing.T) {
	list := known(t)
	for host, want := range map[string]string{
		"contoso.servicebus.windows.net": "commercial", "CONTOSO.servicebus.windows.net.": "commercial",
		"contoso.servicebus.usgovcloudapi.net": "gcc-high", "contoso.blob.core.usgovcloudapi.net": "gcc-high",
		"contoso.servicebus.chinacloudapi.cn": "china", "security.apps.mil": "dod", "security.microsoft.us": "gcc-high",
		"security.microsoft.com": "commercial", "servicebus.windows.net.evil.example": "", "example.org": "", "": "",
	} {
		c, ok := list.Of(host)
		if c.ID != want || ok != (want != "") {
			t.Errorf("%q: %q, wanted %q", host, c.ID, want)
		}
	}
}

func TestNamesAreCompletedForTheirCloud(t *testing.T) {
	c, err := known(t).Find("dod")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"contoso": "contoso.servicebus.usgovcloudapi.net", "contoso.servicebus.windows.net": "contoso.servicebus.windows.net"} {
		if got := c.Namespace(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, want := range map[string]string{
		"contoso": "https://contoso.blob.core.usgovcloudapi.net", "https://a.blob.example/": "https://a.blob.example", "a.blob.example": "https://a.blob.example",
	} {
		if got := c.BlobEndpoint(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestACloudOfOnesOwnIsAddedAndHomeIsFirst(t *testing.T) {
	list := known(t)
	all, err := list.With([]Cloud{{ID: "island", EventHubs: "servicebus.island.example", Storage: "core.island.example"}, {ID: "china", EventHubs: "hubs.example"}}, "island")
	if err != nil || len(all) != len(list)+1 || all[0].ID != "island" {
		t.Fatalf("%v, %v", all, err)
	}
	if c, ok := all.Of("a.servicebus.island.example"); !ok || c.ID != "island" {
		t.Errorf("it is not recognised: %v", c)
	}
	if c, _ := all.Find("china"); c.EventHubs != "hubs.example" || c.Holds("a.core.chinacloudapi.cn") {
		t.Errorf("its own does not count for more: %v", c)
	}
	if _, err := list.With(nil, "moon"); err == nil {
		t.Error("a home that is not there is taken")
	}
	if again := known(t); again[len(again)-1].EventHubs != "servicebus.chinacloudapi.cn" {
		t.Error("what is built in was changed")
	}
}
