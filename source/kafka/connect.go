package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"penstock/source/entra"
)

// connectionStringUser is what Event Hubs wants as the user where the password is a connection string.
const connectionStringUser = "$ConnectionString"

// client is what every connection needs.
func (o *Options) client() ([]kgo.Opt, error) {
	c := &o.Config
	options := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID("penstock"), kgo.DialTimeout(10 * time.Second), kgo.RetryTimeout(20 * time.Second),
		kgo.MetadataMinAge(250 * time.Millisecond),
	}
	if !c.TLS.Off {
		t, err := o.tls()
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(t))
	}
	if m := o.mechanism(); m != nil {
		options = append(options, kgo.SASL(m))
	}
	return options, nil
}

func (o *Options) tls() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	text := []byte(o.Config.TLS.CA)
	if path := o.Config.TLS.CAFile; path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read the certificates that brokers are trusted by: %w", err)
		}
	}
	if len(text) > 0 {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(text) {
			return nil, errors.New("there is no certificate in PEM in what brokers are to be trusted by")
		}
	}
	if o.Config.TLS.Shows() {
		// Anew each time: whoever renews certificates replaces the files.
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			shown, err := o.Config.TLS.Shown()
			if err != nil {
				return nil, fmt.Errorf("the certificate for brokers %w", err)
			}
			return shown, nil
		}
	}
	return t, nil
}

// mechanism is how to sign in; nil: not at all.
func (o *Options) mechanism() sasl.Mechanism {
	c := &o.Config
	if conn := c.ConnectionString.Reveal(); conn != "" {
		return plain.Auth{User: connectionStringUser, Pass: conn}.AsMechanism()
	}
	s := &c.SASL
	switch s.Mechanism {
	case "plain":
		return plain.Auth{User: s.Username, Pass: s.Password.Reveal()}.AsMechanism()
	case "scram-sha-256":
		return scram.Auth{User: s.Username, Pass: s.Password.Reveal()}.AsSha256Mechanism()
	case "scram-sha-512":
		return scram.Auth{User: s.Username, Pass: s.Password.Reveal()}.AsSha512Mechanism()
	case "oauthbearer":
		return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
			token, err := o.Token(ctx, o.scope())
			return oauth.Auth{Token: token}, err
		})
	}
	return nil
}

// scope is for what a token is wanted.
func (o *Options) scope() string {
	if s := o.Config.SASL.Scope; s != "" || len(o.Config.Brokers) == 0 {
		return s
	}
	host, _, err := net.SplitHostPort(o.Config.Brokers[0])
	if err != nil {
		host = o.Config.Brokers[0]
	}
	return "https://" + host + "/.default"
}

// entraToken asks Microsoft Entra ID for a token. The credential keeps what it was given until that expires.
func (o *Options) entraToken(ctx context.Context, scope string) (string, error) {
	credential, err := entra.New(o.Config.Credential)
	if err != nil {
		return "", fmt.Errorf("sign in with Microsoft Entra ID: %w", err)
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		return "", fmt.Errorf("sign in with Microsoft Entra ID: %w", err)
	}
	return token.Token, nil
}
