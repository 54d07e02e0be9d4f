package pasted

import (
	"fmt"
	"strings"
	"time"

	"penstock/cloud"
)

// TooStrong says why a connection string of a hub that works should be replaced by another all the same; empty: it is
// right as it is.
func TooStrong(hub string) string {
	policy := strings.ToLower(field(hub, "sharedaccesskeyname"))
	switch {
	case strings.EqualFold(field(hub, "usedevelopmentemulator"), "true"):
	case policy == "rootmanagesharedaccesskey":
		return "The policy RootManageSharedAccessKey may manage the whole namespace."
	case strings.Contains(policy, "manage"):
		return "By its name the policy may manage, which is more than reading needs."
	case strings.Contains(policy, "send") && !strings.Contains(policy, "listen"):
		return "By its name the policy may send: reading needs the claim Listen."
	}
	return ""
}

// Ending says when the signature of a connection string ends, if that is within a time; empty otherwise.
func Ending(text string, now time.Time, within time.Duration) string {
	if end := ends(text); !end.IsZero() && end.Before(now.Add(within)) {
		return fmt.Sprintf("The shared access signature in it ends on %s.", end.Format(time.DateTime))
	}
	return ""
}

// Clouds says that a hub and a storage account cannot be used together, since they are in different clouds; empty: they
// are in one, or it is not known. The hub is told by its connection string or namespace, the account by its connection
// string or blob endpoint.
func Clouds(clouds cloud.List, hub, storage string) string {
	host, account := hostOf(hub), hostOf(storage)
	if host == "" {
		host, _, _ = strings.Cut(hub, ":")
	}
	if suffix := field(storage, "endpointsuffix"); suffix != "" {
		account = "." + suffix
	} else if account == "" {
		_, account, _ = strings.Cut(storage, "://")
	}
	one, ok := clouds.Of(host)
	other, known := clouds.Of(account)
	// Clouds with the same hosts cannot be told from each other, and need not be.
	if !ok || !known || one.Storage == other.Storage {
		return ""
	}
	return fmt.Sprintf("The storage account is in the cloud %s (%s), and the hub in %s (%s): take one of the same cloud.", other.Name, other.Storage, one.Name, one.EventHubs)
}

// Group tidies the name of a consumer group: Event Hubs writes its own with a capital.
func Group(name string) string {
	if strings.EqualFold(name, "$default") {
		return "$Default"
	}
	return name
}
