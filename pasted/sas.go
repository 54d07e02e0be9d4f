package pasted

import (
	"net/url"
	"strings"
	"time"
)

const whereSAS = "In the Azure portal it is under the storage account, Security + networking, Shared access signature: allow the service Blob, the resource types Container and Object, and the permissions Read and List."

// SAS says what is wrong at a time with what was pasted as a shared access signature that blobs are read with: the token, or the address that ends
// with it; empty: nothing.
func SAS(text string, now time.Time) string {
	if text == "" {
		return "The shared access signature is missing. " + whereSAS
	}
	if w := Wrapping(text); w != "" {
		return w
	}
	lower := strings.ToLower(text)
	switch {
	case ofHub(lower):
		return "This is the connection string of an Event Hub. Here belongs the shared access signature of the storage account. " + whereSAS
	case ofStorage(lower), strings.Contains(lower, "sharedaccesssignature="):
		return "This is a connection string: choose signing in by connection string, or paste the SAS token alone. " + whereSAS
	case bareKey.MatchString(text):
		return "This is a key of the account, not a shared access signature. " + whereSAS
	}
	if _, after, ok := strings.Cut(text, "?"); ok {
		text = after
	}
	if values, err := url.ParseQuery(text); err != nil || values.Get("sig") == "" || values.Get("sv") == "" {
		return "This is no shared access signature, which has sv=… and sig=… in it: copy it again as a whole. " + whereSAS
	}
	if m := storageSignature(text, Reading, now); m != "" {
		return m + " " + whereSAS
	}
	return ""
}
