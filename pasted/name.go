package pasted

import "strings"

// HubName says what is wrong with what was given as the name of a hub; empty: nothing.
func HubName(text string) string {
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

// Container says what is wrong with what was given as the name of a container; empty: nothing.
func Container(text string) string {
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

// Account says what is wrong with what was given as the name of a storage account, or its blob endpoint; empty: nothing.
func Account(text string) string {
	if Wrapping(text) != "" || ofStorage(strings.ToLower(text)) {
		return "Expected the name of a storage account, or its blob endpoint as https://contoso.blob.core.windows.net."
	}
	return ""
}
