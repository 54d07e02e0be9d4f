package azure

import (
	"regexp"
	"strings"
)

// resourceID is a resource's address in Azure, taken apart.
type resourceID struct {
	subscription, group, provider string
	types, names                  []string // from the outside in, as virtualNetworks and subnets
}

var resourcePath = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)(?:/resourceGroups/([^/]+)(?:/providers/([^/]+)((?:/[^/]+/[^/]+)+))?)?/?$`)

// segment is what a name within a resource ID may be made of: nothing that a shell, or a template, takes for more.
var segment = regexp.MustCompile(`^[A-Za-z0-9_().-]{1,260}$`)

// parseID takes a resource ID apart.
func parseID(text string) (resourceID, bool) {
	m := resourcePath.FindStringSubmatch(text)
	if m == nil || len(text) > 1024 {
		return resourceID{}, false
	}
	id := resourceID{subscription: m[1], group: m[2], provider: m[3]}
	if parts := strings.Split(strings.TrimPrefix(m[4], "/"), "/"); len(parts) > 1 {
		for i := 0; i+1 < len(parts); i += 2 {
			id.types, id.names = append(id.types, parts[i]), append(id.names, parts[i+1])
		}
	}
	for _, one := range append([]string{id.subscription, id.group, id.provider}, append(id.types, id.names...)...) {
		if one != "" && !segment.MatchString(one) {
			return resourceID{}, false
		}
	}
	return id, true
}

// kind is the type in the form that Azure writes it, as Microsoft.EventHub/namespaces.
func (id *resourceID) kind() string { return id.provider + "/" + strings.Join(id.types, "/") }

// ofType says whether a text is the resource ID of something of a type.
func ofType(text, kind string) bool {
	id, ok := parseID(text)
	return ok && guid.MatchString(id.subscription) && strings.EqualFold(id.kind(), kind)
}
