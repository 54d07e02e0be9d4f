package azure

import (
	"errors"
	"testing"
)

func TestCloudsHaveAllTheirNames(t *testing.T) {
	clouds, err := Clouds()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range clouds {
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		for what, text := range map[string]string{
			"name": c.Name, "about": c.About, "azurePortal": c.AzurePortal, "login": c.Login, "management": c.Management,
			"eventHubs": c.EventHubs, "storage": c.Storage, "keyVault": c.KeyVault, "azure": c.Azure, "terraform": c.Terraform, "location": c.Location,
		} {
			if text == "" {
				t.Errorf("%s has no %s", c.ID, what)
			}
		}
		if found, err := FindCloud(c.ID); err != nil || found != c {
			t.Errorf("%s: found %v, %v", c.ID, found, err)
		}
	}
	if c, err := FindCloud(""); err != nil || c.ID != Commercial {
		t.Errorf("without an id: %v, %v", c, err)
	}
	var m *Mistake
	if _, err := FindCloud("moon"); !errors.As(err, &m) || m.Field != "cloud" {
		t.Errorf("moon: %v", err)
	}
}

func TestAHostTellsItsCloud(t *testing.T) {
	for host, want := range map[string]string{
		"contoso.servicebus.windows.net": "commercial", "CONTOSO.servicebus.windows.net.": "commercial",
		"contoso.servicebus.usgovcloudapi.net": "gcc-high", "contoso.blob.core.usgovcloudapi.net": "gcc-high",
		"contoso.servicebus.chinacloudapi.cn": "china", "security.apps.mil": "dod", "security.microsoft.us": "gcc-high",
		"security.microsoft.com": "commercial", "servicebus.windows.net.evil.example": "", "example.org": "", "": "",
	} {
		c, ok := CloudOf(host)
		if c.ID != want || ok != (want != "") {
			t.Errorf("%q: %q, wanted %q", host, c.ID, want)
		}
	}
}
