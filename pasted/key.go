package pasted

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// How many bytes keys have that Azure makes.
const (
	hubKeySize     = 32
	storageKeySize = 64
)

// shortest is how long the rest of a key is that was cut off: emulators have shorter ones.
const shortest = 16

// wrongKey says what is wrong with a key in base64 of so many bytes; empty: nothing.
func wrongKey(key string, size int) string {
	if strings.Contains(key, "%") {
		return "The key in it is encoded as for an address (%3D for =): it was copied out of an address or a log. Copy it from the portal."
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	whole := base64.StdEncoding.EncodedLen(size)
	switch {
	case err == nil && len(key) < shortest: // it is whole, and none that Azure has made
	case err != nil && len(strings.TrimRight(key, "=")) < whole-2 || err == nil && len(raw) < size:
		return fmt.Sprintf("The key in it is cut off: it has %d characters, and should have %d. Copy it again as a whole.", len(key), whole)
	case err != nil && len(key) < whole:
		return "The key in it lacks its end (the = signs belong to it). Copy it again as a whole."
	case err != nil:
		return "The key in it has characters that keys do not have. Copy it again as a whole."
	}
	return ""
}

// signature says what is wrong with a shared access signature of a hub; empty: nothing.
func signature(text string, now time.Time) string {
	values, ok := signed(text)
	if !ok || values.Get("sig") == "" || values.Get("se") == "" {
		return "The shared access signature is not complete: sr, sig and se must be in it."
	}
	seconds, err := strconv.ParseInt(values.Get("se"), 10, 64)
	if err != nil {
		return "The end of the shared access signature (se) cannot be read."
	}
	if end := time.Unix(seconds, 0).UTC(); now.After(end) {
		return fmt.Sprintf("The shared access signature has ended, on %s. Take a connection string with a key, or have a new one made.", end.Format(time.DateTime))
	}
	return ""
}

// Use is what a storage account is for.
type Use struct {
	rights []right
	needs  string
}

type right struct{ letter, name string }

var (
	// Checkpoints are written to it.
	Checkpoints = Use{[]right{{"r", "read"}, {"w", "write"}, {"l", "list"}, {"d", "delete"}}, "checkpoints need read, add, create, write, delete and list"}
	// Reading is all that happens to what lies there.
	Reading = Use{[]right{{"r", "read"}, {"l", "list"}}, "reading blobs needs read and list"}
)

// storageSignature is the same for one of a storage account.
func storageSignature(text string, use Use, now time.Time) string {
	values, ok := signed(text)
	if !ok || values.Get("sig") == "" {
		return "The shared access signature is not complete: sv, se, sp and sig must be in it."
	}
	if values.Get("si") == "" { // otherwise a policy of the container says these
		end, ok := moment(values.Get("se"))
		switch {
		case !ok:
			return "The end of the shared access signature (se) cannot be read."
		case now.After(end):
			return fmt.Sprintf("The shared access signature has ended, on %s. Have a new one made.", end.Format(time.DateTime))
		}
		var lacking []string
		for _, p := range use.rights {
			if !strings.Contains(values.Get("sp"), p.letter) {
				lacking = append(lacking, p.name)
			}
		}
		if len(lacking) > 0 {
			return fmt.Sprintf("The shared access signature does not permit to %s (sp): %s.", strings.Join(lacking, ", "), use.needs)
		}
	}
	if begin, ok := moment(values.Get("st")); ok && !now.IsZero() && now.Before(begin) {
		return fmt.Sprintf("The shared access signature counts from %s on only.", begin.Format(time.DateTime))
	}
	if services := values.Get("ss"); services != "" && !strings.Contains(services, "b") {
		return "The shared access signature is not for blobs (ss)."
	}
	return ""
}

// ends is when the signature of a connection string ends; zero: it has none, or it does not end.
func ends(text string) time.Time {
	values, ok := signed(field(text, "sharedaccesssignature"))
	if !ok {
		return time.Time{}
	}
	if seconds, err := strconv.ParseInt(values.Get("se"), 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC()
	}
	end, _ := moment(values.Get("se"))
	return end
}

func signed(text string) (url.Values, bool) {
	if _, rest, ok := strings.Cut(text, "SharedAccessSignature "); ok {
		text = rest
	}
	values, err := url.ParseQuery(strings.TrimPrefix(text, "?"))
	return values, err == nil && len(values) > 0
}

// moment reads the forms of time that signatures of storage accounts have (ISO 8601).
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
