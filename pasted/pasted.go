// Package pasted recognises what people paste into the settings of an intake in place of what belongs there, and says where
// the right thing is found. The configuration file, the API, the page and the doctor all ask it. What it says never shows a
// part of what was pasted, which may be a secret.
package pasted

import (
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// Tidy takes away what comes along at the ends when something is copied: spaces, line breaks, marks that cannot be seen.
func Tidy(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
}

// Max bounds a setting; connection strings have some 200 characters, certificates with their chain some thousands.
const Max = 32 << 10

// Where the right strings are found.
const (
	WhereHubString     = "In the Azure portal it is under the Event Hubs namespace, or the hub, Settings, Shared access policies: choose a policy with the claim Listen and copy its connection string."
	WhereStorageString = "In the Azure portal it is under the storage account, Security + networking, Access keys, Connection string."
)

const labelled = "What stands before the connection string in the portal was copied along: it begins with Endpoint= or DefaultEndpointsProtocol=."

const quotes = "\"'`“”‘’«»„‟‚"

var (
	workspace   = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	label       = regexp.MustCompile(`(?i)^(connection[ -]?string|primary|secondary|key)[^=;]{0,40}[:–-]? ?(endpoint=|defaultendpointsprotocol=)`)
	entity      = regexp.MustCompile(`&(amp|lt|gt|quot|apos|nbsp|#[0-9]+|#x[0-9a-fA-F]+);`)
	placeholder = regexp.MustCompile(`<[^<>]*>|\{[^{}]*\}|\[[^\[\]]*\]|(?i)your[-_]?(key|namespace|hub|account|secret)\b|\*\*\*|…|\.\.\.|(?i)=x{4,}`)
	bareKey     = regexp.MustCompile(`^[A-Za-z0-9+/]{42,88}={0,2}$`)
	hubHost     = regexp.MustCompile(`(?i)^(sb://|https://|amqps://)?[a-z0-9-]+\.servicebus(\.[a-z0-9-]+)+(:[0-9]+)?/?$`)
	hubName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$`)
	blobHost    = regexp.MustCompile(`(?i)\.(blob|dfs|queue|table|file)\.core\.`)
	bucket      = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,62}$`)
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

// Wrapping says what stands around or within a text that should be in one piece; empty: nothing.
func Wrapping(text string) string {
	runes := []rune(text)
	switch {
	case len(runes) == 0:
		return ""
	case strings.ContainsRune(quotes, runes[0]) || strings.ContainsRune(quotes, runes[len(runes)-1]):
		return "There are quotes around it: paste it without."
	case strings.ContainsAny(text, quotes):
		return "There are quotes in it: paste it without."
	case placeholder.MatchString(text):
		return "There is a placeholder in it, as <your key>, from an example: put what it stands for in its place, without the brackets."
	case strings.ContainsAny(text, "\r\n"):
		return "There is a line break in it: it must be in one line. Copy it again in one piece."
	case strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}):
		return "There is a space in it, or a character that cannot be seen: copy it again in one piece."
	case len(text) > Max:
		return "It is too long."
	case entity.MatchString(text):
		return "There are codes of HTML in it (as &amp; in place of &): it was copied out of the source of a page or a mail. Copy it from the portal."
	}
	return ""
}

// HubString says what is wrong at a time with what was pasted as the connection string of a hub; empty: nothing. At the zero
// time what has ended is not looked at.
func HubString(text string, now time.Time) string {
	if label.MatchString(text) {
		return labelled
	}
	if w := Wrapping(strings.Replace(text, "SharedAccessSignature sr=", "SharedAccessSignature+sr=", 1)); w != "" { // as Azure writes it
		return w
	}
	lower := strings.ToLower(text)
	if of := kindOf(text, lower); of != "" {
		return of + " " + WhereHubString
	}
	switch {
	case ofStorage(lower):
		return "This is the connection string of a storage account: it belongs into the field for the storage. Here belongs that of the Event Hub, which begins with Endpoint=sb://. " + WhereHubString
	case hubHost.MatchString(text):
		return "This is the address of the namespace, not a connection string: a key is missing. " + WhereHubString
	case bareKey.MatchString(text):
		return "This is only a key; the whole connection string is needed. " + WhereHubString
	case !strings.Contains(lower, "endpoint="):
		return "This is no connection string of an Event Hub, which begins with Endpoint=sb://. " + WhereHubString
	case strings.Contains(lower, "sharedaccesssignature="):
		if m := signature(field(text, "sharedaccesssignature"), now); m != "" {
			return m + " " + WhereHubString
		}
	case !strings.Contains(lower, "sharedaccesskeyname="), !strings.Contains(lower, "sharedaccesskey="):
		return "The connection string is not complete: SharedAccessKeyName and SharedAccessKey must be in it. Copy it again as a whole. " + WhereHubString
	default:
		if m := wrongKey(field(text, "sharedaccesskey"), hubKeySize); m != "" && !strings.Contains(lower, "usedevelopmentemulator=true") {
			return m + " " + WhereHubString
		}
	}
	if _, err := azeventhubs.ParseConnectionString(text); err != nil {
		return "This connection string cannot be read: copy it again as a whole. " + WhereHubString // the cause would show parts of it
	}
	return ""
}

// StorageString is the same for the connection string of a storage account for a use.
func StorageString(text string, use Use, now time.Time) string {
	if label.MatchString(text) {
		return labelled
	}
	if w := Wrapping(text); w != "" {
		return w
	}
	lower := strings.ToLower(text)
	switch {
	case ofHub(lower):
		return "This is the connection string of an Event Hub: it belongs into the field for the hub. Here belongs that of the storage account. " + WhereStorageString
	case strings.HasPrefix(lower, "http") && strings.Contains(lower, "sig="):
		return "This is the address of a shared access signature, not a connection string. Take the one that begins with BlobEndpoint= from the same place, or that with the key. " + WhereStorageString
	case strings.HasPrefix(lower, "https://portal."), strings.HasPrefix(lower, "http"):
		return "This is an address, not a connection string. " + WhereStorageString
	case bareKey.MatchString(text):
		return "This is only a key; the whole connection string is needed. " + WhereStorageString
	}
	if of := kindOf(text, lower); of != "" {
		return of + " " + WhereStorageString
	}
	switch {
	case !ofStorage(lower):
		return "This is no connection string of a storage account, which begins with DefaultEndpointsProtocol=. " + WhereStorageString
	case strings.Contains(lower, "usedevelopmentstorage="):
	case strings.Contains(lower, "sharedaccesssignature="):
		if m := storageSignature(field(text, "sharedaccesssignature"), use, now); m != "" {
			return m + " " + WhereStorageString
		}
	case !strings.Contains(lower, "accountname="), !strings.Contains(lower, "accountkey="):
		return "The connection string is not complete: AccountName and AccountKey must be in it. Copy it again as a whole. " + WhereStorageString
	default:
		if m := wrongKey(field(text, "accountkey"), storageKeySize); m != "" {
			return m + " " + WhereStorageString
		}
	}
	return ""
}
