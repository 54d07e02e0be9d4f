package azure

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// NamespaceCheck is what is found in a text that was pasted as the resource ID of an Event Hubs namespace.
type NamespaceCheck struct {
	Valid        bool   `json:"valid"`
	Kind         string `json:"kind" enum:"namespace,hub,part,group,subscription,other,portal,connection,host,name,placeholder,empty,unknown" doc:"What was pasted; part: something in the namespace or a hub; portal: an address"`
	Message      string `json:"message" doc:"What it is, and what to do; never a secret that was pasted"`
	ID           string `json:"id,omitempty" doc:"The resource ID of the namespace, where it can be told from what was pasted"`
	Subscription string `json:"subscription,omitempty"`
	Group        string `json:"group,omitempty"`
	Namespace    string `json:"namespace,omitempty"`
	Hub          string `json:"hub,omitempty" doc:"The hub that was named with it: it belongs into a field of its own"`
}

const (
	maxPasted  = 8 << 10
	whereID    = "In the Azure portal: the Event Hubs namespace, Settings, Properties, Id."
	wantedForm = "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.EventHub/namespaces/NAMESPACE"
)

var (
	namespaceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]$`)
	pastedHost    = regexp.MustCompile(`(?i)^(?:sb://|https://|amqps://)?([a-z0-9-]+)\.servicebus\.[a-z0-9.]+(?::[0-9]+)?/?$`)
	placeholder   = regexp.MustCompile(`[<>{}…]`)
)

// CheckNamespaceID says whether a text is the resource ID of an Event Hubs namespace, as Defender's streaming settings want
// it, and what it is otherwise.
func CheckNamespaceID(pasted string) *NamespaceCheck {
	if len(pasted) > maxPasted {
		return &NamespaceCheck{Kind: "unknown", Message: "It is too long for a resource ID, which has the form " + wantedForm + ". " + whereID}
	}
	trimmed := strings.TrimFunc(pasted, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'`“”‘’«»,;", r)
	})
	lower := strings.ToLower(trimmed)
	switch {
	case trimmed == "":
		return &NamespaceCheck{Kind: "empty", Message: "The resource ID is missing. " + whereID}
	case isSecret(lower):
		return &NamespaceCheck{Kind: "connection", Message: "This is a connection string, or a part of one: it belongs into the form of the intake, and to nobody else, for there is a key in it. Defender wants the resource ID of the namespace, which has none. " + whereID}
	case pastedHost.MatchString(trimmed):
		return ofHost(pastedHost.FindStringSubmatch(trimmed)[1])
	}
	found, from := findID(trimmed)
	if found == "" {
		return notAnID(trimmed)
	}
	c := checkID(found)
	switch {
	case !c.Valid, strings.EqualFold(c.ID, pasted): // Azure takes small letters for capital ones
	case from != "":
		c.Valid, c.Kind, c.Message = false, "portal", from+" Copy the resource ID out of it: "+c.ID
	default:
		c.Valid, c.Message = false, "It is the right one, with something before or behind it that does not belong to it. Copy it like this: "+c.ID
	}
	return c
}

func isSecret(lower string) bool {
	for _, mark := range []string{"endpoint=sb:", "sharedaccesskey=", "sharedaccesskeyname=", "sharedaccesssignature", "accountkey=", "accountname=", "defaultendpointsprotocol=", "entitypath="} {
		if strings.Contains(lower, mark) {
			return true
		}
	}
	return false
}

func ofHost(name string) *NamespaceCheck {
	return &NamespaceCheck{Kind: "host", Namespace: name, Message: "This is the host name of the namespace, not its resource ID. " + whereID + " Or: " + ask(name)}
}

// ask is the command that tells the resource ID of a namespace.
func ask(name string) string {
	return "az eventhubs namespace list --query \"[?name=='" + name + "'].id\" --output tsv"
}

// findID finds a resource ID in a text, and says what it was found in, where that is an address.
func findID(text string) (id, from string) {
	lower := strings.ToLower(text)
	address := strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
	for range 2 { // addresses of the portal hold IDs that are escaped, now and then twice
		if strings.Contains(strings.ToLower(text), "%2f") {
			if plain, err := url.PathUnescape(text); err == nil {
				text = plain
			}
		}
	}
	at := strings.Index(strings.ToLower(text), "/subscriptions/")
	switch {
	case at < 0 && strings.HasPrefix(lower, "subscriptions/"):
		return "/" + text, ""
	case at < 0:
		return "", ""
	}
	id = text[at:]
	if !address {
		if at > 0 {
			return "", ""
		}
		return id, ""
	}
	if end := strings.IndexAny(id, "?#"); end >= 0 {
		id = id[:end]
	}
	return cutPage(id), "This is an address of the Azure portal or of its API, not a resource ID."
}

// cutPage takes away what the portal puts behind a resource ID, as /overview: an ID has names in pairs.
func cutPage(id string) string {
	parts := strings.Split(strings.TrimSuffix(id, "/"), "/")
	i := 5 // behind /subscriptions/S/resourceGroups/G
	if len(parts) > i && strings.EqualFold(parts[i], "providers") {
		i += 2
		for i+1 < len(parts) && !strings.HasPrefix(parts[i+1], "~") {
			i += 2
		}
	}
	return strings.Join(parts[:min(i, len(parts))], "/")
}

func notAnID(text string) *NamespaceCheck {
	switch {
	case placeholder.MatchString(text):
		return &NamespaceCheck{Kind: "placeholder", Message: "There are placeholders in it: the names of the subscription, the group and the namespace belong there. " + whereID}
	case namespaceName.MatchString(text):
		return &NamespaceCheck{Kind: "name", Namespace: text, Message: "This looks like the name of a namespace alone. Defender wants its resource ID. " + whereID + " Or: " + ask(text)}
	case strings.HasPrefix(strings.ToLower(text), "http"):
		return &NamespaceCheck{Kind: "portal", Message: "This is an address in which there is no resource ID. " + whereID}
	}
	return &NamespaceCheck{Kind: "unknown", Message: "This is no resource ID, which has the form " + wantedForm + ". " + whereID}
}

// checkID looks at what has the form of a resource ID.
func checkID(text string) *NamespaceCheck {
	if placeholder.MatchString(text) {
		return notAnID(text)
	}
	id, ok := parseID(text)
	if !ok {
		return &NamespaceCheck{Kind: "unknown", Message: "It begins like a resource ID and does not end like one. The form is " + wantedForm + ". " + whereID}
	}
	c := &NamespaceCheck{Subscription: id.subscription, Group: id.group}
	if !guid.MatchString(id.subscription) {
		c.Kind, c.Message = "placeholder", fmt.Sprintf("%q is not the ID of a subscription, which has the form 11111111-2222-3333-4444-555555555555. %s", id.subscription, whereID)
		return c
	}
	switch {
	case id.group == "":
		c.Kind, c.Message = "subscription", "This is the ID of a subscription; the resource group and the namespace are missing. "+whereID
		return c
	case id.provider == "":
		c.Kind, c.Message = "group", "This is the ID of a resource group; the namespace in it is missing. "+whereID
		return c
	}
	c.Kind = "other"
	if !strings.EqualFold(id.provider, "Microsoft.EventHub") {
		c.Message = wrongProvider(&id)
		return c
	}
	if !strings.EqualFold(id.types[0], "namespaces") {
		c.Message = "This is the ID of a " + id.types[0] + " of Event Hubs; Defender writes into a namespace. " + whereID
		return c
	}
	c.Namespace = id.names[0]
	if !namespaceName.MatchString(c.Namespace) {
		c.Kind, c.Message = "unknown", fmt.Sprintf("%q cannot be the name of a namespace: these have 6 to 50 letters, digits and hyphens, a letter first.", c.Namespace)
		return c
	}
	c.ID = "/subscriptions/" + id.subscription + "/resourceGroups/" + id.group + "/providers/Microsoft.EventHub/namespaces/" + c.Namespace
	switch {
	case len(id.types) == 1:
		c.Valid, c.Kind, c.Message = true, "namespace", "This is the resource ID of the namespace "+c.Namespace+"."
	case strings.EqualFold(id.types[1], "eventhubs") && len(id.types) == 2:
		c.Kind, c.Hub = "hub", id.names[1]
		c.Message = "This is the ID of the hub " + c.Hub + ", not of the namespace: Defender wants " + c.ID + ", and the name of the hub in a field of its own."
	default:
		c.Kind = "part"
		if strings.EqualFold(id.types[1], "eventhubs") {
			c.Hub = id.names[1]
		}
		c.Message = "This is the ID of something in the namespace (" + id.types[len(id.types)-1] + "): Defender wants " + c.ID
	}
	return c
}

// wrongProvider says what a resource ID is of that is not of Event Hubs.
func wrongProvider(id *resourceID) string {
	switch strings.ToLower(id.provider) {
	case "microsoft.servicebus":
		return "This is a Service Bus namespace: it looks like one of Event Hubs and is another service. Make an Event Hubs namespace. " + whereID
	case "microsoft.storage":
		return "This is a storage account: Defender can stream there too, under Forward events to Azure Storage. For an Event Hub it wants the ID of the namespace. " + whereID
	case "microsoft.operationalinsights":
		return "This is a Log Analytics workspace. Defender's stream wants an Event Hubs namespace. " + whereID
	}
	return "This is the ID of something of " + id.provider + ", not of an Event Hubs namespace (Microsoft.EventHub/namespaces). " + whereID
}
