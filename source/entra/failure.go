package entra

import (
	"errors"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var entraCode = regexp.MustCompile(`AADSTS\d+[^\r\n"]*`)

// Failed reports whether an error is one of signing in.
func Failed(err error) bool {
	var failed *azidentity.AuthenticationFailedError
	text := err.Error()
	return errors.As(err, &failed) || strings.Contains(text, "DefaultAzureCredential") || strings.Contains(text, "CredentialUnavailable") || strings.Contains(text, "Credential: ")
}

// Hint says what to do about a sign-in that failed with a kind of credential.
func Hint(err error, kind string) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "AADSTS7000215"):
		return "The client secret is wrong: use the value of the secret, not its ID."
	case strings.Contains(text, "AADSTS7000222"):
		return "The client secret has expired: create a new one."
	case strings.Contains(text, "AADSTS700016"):
		return "The tenant has no application with this client_id: check client_id and tenant_id."
	case strings.Contains(text, "AADSTS90002"):
		return "There is no such tenant: check tenant_id."
	case strings.Contains(text, "AADSTS700027"), strings.Contains(text, "AADSTS7000214"):
		return "The application does not know the certificate: upload its public part."
	case strings.Contains(text, "dial tcp"):
		return "This machine does not reach the host of Microsoft Entra ID: check name resolution, firewall and proxy, and the cloud (keys cloud and clouds)."
	case kind == "default" || kind == "":
		return "Set credential.kind to what this machine has: client_secret, certificate, managed_identity or workload_identity."
	}
	return "Check tenant_id, client_id and the credential."
}

// Gist is the gist of an error that runs over many lines.
func Gist(err error) string {
	text := err.Error()
	if m := entraCode.FindString(text); m != "" {
		text = m
	}
	text, rest, _ := strings.Cut(text, "\n")
	if strings.HasSuffix(strings.TrimSpace(text), ":") { // what is the matter follows
		rest, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
		text = strings.TrimSpace(text) + " " + strings.TrimSpace(rest)
	}
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}
