package hunt

import (
	"slices"

	"penstock/kql"
)

// prune takes out of unions what has no rows: search, find and wildcards name every table that there is, most of which never came. The
// plan belongs to this hunt alone, and is changed.
func prune(root kql.Node, empty func(*kql.Scan) bool) {
	kql.Visit(root, func(n kql.Node) {
		u, ok := n.(*kql.Union)
		if !ok || len(u.Of) < 2 {
			return
		}
		kept := slices.DeleteFunc(slices.Clone(u.Of), func(of kql.Node) bool { return rowless(of, empty) })
		if len(kept) == 0 {
			kept = u.Of[:1]
		}
		u.Of = kept
	})
}

// rowless tells whether a node surely gives no rows, where empty tells it of tables.
func rowless(n kql.Node, empty func(*kql.Scan) bool) bool {
	switch n := n.(type) {
	case *kql.Scan:
		return empty(n)
	case *kql.Values:
		return len(n.Rows) == 0
	case *kql.Filter, *kql.Project, *kql.Sort, *kql.Limit, *kql.Serialize, *kql.Parse, *kql.MvExpand, *kql.Shared:
		return rowless(kql.Inputs(n)[0], empty)
	case *kql.Aggregate:
		return len(n.Keys) > 0 && rowless(n.In, empty)
	case *kql.Union:
		return !slices.ContainsFunc(n.Of, func(of kql.Node) bool { return !rowless(of, empty) })
	}
	return false
}
