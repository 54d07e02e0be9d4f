package intakes

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// tidy takes away what comes along at the ends when something is copied: spaces, line breaks, marks that cannot be seen.
func tidy(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
}

// maxPasted bounds a setting; connection strings have some 200 characters, certificates with their chain some thousands.
const maxPasted = 32 << 10

const (
	whereHubString     = "In the Azure portal it is under the Event Hubs namespace, or the hub, Settings, Shared access policies: choose a policy with the claim Listen and copy its connection string."
	whereStorageString = "In the Azure portal it is under the storage account, Security + networking, Access keys, Connection string."
)

var (
	bareKey  = regexp.MustCompile(`^[A-Za-z0-9+/]{42,88}={0,2}$`)
	hubHost  = regexp.MustCompile(`(?i)^(sb://|https://|amqps://)?[a-z0-9-]+\.servicebus\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)(:[0-9]+)?/?$`)
	hubName  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$`)
	group    = regexp.MustCompile(`^(\$[Dd]efault|[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?)$`)
	blobHost = regexp.MustCompile(`(?i)\.(blob|dfs|queue|table|file)\.core\.`)
	bucket   = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,62}$`)
)

// ofStorage and ofHub tell the two kinds of connection strings from each other.
func ofStorage(lower string) bool {
	for _, mark := range []string{"accountkey=", "accountname=", "defaultendpointsprotocol=", "blobendpoint=", "usedevelopmentstorage="} {
		if strings.Contains(lower, mark) {
			return true
		}
	}
	return false
}

func ofHub(lower string) bool { return strings.Contains(lower, "endpoint=sb:") }

// wrapping says what stands around or within a text that should be in one piece; empty: nothing.
func wrapping(text string) string {
	first, last := []rune(text)[0], []rune(text)[len([]rune(text))-1]
	switch {
	case strings.ContainsRune("\"'`“”‘’«»„", first) || strings.ContainsRune("\"'`“”‘’«»„", last):
		return "There are quotes around it: paste it without."
	case strings.ContainsAny(text, "\r\n"):
		return "There is a line break in it: it must be in one line. Copy it again in one piece."
	case strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}):
		return "There is a space in it, or a character that cannot be seen: copy it again in one piece."
	case len(text) > maxPasted:
		return "It is too long."
	}
	return ""
}

// wrongHubString says what is wrong with what was pasted as the connection string of a hub; empty: nothing.
func wrongHubString(text string) string {
	if w := wrapping(text); w != "" {
		return w
	}
	lower := strings.ToLower(text)
	switch {
	case ofStorage(lower):
		return "This is the connection string of a storage account: it belongs into the field for the storage. Here belongs that of the Event Hub, which begins with Endpoint=sb://. " + whereHubString
	case strings.HasPrefix(lower, "hostname="):
		return "This is the connection string of an IoT Hub; Defender streams to Event Hubs. " + whereHubString
	case strings.HasPrefix(lower, "/subscriptions/"):
		return "This is a resource ID, which Defender's streaming settings want; Penstock wants a connection string. " + whereHubString
	case hubHost.MatchString(text):
		return "This is the address of the namespace, not a connection string: a key is missing. " + whereHubString
	case bareKey.MatchString(text):
		return "This is only a key; the whole connection string is needed. " + whereHubString
	case !strings.Contains(lower, "endpoint="):
		return "This is no connection string of an Event Hub, which begins with Endpoint=sb://. " + whereHubString
	case strings.Contains(lower, "sharedaccesssignature="):
	case !strings.Contains(lower, "sharedaccesskeyname="), !strings.Contains(lower, "sharedaccesskey="):
		return "The connection string is not complete: SharedAccessKeyName and SharedAccessKey must be in it. Copy it again as a whole. " + whereHubString
	}
	if _, err := azeventhubs.ParseConnectionString(text); err != nil {
		return "This connection string cannot be read: copy it again as a whole. " + whereHubString // the cause would show parts of it
	}
	return ""
}

// wrongStorageString is the same for the connection string of a storage account.
func wrongStorageString(text string) string {
	if w := wrapping(text); w != "" {
		return w
	}
	lower := strings.ToLower(text)
	switch {
	case ofHub(lower):
		return "This is the connection string of an Event Hub: it belongs into the field for the hub. Here belongs that of the storage account. " + whereStorageString
	case strings.HasPrefix(lower, "http"):
		return "This is an address, not a connection string. " + whereStorageString
	case bareKey.MatchString(text):
		return "This is only a key; the whole connection string is needed. " + whereStorageString
	case !ofStorage(lower):
		return "This is no connection string of a storage account, which begins with DefaultEndpointsProtocol=. " + whereStorageString
	case strings.Contains(lower, "usedevelopmentstorage="), strings.Contains(lower, "sharedaccesssignature="):
	case !strings.Contains(lower, "accountname="), !strings.Contains(lower, "accountkey="):
		return "The connection string is not complete: AccountName and AccountKey must be in it. Copy it again as a whole. " + whereStorageString
	}
	return ""
}

// wrongHubName says what is wrong with what was given as the name of a hub; empty: nothing.
func wrongHubName(text string) string {
	lower := strings.ToLower(text)
	switch {
	case ofHub(lower), ofStorage(lower), bareKey.MatchString(text) && len(text) >= 44 && strings.HasSuffix(text, "="):
		return "This is a connection string, or a key: it belongs into a field of its own. Here belongs the name of the hub alone."
	case strings.Contains(lower, ".servicebus."):
		return "This is the namespace, which the connection string names already. Here belongs the name of the hub in it (Event Hubs namespace, Entities, Event Hubs)."
	case strings.HasPrefix(lower, "/subscriptions/"):
		return "This is a resource ID. Here belongs the name of the hub alone (Event Hubs namespace, Entities, Event Hubs)."
	case !hubName.MatchString(text):
		return "Expected the name of an Event Hub: letters, digits, periods, hyphens and underscores."
	}
	return ""
}

// wrongContainer says what is wrong with what was given as the name of a container; empty: nothing.
func wrongContainer(text string) string {
	lower := strings.ToLower(text)
	switch {
	case ofStorage(lower), ofHub(lower):
		return "This is a connection string: it belongs into a field of its own. Here belongs the name of the container."
	case strings.Contains(lower, "://"), blobHost.MatchString(text):
		return "This is an address. Here belongs the name of the container alone (storage account, Data storage, Containers)."
	case !bucket.MatchString(text):
		return "Expected the name of a container: 3 to 63 small letters and digits, with single hyphens between."
	}
	return ""
}
