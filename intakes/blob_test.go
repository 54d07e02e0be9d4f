package intakes

import (
	"errors"
	"strings"
	"testing"

	"penstock/config"
	"penstock/source/blob"
)

const sasToken = "sv=2024-11-04&ss=b&srt=co&sp=rl&se=2099-01-01T00:00:00Z&spr=https&sig=abc%3D"

func blobDraft(settings map[string]string) *Intake {
	in := draft(settings)
	in.Source = blob.Kind
	return in
}

func TestWhatPeoplePasteForAStorageAccountIsRecognised(t *testing.T) {
	entra := func(field, value string) map[string]string {
		return map[string]string{"authentication": Entra, field: value}
	}
	sas := func(value string) map[string]string {
		return map[string]string{"authentication": SAS, "storageAccount": "contoso", StorageSAS: value}
	}
	for name, test := range map[string]struct {
		settings map[string]string
		field    string
		want     string
	}{
		"nothing":                  {nil, StorageConnectionString, "is missing"},
		"of the hub":               {map[string]string{StorageConnectionString: hubString}, StorageConnectionString, "connection string of an Event Hub"},
		"a key alone":              {map[string]string{StorageConnectionString: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}, StorageConnectionString, "only a key"},
		"in quotes":                {map[string]string{StorageConnectionString: `"` + storageString + `"`}, StorageConnectionString, "quotes"},
		"no account":               {entra("credential", "managed_identity"), "storageAccount", "is missing"},
		"a string as account":      {entra("storageAccount", storageString), "storageAccount", "Expected the name"},
		"no secret":                {map[string]string{"authentication": Entra, "storageAccount": "contoso", "credential": "client_secret"}, "tenantId", ""},
		"an address as container":  {map[string]string{StorageConnectionString: storageString, "storageContainer": "https://contoso.blob.core.windows.net/a"}, "storageContainer", "address"},
		"no signature":             {sas(""), StorageSAS, "is missing"},
		"a string as signature":    {sas(storageString), StorageSAS, "choose signing in by connection string"},
		"a key as signature":       {sas("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw=="), StorageSAS, "key of the account"},
		"an expired signature":     {sas(strings.Replace(sasToken, "2099", "2020", 1)), StorageSAS, "has ended, on 2020-01-01"},
		"a signature without list": {sas(strings.Replace(sasToken, "sp=rl", "sp=r", 1)), StorageSAS, "does not permit to list"},
		"half a signature":         {sas("sv=2024-11-04&ss=b"), StorageSAS, "no shared access signature"},
		"a signature of queues":    {sas(strings.Replace(sasToken, "ss=b", "ss=q", 1)), StorageSAS, "is not for blobs"},
		"of which account":         {map[string]string{"authentication": SAS, StorageSAS: sasToken}, "storageAccount", "of which account"},
		"a bad start":              {map[string]string{StorageConnectionString: storageString, "start": "yesterday"}, "start", "earliest"},
		"a way that is none":       {map[string]string{"authentication": "key"}, "authentication", "sas or entra"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := blobDraft(test.settings).complete(FormatTables{Defender: nil}, nil)
			var wrong Mistakes
			if !errors.As(err, &wrong) || !wrong.has(test.field) {
				t.Fatalf("got %v", err)
			}
			for _, m := range wrong {
				if m.Field == test.field && !strings.Contains(m.Message, test.want) {
					t.Errorf("%s: %s", m.Field, m.Message)
				}
				for _, secret := range []string{"MDEyMzQ1", "abc%3D"} {
					if strings.Contains(m.Message, secret) {
						t.Errorf("a secret is told: %s", m.Message)
					}
				}
			}
		})
	}
}

func TestGoodSettingsOfAStorageAccountAreTaken(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]string
		account  string
		check    func(*config.Blob) bool
	}{
		"a connection string": {map[string]string{StorageConnectionString: " " + storageString + "\r\n", HubConnectionString: hubString}, "https://contoso.blob.core.windows.net",
			func(b *config.Blob) bool { return b.ConnectionString == storageString && b.ContainerPrefix != "" }},
		"a token": {map[string]string{"authentication": SAS, StorageSAS: "?" + sasToken, "storageAccount": "contoso", "storageContainer": "one-table"}, "https://contoso.blob.core.windows.net",
			func(b *config.Blob) bool { return b.SAS == sasToken && b.Containers[0] == "one-table" }},
		"the address of a container": {map[string]string{"authentication": SAS, StorageSAS: "https://contoso.blob.core.chinacloudapi.cn/table?" + sasToken}, "https://contoso.blob.core.chinacloudapi.cn",
			func(b *config.Blob) bool { return b.SAS == sasToken && b.Containers[0] == "table" }},
		"the address of an emulator": {map[string]string{"authentication": SAS, StorageSAS: "http://127.0.0.1:10000/contoso.blob.test/?" + sasToken}, "http://127.0.0.1:10000/contoso.blob.test",
			func(b *config.Blob) bool { return b.SAS == sasToken && len(b.Containers) == 0 }},
		"Entra ID": {map[string]string{"authentication": Entra, "storageAccount": "contoso", "credential": "managed_identity"}, "https://contoso.blob.core.windows.net",
			func(b *config.Blob) bool { return b.Credential.Kind == "managed_identity" }},
	} {
		t.Run(name, func(t *testing.T) {
			in := blobDraft(test.settings)
			c, err := in.complete(FormatTables{Defender: nil}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.EventHub != nil || c.Blob.Account != test.account || !test.check(c.Blob) {
				t.Errorf("%+v", c.Blob)
			}
			if in.Secrets[HubConnectionString] != "" || !strings.Contains(in.Namespace, "contoso.blob.") {
				t.Errorf("namespace %q, secrets %v", in.Namespace, in.Secrets)
			}
		})
	}
}
