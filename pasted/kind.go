package pasted

import "strings"

// kindOf says what a text is that belongs to another service, or is none that opens anything; empty: none of these.
func kindOf(text, lower string) string {
	host := hostOf(lower)
	switch {
	case strings.HasPrefix(lower, "https://portal."), strings.HasPrefix(lower, "https://security.microsoft."):
		return "This is the address of a page in the portal, not a connection string."
	case strings.HasPrefix(lower, "/subscriptions/"), strings.HasPrefix(lower, "subscriptions/"):
		return "This is a resource ID, which Defender's streaming settings want; Penstock wants a connection string."
	case strings.HasPrefix(lower, "hostname="), strings.Contains(host, "azure-devices"):
		return "This is the connection string of an IoT Hub; Defender streams to Event Hubs."
	case strings.HasPrefix(host, "iothub-ns-"), strings.HasPrefix(host, "ihsu"):
		return "This is the endpoint of an IoT Hub that looks like an Event Hub; Defender streams to Event Hubs."
	case strings.Contains(lower, ".eventgrid."):
		return "This belongs to Event Grid; Defender streams to Event Hubs."
	case strings.Contains(lower, ".documents.azure."), strings.HasPrefix(lower, "accountendpoint="):
		return "This is the connection string of Cosmos DB."
	case strings.HasPrefix(lower, "instrumentationkey="):
		return "This is the connection string of Application Insights."
	case strings.Contains(lower, ".opinsights.azure."), strings.Contains(lower, "workspaceid="), strings.Contains(lower, "workspacekey="), workspace.MatchString(text):
		return "This belongs to a workspace of Log Analytics; Penstock reads what Defender streams to Event Hubs."
	case strings.HasPrefix(lower, "server="), strings.HasPrefix(lower, "data source="):
		return "This is the connection string of a database."
	case ofServiceBus(lower):
		return "This is the connection string of a queue or topic of Service Bus, which looks much the same; Defender streams to Event Hubs."
	case strings.Contains(lower, "sharedaccesskeyname=defaultlistensharedaccesssignature"), strings.Contains(lower, "sharedaccesskeyname=defaultfullsharedaccesssignature"):
		return "This is the connection string of a Notification Hub; Defender streams to Event Hubs."
	}
	return ""
}

// ofServiceBus: its strings name the transport, and entities below others. A queue's string without either cannot be told
// from that of a hub; connecting does.
func ofServiceBus(lower string) bool {
	entity := strings.ToLower(field(lower, "entitypath"))
	return strings.Contains(lower, "transporttype=") || strings.Contains(entity, "/subscriptions/") || strings.Contains(entity, "$deadletterqueue")
}

// field is the value of a part of a connection string; empty where it is not there.
func field(text, name string) string {
	for part := range strings.SplitSeq(text, ";") {
		if key, value, _ := strings.Cut(part, "="); strings.EqualFold(strings.TrimSpace(key), name) {
			return value
		}
	}
	return ""
}

// hostOf is the host that a connection string leads to.
func hostOf(text string) string {
	for _, name := range []string{"endpoint", "blobendpoint"} {
		if value := field(text, name); value != "" {
			_, rest, found := strings.Cut(value, "://")
			if !found {
				rest = value
			}
			host, _, _ := strings.Cut(rest, "/")
			host, _, _ = strings.Cut(host, ":")
			return strings.ToLower(host)
		}
	}
	return ""
}
