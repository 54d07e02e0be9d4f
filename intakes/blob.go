package intakes

import (
	"net/url"
	"strings"

	"penstock/config"
	"penstock/source/blob"
)

// SAS is the way to sign in to a storage account with a shared access signature.
const SAS = "sas"

const whereSAS = "In the Azure portal it is under the storage account, Security + networking, Shared access signature: allow the service Blob, the resource types Container and Object, and the permissions Read and List."

// completeBlob is complete for an intake that reads a storage account: of a hub it has nothing.
func (in *Intake) completeBlob() (*config.Intake, error) {
	s := &in.Settings
	in.Settings = Settings{
		Source: s.Source, Entity: s.Entity, Tags: s.Tags, Categories: s.Categories, SilenceAfter: s.SilenceAfter, Container: s.Container, Start: s.Start,
		Authentication: s.Authentication, StorageAccount: s.StorageAccount, Credential: s.Credential, TenantID: s.TenantID, ClientID: s.ClientID,
	}
	in.keepSecrets(StorageConnectionString, StorageSAS, ClientSecret, Certificate)
	var wrong Mistakes
	in.checkLists(&wrong)
	b := &config.Blob{}
	switch in.Authentication {
	case ConnectionString, "":
		in.Authentication = ConnectionString
		in.Settings.StorageAccount = ""
		b.ConnectionString = in.Secrets[StorageConnectionString]
		in.checkBlobString(&wrong)
	case SAS:
		b.SAS, b.Account = in.Secrets[StorageSAS], s.StorageAccount
		in.checkSAS(&wrong)
	case Entra:
		b.Account = s.StorageAccount
		b.Credential = in.identity()
		in.checkBlobAccount(&wrong)
		in.checkCertificate(&wrong)
	default:
		wrong.add("authentication", "Expected connection_string, sas or entra.")
	}
	if s.Container != "" {
		if m := wrongContainer(s.Container); m != "" {
			wrong.add("storageContainer", "%s", m)
		}
		b.Containers = []string{s.Container}
	}
	c := &config.Intake{Name: in.Name, Categories: s.Categories, Blob: b}
	in.silence(c, &wrong)
	in.start(&b.Start, &wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	c, err := in.checked(c, wrong)
	if c != nil {
		in.Namespace = hostOf(c.Blob.Account)
	}
	return c, err
}

// keepSecrets forgets the secrets that are none of these.
func (in *Intake) keepSecrets(names ...string) {
	kept := map[string]config.Secret{}
	for _, name := range names {
		if value := in.Secrets[name]; value != "" {
			kept[name] = value
		}
	}
	in.Secrets = kept
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host + strings.TrimSuffix(u.Path, "/")
}

func (in *Intake) checkBlobString(wrong *Mistakes) {
	text := in.Secrets[StorageConnectionString].Reveal()
	switch {
	case text == "":
		wrong.add(StorageConnectionString, "The connection string of the storage account is missing. %s", whereStorageString)
	default:
		if m := wrongStorageString(text); m != "" {
			wrong.add(StorageConnectionString, "%s", m)
		}
	}
}

func (in *Intake) checkSAS(wrong *Mistakes) {
	text := in.Secrets[StorageSAS].Reveal()
	if m := wrongSAS(text); m != "" {
		wrong.add(StorageSAS, "%s", m)
		return
	}
	if in.StorageAccount == "" && !strings.Contains(text, "://") {
		wrong.add("storageAccount", "The shared access signature does not say of which account it is: give its name here, or paste the whole Blob service SAS URL.")
	}
}

func (in *Intake) checkBlobAccount(wrong *Mistakes) {
	switch m := in.StorageAccount; {
	case m == "":
		wrong.add("storageAccount", "The name of the storage account is missing.")
	case wrapping(m) != "" || ofStorage(strings.ToLower(m)):
		wrong.add("storageAccount", "Expected the name of a storage account, or its blob endpoint as https://contoso.blob.core.windows.net.")
	}
}

// wrongSAS says what is wrong with what was pasted as a shared access signature; empty: nothing.
func wrongSAS(text string) string {
	if text == "" {
		return "The shared access signature is missing. " + whereSAS
	}
	if w := wrapping(text); w != "" {
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
	token := text
	if _, after, ok := strings.Cut(text, "?"); ok {
		token = after
	}
	values, err := url.ParseQuery(token)
	switch {
	case err != nil || values.Get("sig") == "" || values.Get("sv") == "":
		return "This is no shared access signature, which has sv=… and sig=… in it: copy it again as a whole. " + whereSAS
	case values.Get("sp") != "" && !strings.Contains(values.Get("sp"), "l"):
		return "The shared access signature has not the permission to list: make one with Read and List. " + whereSAS
	case values.Get("sp") != "" && !strings.Contains(values.Get("sp"), "r"):
		return "The shared access signature has not the permission to read: make one with Read and List. " + whereSAS
	case values.Get("ss") != "" && !strings.Contains(values.Get("ss"), "b"):
		return "The shared access signature is not for the service Blob. " + whereSAS
	}
	if when := blob.Expired(token); when != "" {
		return "The shared access signature expired at " + when + ": make a new one. " + whereSAS
	}
	return ""
}
