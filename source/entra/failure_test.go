package entra

import (
	"errors"
	"strings"
	"testing"
)

func TestAFailureIsToldInOneLine(t *testing.T) {
	for text, want := range map[string]struct{ gist, hint string }{
		"ClientSecretCredential authentication failed.\nPOST https://x\n{ AADSTS7000215: Invalid client secret provided.\r\n Trace ID }": {"AADSTS7000215: Invalid client secret provided", "value of the secret"},
		"ClientSecretCredential: unable to resolve an endpoint: server response error:\n Get \"https://login.island.example/x\": dial tcp: lookup login.island.example: no such host\nmore": {
			"ClientSecretCredential: unable to resolve an endpoint: server response error: Get \"https://login.island.example/x\": dial tcp: lookup login.island.example: no such host", "does not reach the host",
		},
		"one line.":              {"one line", "tenant_id"},
		"nothing follows:":       {"nothing follows:", "tenant_id"},
		strings.Repeat("x", 400): {strings.Repeat("x", 300) + "…", "tenant_id"},
	} {
		err := errors.New(text)
		if got := Gist(err); got != want.gist {
			t.Errorf("%.60q: %q", text, got)
		}
		if got := Hint(err, "client_secret"); !strings.Contains(got, want.hint) {
			t.Errorf("%.60q: %q", text, got)
		}
	}
}
