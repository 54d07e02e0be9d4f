package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestACertificateForBrokersIsCheckedWithItsKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "penstock.yaml")
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]string{
		"{cert_file: cert.pem}":                     "tls.cert_file: is no certificate with its private key",
		"{cert_file: gone.pem}":                     "tls.cert_file: cannot be read",
		"{cert_file: cert.pem, key_file: gone.pem}": "private key that cannot be read",
		"{key_file: key.pem}":                       "give cert_file",
		"{cert: x}":                                 "tls.cert: is no certificate",
		"{cert: x, cert_file: cert.pem}":            "give either cert or cert_file",
		"{cert: x, key_file: key.pem}":              "leave key_file out",
		"{off: true, cert_file: cert.pem}":          "a certificate is shown with TLS alone",
		"{off: true, ca_file: cert.pem}":            "says nothing without TLS",
		"{ca: x, ca_file: cert.pem}":                "give either ca or ca_file",
	} {
		_, err := Parse(path, []byte("intakes:\n  - name: x\n    kafka:\n      brokers: ['a:9092']\n      topics: [a, b]\n      tls: "+settings+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}
