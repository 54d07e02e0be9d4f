package intakes

import (
	"errors"
	"strings"
	"testing"

	"penstock/config"
)

const (
	namespaceString = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=penstock;SharedAccessKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	hubString       = namespaceString + ";EntityPath=defender"
	storageString   = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw==;EndpointSuffix=core.windows.net"
)

// draft is an intake with the settings given as field=value.
func draft(settings map[string]string) *Intake {
	in := &Intake{Name: "north", Format: Defender, Secrets: map[string]config.Secret{}}
	for name, value := range settings {
		switch name {
		case "name":
			in.Name = value
		case "hubName":
			in.HubName = value
		case "consumerGroup":
			in.ConsumerGroup = value
		case "storageContainer":
			in.Container = value
		case "storageAccount":
			in.StorageAccount = value
		case "authentication":
			in.Authentication = value
		case "namespace":
			in.Namespace = value
		case "credential":
			in.Credential = value
		case "transport":
			in.Transport = value
		case "start":
			in.Start = value
		case "silenceAfter":
			in.SilenceAfter = value
		default:
			in.Secrets[name] = config.Secret(value)
		}
	}
	return in
}

func TestWhatPeoplePasteIsRecognisedAndNamedWithItsField(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]string
		field    string
		want     string // in the message
	}{
		"nothing":                           {nil, HubConnectionString, "is missing"},
		"of the namespace, without a hub":   {map[string]string{HubConnectionString: namespaceString}, "hubName", "whole namespace"},
		"of another hub":                    {map[string]string{HubConnectionString: hubString, "hubName": "other"}, "hubName", `"defender" alone`},
		"of the storage in the hub's field": {map[string]string{HubConnectionString: storageString}, HubConnectionString, "storage account: it belongs into"},
		"of the hub in the storage's field": {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: hubString}, StorageConnectionString, "Event Hub: it belongs into"},
		"in quotes":                         {map[string]string{HubConnectionString: `"` + hubString + `"`}, HubConnectionString, "quotes around"},
		"in typographic quotes":             {map[string]string{HubConnectionString: "“" + hubString + "”"}, HubConnectionString, "quotes around"},
		"with a line break":                 {map[string]string{HubConnectionString: strings.Replace(hubString, ";", ";\r\n", 1)}, HubConnectionString, "line break"},
		"with a space":                      {map[string]string{HubConnectionString: strings.Replace(hubString, ";", "; ", 1)}, HubConnectionString, "a space"},
		"with a mark nobody sees":           {map[string]string{HubConnectionString: strings.Replace(hubString, ";", "\u200b;", 1)}, HubConnectionString, "cannot be seen"},
		"an address":                        {map[string]string{HubConnectionString: "sb://contoso.servicebus.windows.net/"}, HubConnectionString, "address of the namespace"},
		"a name of a namespace":             {map[string]string{HubConnectionString: "contoso.servicebus.windows.net"}, HubConnectionString, "address of the namespace"},
		"a resource ID":                     {map[string]string{HubConnectionString: "/subscriptions/1/resourceGroups/x"}, HubConnectionString, "resource ID"},
		"only a key":                        {map[string]string{HubConnectionString: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}, HubConnectionString, "only a key"},
		"of an IoT hub":                     {map[string]string{HubConnectionString: "HostName=x.azure-devices.net;SharedAccessKeyName=a;SharedAccessKey=b"}, HubConnectionString, "IoT Hub"},
		"cut off":                           {map[string]string{HubConnectionString: namespaceString[:70]}, HubConnectionString, "not complete"},
		"prose":                             {map[string]string{HubConnectionString: "see-the-wiki"}, HubConnectionString, "no connection string"},
		"too long":                          {map[string]string{HubConnectionString: strings.Repeat("x", maxPasted+1)}, HubConnectionString, "too long"},
		"a string as the hub's name":        {map[string]string{HubConnectionString: hubString, "hubName": hubString}, "hubName", "field of its own"},
		"the namespace as the hub's name":   {map[string]string{HubConnectionString: namespaceString, "hubName": "contoso.servicebus.windows.net"}, "hubName", "This is the namespace"},
		"an ID as the hub's name":           {map[string]string{HubConnectionString: namespaceString, "hubName": "/subscriptions/1"}, "hubName", "resource ID"},
		"a strange name of a hub":           {map[string]string{HubConnectionString: namespaceString, "hubName": "a hub"}, "hubName", "Expected the name"},
		"a strange consumer group":          {map[string]string{HubConnectionString: hubString, "consumerGroup": "a b"}, "consumerGroup", "Expected the name"},
		"storage without a container":       {map[string]string{HubConnectionString: hubString, StorageConnectionString: storageString}, "storageContainer", "is missing"},
		"a container without storage":       {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock"}, StorageConnectionString, "is missing"},
		"an address as container":           {map[string]string{HubConnectionString: hubString, StorageConnectionString: storageString, "storageContainer": "https://contoso.blob.core.windows.net/penstock"}, "storageContainer", "an address"},
		"capitals in a container":           {map[string]string{HubConnectionString: hubString, StorageConnectionString: storageString, "storageContainer": "Penstock"}, "storageContainer", "small letters"},
		"an address as storage":             {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "https://contoso.blob.core.windows.net"}, StorageConnectionString, "an address"},
		"a key as storage":                  {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw=="}, StorageConnectionString, "only a key"},
		"half a storage string":             {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "AccountName=contoso"}, StorageConnectionString, "not complete"},
		"prose as storage":                  {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "none"}, StorageConnectionString, "no connection string"},
		"a strange name":                    {map[string]string{HubConnectionString: hubString, "name": "a b"}, "name", "Expected letters"},
		"a strange start":                   {map[string]string{HubConnectionString: hubString, "start": "yesterday"}, "start", "earliest"},
		"a strange time":                    {map[string]string{HubConnectionString: hubString, "silenceAfter": "an hour"}, "silenceAfter", "time span"},
		"a proxy without websockets":        {map[string]string{HubConnectionString: hubString, Proxy: "http://proxy:3128"}, Proxy, "websockets"},
		"Entra without a namespace":         {map[string]string{"authentication": Entra, "hubName": "defender"}, "namespace", "is missing"},
		"Entra without a hub":               {map[string]string{"authentication": Entra, "namespace": "contoso"}, "hubName", "is missing"},
		"Entra without a secret":            {map[string]string{"authentication": Entra, "namespace": "contoso", "hubName": "defender", "credential": "client_secret"}, ClientSecret, "needs"},
		"Entra with no certificate":         {map[string]string{"authentication": Entra, "namespace": "contoso", "hubName": "defender", "credential": "certificate", Certificate: "x"}, Certificate, "BEGIN"},
		"Entra without an account":          {map[string]string{"authentication": Entra, "namespace": "contoso", "hubName": "defender", "storageContainer": "penstock"}, "storageAccount", "is missing"},
	} {
		_, err := draft(test.settings).complete(map[string][]string{Defender: nil})
		var wrong Mistakes
		if !errors.As(err, &wrong) {
			t.Errorf("%s: taken, or %v", name, err)
			continue
		}
		found := false
		for _, m := range wrong {
			found = found || m.Field == test.field && strings.Contains(m.Message, test.want)
			for _, hidden := range []string{"MDEyMzQ1", "0123456789"} {
				if strings.Contains(m.Message, hidden) {
					t.Errorf("%s: the message shows a key: %s", name, m.Message)
				}
			}
		}
		if !found {
			t.Errorf("%s: got %v, want %s … %s", name, wrong, test.field, test.want)
		}
	}
}

func TestGoodSettingsAreTakenWhateverStandsAroundThem(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"a hub":                       {HubConnectionString: hubString},
		"with line breaks around":     {HubConnectionString: "\r\n\t " + hubString + " \n", "hubName": " defender\u200b"},
		"a namespace and a hub":       {HubConnectionString: namespaceString, "hubName": "defender", "consumerGroup": "$Default"},
		"storage":                     {HubConnectionString: hubString, StorageConnectionString: storageString + "\n", "storageContainer": "penstock"},
		"Entra":                       {"authentication": Entra, "namespace": "sb://contoso.servicebus.windows.net/", "hubName": "defender"},
		"Entra with storage":          {"authentication": Entra, "namespace": "contoso", "hubName": "defender", "storageContainer": "penstock", "storageAccount": "contoso"},
		"websockets through a proxy":  {HubConnectionString: hubString, "transport": "websockets", Proxy: "http://proxy:3128"},
		"no alarm, from now on alone": {HubConnectionString: hubString, "silenceAfter": "off", "start": "latest"},
	} {
		in := draft(settings)
		c, err := in.complete(map[string][]string{Defender: nil})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.EventHub.Namespace != "contoso.servicebus.windows.net" || in.Namespace != c.EventHub.Namespace || c.EventHub.Hub != "defender" || c.EventHub.Prefetch == 0 {
			t.Errorf("%s: %+v", name, c.EventHub)
		}
	}
}

func FuzzPasted(f *testing.F) {
	for _, text := range []string{hubString, storageString, `"x"`, "\u200b", "sb://", "Endpoint=sb://x;SharedAccessKeyName=;SharedAccessKey=", "é"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, hub, storage string) {
		in := draft(map[string]string{HubConnectionString: hub, StorageConnectionString: storage, "storageContainer": "penstock", "hubName": storage})
		c, err := in.complete(map[string][]string{Defender: nil})
		var wrong Mistakes
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if err == nil && (c.EventHub.Namespace == "" || c.EventHub.Hub == "") {
			t.Errorf("%q is taken and leads nowhere", hub)
		}
	})
}
