package intakes

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"penstock/config"
	"penstock/pasted"
)

const (
	namespaceString = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=penstock;SharedAccessKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	hubString       = namespaceString + ";EntityPath=defender"
	storageString   = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw==;EndpointSuffix=core.windows.net"
)

var manyHubs = func() string {
	var names []string
	for i := range maxHubs + 1 {
		names = append(names, fmt.Sprint("hub", i))
	}
	return strings.Join(names, ",")
}()

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
		case "chosen":
			in.Chosen = []string{value}
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
		"in HTML":                           {map[string]string{HubConnectionString: strings.ReplaceAll(namespaceString, ";", "&amp;")}, HubConnectionString, "codes of HTML"},
		"with a key of an address":          {map[string]string{HubConnectionString: strings.Replace(hubString, "E=;", "E%3D;", 1)}, HubConnectionString, "encoded as for an address"},
		"with half a key":                   {map[string]string{HubConnectionString: strings.Replace(hubString, "NTY3ODkwMTIzNDU2Nzg5MDE=", "", 1)}, HubConnectionString, "is cut off"},
		"without the end of the key":        {map[string]string{HubConnectionString: strings.Replace(hubString, "E=;", "E;", 1)}, HubConnectionString, "lacks its end"},
		"with a placeholder":                {map[string]string{HubConnectionString: strings.Replace(hubString, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "<your-key>", 1)}, HubConnectionString, "placeholder"},
		"with a placeholder in braces":      {map[string]string{HubConnectionString: strings.Replace(hubString, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "{your_key}", 1)}, HubConnectionString, "placeholder"},
		"with the label of the portal":      {map[string]string{HubConnectionString: "Connection string–primary key: " + hubString}, HubConnectionString, "copied along"},
		"with quotes around the key":        {map[string]string{HubConnectionString: strings.Replace(hubString, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "\"MDEy\"", 1)}, HubConnectionString, "quotes in it"},
		"a signature that has ended":        {map[string]string{HubConnectionString: "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature sr=sb%3a%2f%2fcontoso&sig=MDEyMzQ1&se=1600000000&skn=listen;EntityPath=defender"}, HubConnectionString, "ended, on 2020-09-13"},
		"half a signature":                  {map[string]string{HubConnectionString: "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessSignature=sig=MDEyMzQ1;EntityPath=defender"}, HubConnectionString, "not complete"},
		"of Service Bus":                    {map[string]string{HubConnectionString: namespaceString + ";TransportType=AmqpWebSockets;EntityPath=orders"}, HubConnectionString, "Service Bus"},
		"of a subscription of Service Bus":  {map[string]string{HubConnectionString: namespaceString + ";EntityPath=orders/Subscriptions/all"}, HubConnectionString, "Service Bus"},
		"of an IoT hub's endpoint":          {map[string]string{HubConnectionString: strings.Replace(hubString, "contoso.", "iothub-ns-contoso-1-2.", 1)}, HubConnectionString, "IoT Hub"},
		"of Event Grid":                     {map[string]string{HubConnectionString: "https://contoso.westeurope-1.eventgrid.azure.net/api/events"}, HubConnectionString, "Event Grid"},
		"of Log Analytics":                  {map[string]string{HubConnectionString: "01234567-89ab-cdef-0123-456789abcdef"}, HubConnectionString, "Log Analytics"},
		"of Application Insights":           {map[string]string{HubConnectionString: "InstrumentationKey=01234567-89ab-cdef-0123-456789abcdef;IngestionEndpoint=https://x.in.applicationinsights.azure.com/"}, HubConnectionString, "Application Insights"},
		"of Cosmos DB":                      {map[string]string{HubConnectionString: "AccountEndpoint=https://x.documents.azure.com:443/;AccountKey=MDEyMzQ1"}, HubConnectionString, "Cosmos DB"},
		"of a notification hub":             {map[string]string{HubConnectionString: strings.Replace(hubString, "=penstock;", "=DefaultListenSharedAccessSignature;", 1)}, HubConnectionString, "Notification Hub"},
		"an address of the portal":          {map[string]string{HubConnectionString: "https://portal.azure.com/#@contoso/resource/subscriptions/1"}, HubConnectionString, "page in the portal"},
		"storage of another cloud":          {map[string]string{HubConnectionString: strings.Replace(hubString, "windows.net", "usgovcloudapi.net", 1), "storageContainer": "penstock", StorageConnectionString: storageString}, StorageConnectionString, "the same cloud"},
		"a hub of another cloud":            {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: strings.Replace(storageString, "core.windows.net", "core.chinacloudapi.cn", 1)}, StorageConnectionString, "in the cloud China"},
		"a storage key that is cut off":     {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: strings.Replace(storageString, "Nzg5MDEyMw==", "", 1)}, StorageConnectionString, "is cut off"},
		"a storage signature that ended":    {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "BlobEndpoint=https://contoso.blob.core.windows.net/;SharedAccessSignature=sv=2022-11-02&ss=b&srt=sco&sp=rwdlac&se=2021-01-01T00:00:00Z&sig=MDEyMzQ1"}, StorageConnectionString, "ended, on 2021-01-01"},
		"a storage signature to read alone": {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "BlobEndpoint=https://contoso.blob.core.windows.net/;SharedAccessSignature=sv=2022-11-02&ss=b&srt=sco&sp=rl&se=2121-01-01T00:00:00Z&sig=MDEyMzQ1"}, StorageConnectionString, "does not permit to write, delete"},
		"a storage signature for queues":    {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "QueueEndpoint=https://x;BlobEndpoint=https://contoso.blob.core.windows.net/;SharedAccessSignature=sv=2022-11-02&ss=q&srt=sco&sp=rwdlac&se=2121-01-01T00:00:00Z&sig=MDEyMzQ1"}, StorageConnectionString, "not for blobs"},
		"a storage signature of later":      {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "BlobEndpoint=https://contoso.blob.core.windows.net/;SharedAccessSignature=sv=2022-11-02&ss=b&srt=sco&sp=rwdlac&st=2120-01-01T00:00:00Z&se=2121-01-01T00:00:00Z&sig=MDEyMzQ1"}, StorageConnectionString, "counts from 2120"},
		"an address with a signature":       {map[string]string{HubConnectionString: hubString, "storageContainer": "penstock", StorageConnectionString: "https://contoso.blob.core.windows.net/penstock?sp=rw&sig=MDEyMzQ1"}, StorageConnectionString, "address of a shared access signature"},
		"no table":                          {map[string]string{HubConnectionString: hubString, "chosen": "Device*"}, "chosenTables", "names of tables"},
		"prose":                             {map[string]string{HubConnectionString: "see-the-wiki"}, HubConnectionString, "no connection string"},
		"too long":                          {map[string]string{HubConnectionString: strings.Repeat("x", pasted.Max+1)}, HubConnectionString, "too long"},
		"a string as the hub's name":        {map[string]string{HubConnectionString: hubString, "hubName": hubString}, "hubName", "field of its own"},
		"the namespace as the hub's name":   {map[string]string{HubConnectionString: namespaceString, "hubName": "contoso.servicebus.windows.net"}, "hubName", "This is the namespace"},
		"an ID as the hub's name":           {map[string]string{HubConnectionString: namespaceString, "hubName": "/subscriptions/1"}, "hubName", "resource ID"},
		"a strange name of a hub":           {map[string]string{HubConnectionString: namespaceString, "hubName": "a hub"}, "hubName", "Expected the name"},
		"a strange name of several":         {map[string]string{HubConnectionString: namespaceString, "hubName": "one, a hub"}, "hubName", "One of the hubs is wrong. Expected the name"},
		"several by the string of one":      {map[string]string{HubConnectionString: hubString, "hubName": "defender, other"}, "hubName", `"defender" alone`},
		"more hubs than there may be":       {map[string]string{HubConnectionString: namespaceString, "hubName": manyHubs}, "hubName", "101 hubs"},
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
		_, err := draft(test.settings).complete(FormatTables{Defender: nil}, nil)
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
		"a group in small letters":    {HubConnectionString: hubString, "consumerGroup": "$default"},
		"an emulator's short key":     {HubConnectionString: "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=a2V5;EntityPath=defender;UseDevelopmentEmulator=true"},
		"storage":                     {HubConnectionString: hubString, StorageConnectionString: storageString + "\n", "storageContainer": "penstock"},
		"Entra":                       {"authentication": Entra, "namespace": "sb://contoso.servicebus.windows.net/", "hubName": "defender"},
		"Entra with storage":          {"authentication": Entra, "namespace": "contoso", "hubName": "defender", "storageContainer": "penstock", "storageAccount": "contoso"},
		"websockets through a proxy":  {HubConnectionString: hubString, "transport": "websockets", Proxy: "http://proxy:3128"},
		"no alarm, from now on alone": {HubConnectionString: hubString, "silenceAfter": "off", "start": "latest"},
	} {
		in := draft(settings)
		c, err := in.complete(FormatTables{Defender: nil}, nil)
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
		c, err := in.complete(FormatTables{Defender: nil}, nil)
		var wrong Mistakes
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if err == nil && (c.EventHub.Namespace == "" || c.EventHub.Hub == "") {
			t.Errorf("%q is taken and leads nowhere", hub)
		}
	})
}
