package pasted

import (
	"fmt"
	"strings"
	"time"
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

// clouds are those of Microsoft, by the ends of their hosts.
var clouds = []struct{ name, hub, storage string }{
	{"the public cloud", ".servicebus.windows.net", "core.windows.net"},
	{"the cloud of the US government", ".servicebus.usgovcloudapi.net", "core.usgovcloudapi.net"},
	{"the cloud of China", ".servicebus.chinacloudapi.cn", "core.chinacloudapi.cn"},
}

// Clouds says that a hub and a storage account cannot be used together, since they are in different clouds; empty: they
// are in one, or it is not known. The hub is told by its connection string or namespace.
func Clouds(hub, storage string) string {
	host := hostOf(hub)
	if host == "" {
		host = strings.ToLower(hub)
	}
	suffix := strings.ToLower(field(storage, "endpointsuffix"))
	if suffix == "" {
		suffix = hostOf(storage)
	}
	one, other := "", ""
	for _, c := range clouds {
		if strings.HasSuffix(host, c.hub) {
			one = c.name
		}
		if strings.HasSuffix(suffix, c.storage) {
			other = c.name
		}
	}
	if one == "" || other == "" || one == other {
		return ""
	}
	return fmt.Sprintf("The storage account is in %s, and the hub in %s: take one of the same cloud (EndpointSuffix).", other, one)
}

// Group tidies the name of a consumer group: Event Hubs writes its own with a capital.
func Group(name string) string {
	if strings.EqualFold(name, "$default") {
		return "$Default"
	}
	return name
}
