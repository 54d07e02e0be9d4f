package http

import nethttp "net/http"

// Keys know which intake a key opens.
type Keys interface {
	// Opens tells what a key opens, in the same time whatever the key.
	Opens(key string) Opening
}

// Opening is what a key opens: an intake, or nothing.
type Opening struct {
	Intake string // empty: it never was a key of one
	Ended  bool   // it was a key of the intake, and opens nothing any more
}

// The places of the key beside the body.
const (
	header          = "X-Intake-Key"
	referenceHeader = "X-SEKOIAIO-INTAKE-KEY"
	queryKey        = "intake_key"
)

// keyOf is the key that a request shows outside of its body; empty: none. inQuery says that it is in the address, where
// proxies write it into their logs.
func keyOf(r *nethttp.Request) (key string, inQuery bool) {
	for _, name := range []string{header, referenceHeader} {
		if key := r.Header.Get(name); key != "" {
			return key, false
		}
	}
	if _, password, ok := r.BasicAuth(); ok && password != "" {
		return password, false
	}
	key = r.URL.Query().Get(queryKey)
	return key, key != ""
}
