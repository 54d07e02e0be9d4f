package intakes

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"penstock/config"
	"penstock/source/kafka"
)

func kafkaDraft(change func(*Intake)) *Intake {
	in := draft(nil)
	in.Source = kafka.Kind
	change(in)
	return in
}

func TestWhatPeoplePasteForBrokersIsRecognised(t *testing.T) {
	password := func(change func(*Intake)) func(*Intake) {
		return func(in *Intake) {
			in.Authentication, in.Brokers, in.HubName, in.Username, in.Secrets[SASLPassword] = Password, "kafka.example.com:9092", "defender", "reader", "secret"
			change(in)
		}
	}
	for name, test := range map[string]struct {
		change func(*Intake)
		field  string
		want   string
	}{
		"nothing":                  {func(*Intake) {}, HubConnectionString, "is missing"},
		"of a storage account":     {func(in *Intake) { in.Secrets[HubConnectionString] = storageString }, HubConnectionString, "storage account"},
		"of the namespace alone":   {func(in *Intake) { in.Secrets[HubConnectionString] = namespaceString }, "hubName", "name of the topic is missing"},
		"of another hub":           {func(in *Intake) { in.Secrets[HubConnectionString], in.HubName = hubString, "other" }, "hubName", `"defender" alone`},
		"no brokers":               {password(func(in *Intake) { in.Brokers = "" }), "brokers", "are missing"},
		"a broker without port":    {password(func(in *Intake) { in.Brokers = "kafka.example.com" }), "brokers", "host:port"},
		"a broker with a protocol": {password(func(in *Intake) { in.Brokers = "SASL_SSL://kafka.example.com:9092" }), "brokers", "without a protocol"},
		"the port of AMQP":         {password(func(in *Intake) { in.Brokers = "contoso.servicebus.windows.net:5671" }), "brokers", "9093"},
		"a string as broker":       {password(func(in *Intake) { in.Brokers = hubString }), "brokers", "connection string"},
		"a string as topic":        {password(func(in *Intake) { in.HubName = hubString }), "hubName", "connection string"},
		"a topic with a space":     {password(func(in *Intake) { in.HubName = "a b" }), "hubName", "name of a topic"},
		"no user":                  {password(func(in *Intake) { in.Username = "" }), "username", "user is missing"},
		"no password":              {password(func(in *Intake) { delete(in.Secrets, SASLPassword) }), SASLPassword, "password is missing"},
		"a mechanism that is none": {password(func(in *Intake) { in.Mechanism = "gssapi" }), "saslMechanism", "scram"},
		"a password in the clear":  {password(func(in *Intake) { in.Mechanism, in.TLSOff = "plain", true }), "brokerTls", "in the clear"},
		"no certificate":           {password(func(in *Intake) { in.BrokerCA = "MIIB" }), "brokerCa", "BEGIN CERTIFICATE"},
		"a private key":            {password(func(in *Intake) { in.BrokerCA = "-----BEGIN PRIVATE KEY-----" }), "brokerCa", "private key"},
		"no certificate to show":   {func(in *Intake) { in.Authentication, in.Brokers, in.HubName = ClientCertificate, "a:1", "t" }, Certificate, "missing"},
		"a certificate without its key": {func(in *Intake) {
			in.Authentication, in.Brokers, in.HubName, in.Secrets[Certificate] = ClientCertificate, "a:1", "t", "-----BEGIN CERTIFICATE-----\nMDEyMzQ1\n-----END CERTIFICATE-----"
		}, Certificate, "private key"},
		"one of two topics": {password(func(in *Intake) { in.HubName = "a, b c" }), "hubName", "name of a topic"},
		"an application without both": {func(in *Intake) {
			in.Authentication, in.Credential, in.Brokers, in.HubName = Entra, "client_secret", "a:1", "t"
		}, "tenantId", "tenant_id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kafkaDraft(test.change).complete(FormatTables{Defender: nil}, nil)
			var wrong Mistakes
			if !errors.As(err, &wrong) || !wrong.has(test.field) {
				t.Fatalf("got %v", err)
			}
			for _, m := range wrong {
				if m.Field == test.field && !strings.Contains(m.Message, test.want) {
					t.Errorf("%s: %s", m.Field, m.Message)
				}
				if strings.Contains(m.Message, "MDEyMzQ1") {
					t.Errorf("a secret is told: %s", m.Message)
				}
			}
		})
	}
}

func TestGoodSettingsOfATopicAreTaken(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*Intake)
		brokers string
		check   func(*config.Kafka) bool
	}{
		"a connection string": {func(in *Intake) { in.Secrets[HubConnectionString] = " " + hubString + "\n" }, "contoso.servicebus.windows.net:9093",
			func(k *config.Kafka) bool {
				return k.Topics[0] == "defender" && k.Group == "penstock" && k.ConnectionString == hubString
			}},
		"a password": {func(in *Intake) {
			in.Authentication, in.Brokers, in.HubName, in.Username, in.Secrets[SASLPassword] = Password, " a:9092,\n b:9092 ", "t", "u", "p"
		}, "a:9092, b:9092", func(k *config.Kafka) bool { return k.SASL.Mechanism == "scram-sha-512" && len(k.Brokers) == 2 }},
		"Entra ID": {func(in *Intake) {
			in.Authentication, in.Brokers, in.HubName, in.Credential = Entra, "a:9093", "t", "managed_identity"
		}, "a:9093",
			func(k *config.Kafka) bool {
				return k.SASL.Mechanism == "oauthbearer" && k.Credential.Kind == "managed_identity"
			}},
		"several topics": {func(in *Intake) { in.Secrets[HubConnectionString], in.HubName = namespaceString, "a,\nb, a" }, "contoso.servicebus.windows.net:9093",
			func(k *config.Kafka) bool { return slices.Equal(k.Topics, []string{"a", "b"}) }},
		"topics in a line": {func(in *Intake) { in.Authentication, in.Brokers, in.HubName = Nothing, "a:9092", " t ,u,T" }, "a:9092",
			func(k *config.Kafka) bool { return slices.Equal(k.Topics, []string{"t", "u", "T"}) }},
		"nothing at all": {func(in *Intake) { in.Authentication, in.Brokers, in.HubName, in.TLSOff = Nothing, "a:9092", "t", true }, "a:9092",
			func(k *config.Kafka) bool { return k.SASL.Mechanism == "none" && k.TLS.Off }},
	} {
		t.Run(name, func(t *testing.T) {
			in := kafkaDraft(test.change)
			in.Format = "other"
			c, err := in.complete(FormatTables{"other": nil}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.Format != "other" {
				t.Errorf("it is read as %s", c.Format)
			}
			if in.Brokers != test.brokers || in.Namespace != test.brokers || !test.check(c.Kafka) {
				t.Errorf("%q %+v", in.Brokers, c.Kafka)
			}
			again, err := in.clone().complete(FormatTables{"other": nil}, nil)
			if err != nil || again.Kafka.Topics[0] != c.Kafka.Topics[0] {
				t.Errorf("completed twice: %v", err)
			}
		})
	}
}
