package main

import (
	"cmp"
	"os"

	"penstock/config"
	"penstock/doctor"
)

// privateFiles are the files with secrets in them.
func (e *examination) privateFiles() []doctor.File {
	c := e.config
	var files []doctor.File
	add := func(path, what string) {
		if path != "" {
			files = append(files, doctor.File{Path: path, What: what})
		}
	}
	inside := c.Server.Token != "" && c.Server.TokenFile == "" || c.Server.OIDC != nil && c.Server.OIDC.ClientSecret != "" && c.Server.OIDC.ClientSecretFile == ""
	for i := range c.Intakes {
		for _, s := range secretsOf(&c.Intakes[i]) {
			inside = inside || s.value != "" && s.file == ""
			add(s.file, s.what+" of the intake "+c.Intakes[i].Name)
		}
	}
	if inside {
		add(e.path, "the configuration, which has secrets in it")
	}
	add(c.Server.TokenFile, "the token")
	if c.Server.TLS != nil {
		add(c.Server.TLS.KeyFile, "the private key of the page")
	}
	if path := secretsKey(c.Data); there(path) {
		add(path, "the key of the secrets")
	}
	if path := statePath(c.Data); there(path) {
		add(path, "the state")
	}
	return files
}

// kept is a secret of an intake, and the file that it is in; none: the configuration itself.
type kept struct {
	what  string
	value config.Secret
	file  string
}

// secretsOf are the secrets of an intake of the configuration.
func secretsOf(in *config.Intake) []kept {
	identity := func(c *config.Identity) []kept {
		return []kept{{"client secret", c.ClientSecret, c.ClientSecretFile}, {"certificate", c.Certificate, c.CertificateFile}, {"password of the certificate", c.CertificatePassword, ""}}
	}
	switch {
	case in.EventHub != nil:
		h := in.EventHub
		list := append(identity(&h.Credential), kept{"connection string", h.ConnectionString, h.ConnectionStringFile})
		if h.Storage != nil {
			list = append(list, kept{"connection string of the storage", h.Storage.ConnectionString, h.Storage.ConnectionStringFile})
			if h.Storage.Credential != nil {
				list = append(list, identity(h.Storage.Credential)...)
			}
		}
		return list
	case in.Blob != nil:
		b := in.Blob
		return append(identity(&b.Credential), kept{"connection string", b.ConnectionString, b.ConnectionStringFile}, kept{"shared access signature", b.SAS, b.SASFile})
	case in.Kafka != nil:
		k := in.Kafka
		return append(identity(&k.Credential), kept{"connection string", k.ConnectionString, k.ConnectionStringFile}, kept{"password", k.SASL.Password, k.SASL.PasswordFile},
			kept{"certificate for brokers", k.TLS.Cert, cmp.Or(k.TLS.KeyFile, k.TLS.CertFile)}) // without a file for the key that of the certificate holds it
	case in.HTTP != nil:
		return []kept{{"key", in.HTTP.Key, in.HTTP.KeyFile}, {"old key", in.HTTP.OldKey, in.HTTP.OldKeyFile}}
	}
	return nil
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
