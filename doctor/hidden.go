package doctor

import (
	"slices"
	"strings"
)

// hidden is what stands in place of a secret.
const hidden = "***"

// shortest is how long a text is at least to be taken for a secret: shorter ones would hide common words.
const shortest = 6

// hider replaces secrets. Of a connection string its parts are hidden as well as the whole.
func hider(secrets []string) *strings.Replacer {
	var all []string
	for _, s := range secrets {
		all = append(all, s)
		for part := range strings.SplitSeq(s, ";") {
			key, value, _ := strings.Cut(part, "=")
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "sharedaccesskey", "accountkey", "sharedaccesssignature":
				all = append(all, value, strings.TrimRight(value, "="))
				if _, sig, ok := strings.Cut(value, "sig="); ok {
					sig, _, _ = strings.Cut(sig, "&")
					all = append(all, sig)
				}
			}
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return len(s) < shortest })
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range all {
		pairs = append(pairs, s, hidden)
	}
	return strings.NewReplacer(pairs...)
}

func (f *Finding) hide(r *strings.Replacer) {
	f.Found, f.Why, f.Mend = r.Replace(f.Found), r.Replace(f.Why), r.Replace(f.Mend)
	f.Facts = slices.Clone(f.Facts)
	for i := range f.Facts {
		f.Facts[i].Value = r.Replace(f.Facts[i].Value)
	}
}
