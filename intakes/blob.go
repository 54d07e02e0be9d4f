package intakes

import (
	"net/url"
	"strings"
	"time"

	"penstock/cloud"
	"penstock/config"
	"penstock/pasted"
)

// SAS is the way to sign in to a storage account with a shared access signature.
const SAS = "sas"

// completeBlob is complete for an intake that reads a storage account: of a hub it has nothing.
func (in *Intake) completeBlob(wrong Mistakes, clouds cloud.List) (*config.Intake, error) {
	s := &in.Settings
	in.Settings = Settings{
		Source: s.Source, Entity: s.Entity, Tags: s.Tags, Categories: s.Categories, Chosen: s.Chosen, SilenceAfter: s.SilenceAfter, Container: s.Container, Start: s.Start,
		Authentication: s.Authentication, StorageAccount: s.StorageAccount, Credential: s.Credential, TenantID: s.TenantID, ClientID: s.ClientID,
	}
	in.keepSecrets(StorageConnectionString, StorageSAS, ClientSecret, Certificate)
	in.checkLists(&wrong)
	b := &config.Blob{}
	switch in.Authentication {
	case ConnectionString, "":
		in.Authentication = ConnectionString
		in.StorageAccount = ""
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
		if m := pasted.Container(s.Container); m != "" {
			wrong.add("storageContainer", "%s", m)
		}
		b.Containers = []string{s.Container}
	}
	c := &config.Intake{Name: in.Name, Format: in.Format, Categories: s.Categories, Chosen: s.Chosen, Blob: b}
	in.silence(c, &wrong)
	in.start(&b.Start, &wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	c, err := in.checked(c, wrong, clouds)
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
	if text == "" {
		wrong.add(StorageConnectionString, "The connection string of the storage account is missing. %s", pasted.WhereStorageString)
		return
	}
	if m := pasted.StorageString(text, pasted.Reading, time.Now()); m != "" {
		wrong.add(StorageConnectionString, "%s", m)
	}
}

func (in *Intake) checkSAS(wrong *Mistakes) {
	text := in.Secrets[StorageSAS].Reveal()
	if m := pasted.SAS(text, time.Now()); m != "" {
		wrong.add(StorageSAS, "%s", m)
		return
	}
	if in.StorageAccount == "" && !strings.Contains(text, "://") {
		wrong.add("storageAccount", "The shared access signature does not say of which account it is: give its name here, or paste the whole Blob service SAS URL.")
	}
}

func (in *Intake) checkBlobAccount(wrong *Mistakes) {
	if in.StorageAccount == "" {
		wrong.add("storageAccount", "The name of the storage account is missing.")
		return
	}
	if m := pasted.Account(in.StorageAccount); m != "" {
		wrong.add("storageAccount", "%s", m)
	}
}
