package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// Kafka is a cluster of brokers, one or more topics in it, and how to get at them. The Kafka endpoint of Event Hubs is one.
type Kafka struct {
	Brokers              []string  `yaml:"brokers" doc:"Brokers to begin with, host:port; of Event Hubs contoso.servicebus.windows.net:9093, which comes from the connection string where there is one"`
	ConnectionString     Secret    `yaml:"connection_string" doc:"Of Event Hubs: connection string with the right to listen"`
	ConnectionStringFile string    `yaml:"connection_string_file" doc:"File that holds the connection string"`
	SASL                 SASL      `yaml:"sasl" doc:"How to sign in without a connection string"`
	Credential           Identity  `yaml:"credential" doc:"How to sign in with Microsoft Entra ID, with sasl mechanism oauthbearer"`
	TLS                  BrokerTLS `yaml:"tls" doc:"Encryption, which is on"`
	Topics               []string  `yaml:"topics" doc:"Topics to read, which Event Hubs calls hubs; comes from EntityPath of the connection string where it has one"`
	Group                string    `yaml:"group" default:"penstock" doc:"Consumer group, for Penstock alone: several share its partitions"`
	Start                Start     `yaml:"start" default:"earliest" doc:"Where to begin without a position: earliest, latest or a time"`
	OnGap                string    `yaml:"on_gap" default:"earliest" enum:"earliest,latest,stop" doc:"Where to go on when the wanted messages have expired or the topic was made anew; the gap is an incident in any case"`
	Prefetch             Bytes     `yaml:"prefetch" default:"64MiB" doc:"Memory for messages that were received and not yet stored"`
}

// SASL is how to sign in to brokers.
type SASL struct {
	Mechanism    string `yaml:"mechanism" default:"none" enum:"none,plain,scram-sha-256,scram-sha-512,oauthbearer" doc:"oauthbearer signs in with Microsoft Entra ID"`
	Username     string `yaml:"username" doc:"User, of plain and scram"`
	Password     Secret `yaml:"password" doc:"Password, of plain and scram"`
	PasswordFile string `yaml:"password_file" doc:"File that holds the password"`
	Scope        string `yaml:"scope" doc:"Of oauthbearer: for what the token is wanted; https://HOST/.default of the first broker otherwise"`
}

// BrokerTLS is how connections to brokers are encrypted.
type BrokerTLS struct {
	Off      bool   `yaml:"off" doc:"Connect without TLS: everybody on the way can read along"`
	CAFile   string `yaml:"ca_file" doc:"PEM file with the certificates that brokers are trusted by; those of the system otherwise"`
	CA       string `yaml:"ca" doc:"The same as text, instead of ca_file"`
	CertFile string `yaml:"cert_file" doc:"PEM file with the certificate that Penstock shows to brokers, and those of its issuers; read at each connection"`
	KeyFile  string `yaml:"key_file" doc:"PEM file with its private key, not encrypted; cert_file may hold both"`
	Cert     Secret `yaml:"cert" doc:"The certificate and its private key as text, instead of cert_file and key_file"`
}

// kafkaPort is that of the Kafka endpoint of Event Hubs.
const kafkaPort = "9093"

var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

func (k *checker) kafka(c *Kafka, key string) {
	k.secret(&c.ConnectionString, c.ConnectionStringFile, key+".connection_string")
	k.secret(&c.SASL.Password, c.SASL.PasswordFile, key+".sasl.password")
	k.brokerTLS(&c.TLS, key+".tls")
	if c.ConnectionString != "" {
		k.kafkaString(c, key)
	} else {
		k.sasl(c, key)
	}
	if len(c.Brokers) == 0 {
		k.wrong(key+".brokers", "expected brokers such as kafka.example.com:9092, or a connection_string")
	}
	for i, address := range c.Brokers {
		if !isBroker(address) {
			k.wrong(fmt.Sprintf("%s.brokers[%d]", key, i), fmt.Sprintf("expected host:port, as kafka.example.com:9092, got %q", address))
		}
	}
	if len(c.Topics) == 0 {
		k.wrong(key+".topics", "expected the names of topics")
	}
	for i, name := range c.Topics {
		if !topicName.MatchString(name) {
			k.wrong(fmt.Sprintf("%s.topics[%d]", key, i), fmt.Sprintf("expected the name of a topic, got %q", name))
		}
	}
	if c.Group == "" || len(c.Group) > 249 {
		k.wrong(key+".group", "expected the name of a consumer group, at most 249 characters")
	}
	if c.Prefetch < 4<<20 || c.Prefetch > 1<<30 {
		k.wrong(key+".prefetch", "expected 4MiB to 1GiB")
	}
}

func (k *checker) brokerTLS(t *BrokerTLS, key string) {
	t.CAFile, t.CertFile, t.KeyFile = k.resolve(t.CAFile), k.resolve(t.CertFile), k.resolve(t.KeyFile)
	if t.Off && t.CAFile+t.CA != "" {
		k.wrong(key+".ca_file", "says nothing without TLS: leave it or off out")
	}
	if t.CAFile != "" && t.CA != "" {
		k.wrong(key+".ca_file", "give either ca or ca_file")
	}
	switch {
	case t.CertFile == "" && t.Cert == "":
		if t.KeyFile != "" {
			k.wrong(key+".cert_file", "the private key belongs to a certificate: give cert_file")
		}
		return
	case t.Off:
		k.wrong(key+".cert_file", "a certificate is shown with TLS alone: leave it or off out")
	case t.CertFile != "" && t.Cert != "":
		k.wrong(key+".cert_file", "give either cert or cert_file")
	case t.Cert != "" && t.KeyFile != "":
		k.wrong(key+".key_file", "cert holds the private key too: leave key_file out")
	default:
		if _, err := t.Shown(); err != nil {
			at := key + ".cert_file"
			if t.Cert != "" {
				at = key + ".cert"
			}
			k.wrong(at, err.Error())
		}
	}
}

// Shows reports whether Penstock has a certificate to show.
func (t *BrokerTLS) Shows() bool { return t.CertFile != "" || t.Cert != "" }

// Shown reads the certificate that Penstock shows to brokers, with its private key.
func (t *BrokerTLS) Shown() (*tls.Certificate, error) {
	certificate := []byte(t.Cert.Reveal())
	if t.CertFile != "" {
		var err error
		if certificate, err = readSmall(t.CertFile); err != nil {
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
	}
	key := certificate
	if t.KeyFile != "" {
		var err error
		if key, err = readSmall(t.KeyFile); err != nil {
			return nil, fmt.Errorf("has a private key that cannot be read: %w", err)
		}
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, errors.New("is no certificate with its private key in PEM: both are needed, from the first -----BEGIN to the last -----END, they must belong together, and the key must not be encrypted")
	}
	return &pair, nil
}

func isBroker(address string) bool {
	host, port, err := net.SplitHostPort(address)
	n, errPort := strconv.Atoi(port)
	return err == nil && errPort == nil && host != "" && n > 0 && n < 1<<16 && !strings.ContainsAny(host, "/ ")
}

// kafkaString takes broker and topic from the connection string of Event Hubs.
func (k *checker) kafkaString(c *Kafka, key string) {
	p, err := azeventhubs.ParseConnectionString(c.ConnectionString.Reveal())
	if err != nil {
		k.wrong(key+".connection_string", "is no connection string of Event Hubs, which begins with Endpoint=sb://…: copy it anew from the portal (Shared access policies)")
		return
	}
	if c.SASL.Mechanism != "none" {
		k.wrong(key+".sasl.mechanism", "the connection string says how to sign in: leave sasl out")
	}
	if len(c.Brokers) == 0 {
		c.Brokers = []string{net.JoinHostPort(p.FullyQualifiedNamespace, kafkaPort)}
	}
	if p.EntityPath != nil && len(c.Topics) == 0 {
		c.Topics = []string{*p.EntityPath}
	}
	if p.EntityPath != nil && (len(c.Topics) != 1 || c.Topics[0] != *p.EntityPath) {
		k.wrong(key+".topics", fmt.Sprintf("the connection string is for the hub %s alone: use one of the namespace", *p.EntityPath))
	}
	k.inTheClear(c, key+".tls.off")
}

func (k *checker) sasl(c *Kafka, key string) {
	s := &c.SASL
	switch s.Mechanism {
	case "none":
		return
	case "oauthbearer":
		k.identity(&c.Credential, k.cloudOf(c.Brokers...), key+".credential")
	default:
		if s.Username == "" {
			k.wrong(key+".sasl.username", "sasl mechanism "+s.Mechanism+" needs a username")
		}
		if s.Password == "" {
			k.wrong(key+".sasl.password", "sasl mechanism "+s.Mechanism+" needs a password")
		}
	}
	if s.Mechanism == "plain" || s.Mechanism == "oauthbearer" {
		k.inTheClear(c, key+".tls.off")
	}
}

// inTheClear refuses to send what lets in to where others can read along.
func (k *checker) inTheClear(c *Kafka, at string) {
	if !c.TLS.Off {
		return
	}
	for _, address := range c.Brokers {
		if host, _, err := net.SplitHostPort(address); err == nil && !isLoopback(host) {
			k.wrong(at, "the password would go through the net in the clear: leave it out, or use scram-sha-512")
			return
		}
	}
}
