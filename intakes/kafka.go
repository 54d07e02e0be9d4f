package intakes

import (
	"crypto/x509"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/cloud"
	"penstock/config"
	"penstock/pasted"
	"penstock/source/kafka"
)

// Ways to sign in to brokers, beside a connection string of Event Hubs and Entra ID.
const (
	Password          = "password"
	ClientCertificate = "certificate"
	Nothing           = "none"
)

// completeKafka is complete for an intake that reads a topic.
func (in *Intake) completeKafka(wrong Mistakes, clouds cloud.List) (*config.Intake, error) {
	s := &in.Settings
	in.Settings = Settings{
		Source: s.Source, Entity: s.Entity, Tags: s.Tags, Categories: s.Categories, Chosen: s.Chosen, SilenceAfter: s.SilenceAfter, Start: s.Start, OnGap: s.OnGap,
		Brokers: s.Brokers, HubName: s.HubName, ConsumerGroup: s.ConsumerGroup, TLSOff: s.TLSOff, BrokerCA: s.BrokerCA,
		Authentication: s.Authentication, Mechanism: s.Mechanism, Username: s.Username, Credential: s.Credential, TenantID: s.TenantID, ClientID: s.ClientID,
	}
	in.keepSecrets(HubConnectionString, SASLPassword, ClientSecret, Certificate)
	in.checkShared(&wrong)
	k := &config.Kafka{Brokers: brokersOf(s.Brokers), Group: s.ConsumerGroup, OnGap: s.OnGap, TLS: config.BrokerTLS{Off: s.TLSOff, CA: s.BrokerCA}}
	in.checkBrokers(k.Brokers, &wrong)
	switch in.Authentication {
	case ConnectionString, "":
		in.Authentication = ConnectionString
		// What it says of the broker counts, and not what was said with another one before.
		k.ConnectionString, k.Brokers = in.Secrets[HubConnectionString], nil
		in.checkKafkaString(&wrong)
	case Entra:
		k.SASL.Mechanism, k.Credential = "oauthbearer", in.identity()
		in.checkCertificate(&wrong)
	case Password:
		if s.Mechanism == "" {
			s.Mechanism = "scram-sha-512"
		}
		k.SASL = config.SASL{Mechanism: s.Mechanism, Username: s.Username, Password: in.Secrets[SASLPassword]}
		if s.Username == "" {
			wrong.add("username", "The user is missing; brokers that ask for none are signed in to with nothing.")
		}
		if k.SASL.Password == "" {
			wrong.add(SASLPassword, "The password is missing.")
		}
		if s.Mechanism != "plain" && !strings.HasPrefix(s.Mechanism, "scram-") {
			wrong.add("saslMechanism", "Expected plain, scram-sha-256 or scram-sha-512.")
		}
	case ClientCertificate:
		k.TLS.Cert = in.Secrets[Certificate]
		if k.TLS.Cert == "" {
			wrong.add(Certificate, "The certificate that is shown to brokers is missing, with its private key.")
		}
	case Nothing:
	default:
		wrong.add("authentication", "Expected connection_string, entra, password, certificate or none.")
	}
	in.checkTopic(k, &wrong)
	c := &config.Intake{Name: in.Name, Format: in.Format, Categories: s.Categories, Chosen: s.Chosen, Kafka: k}
	in.silence(c, &wrong)
	in.start(&k.Start, &wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	c, err := in.checked(c, wrong, clouds)
	if c != nil {
		s.Brokers = strings.Join(c.Kafka.Brokers, ", ")
		in.Namespace = s.Brokers
	}
	return c, err
}

// isString reports whether a text is a connection string, of whatever.
func isString(lower string) bool {
	return strings.Contains(lower, "endpoint=") || strings.Contains(lower, "accountkey=")
}

// brokersOf are the brokers of a list that somebody wrote.
func brokersOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", ;\t\r\n", r) })
}

func (in *Intake) checkBrokers(brokers []string, wrong *Mistakes) {
	lower := strings.ToLower(in.Brokers)
	switch {
	case in.Brokers == "" && in.Authentication != ConnectionString && in.Authentication != "":
		wrong.add("brokers", "The brokers are missing, as kafka.example.com:9092; of Event Hubs contoso.servicebus.windows.net:9093.")
	case isString(lower):
		wrong.add("brokers", "This is a connection string: it belongs into a field of its own. Here belong brokers, as kafka.example.com:9092; with a connection string they may be left out.")
	case strings.Contains(lower, "://"):
		wrong.add("brokers", "Expected host:port without a protocol before it, as kafka.example.com:9092.")
	case strings.Contains(lower, ".servicebus.") && strings.Contains(lower, ":5671"):
		wrong.add("brokers", "Port 5671 is for AMQP; the Kafka endpoint of Event Hubs has port 9093.")
	case len(brokers) > 32:
		wrong.add("brokers", "Give at most 32 brokers: some suffice to find the others.")
	}
	if in.BrokerCA != "" {
		switch {
		case len(in.BrokerCA) > pasted.Max:
			wrong.add("brokerCa", "It is too long.")
		case strings.Contains(in.BrokerCA, "PRIVATE KEY"):
			wrong.add("brokerCa", "There is a private key in it: paste the certificates alone.")
		case !x509.NewCertPool().AppendCertsFromPEM([]byte(in.BrokerCA)):
			wrong.add("brokerCa", "Expected certificates in PEM: the text from the first -----BEGIN CERTIFICATE----- to the last -----END CERTIFICATE-----.")
		}
	}
}

// checkKafkaString looks at the connection string of Event Hubs.
func (in *Intake) checkKafkaString(wrong *Mistakes) {
	text := in.Secrets[HubConnectionString].Reveal()
	if text == "" {
		wrong.add(HubConnectionString, "The connection string of the hub is missing; brokers other than Event Hubs are signed in to with a password. %s", pasted.WhereHubString)
		return
	}
	if m := pasted.HubString(text, time.Now()); m != "" {
		wrong.add(HubConnectionString, "%s", m)
		return
	}
	if p, err := azeventhubs.ParseConnectionString(text); err == nil && p.EntityPath != nil {
		if in.HubName == "" {
			in.HubName = *p.EntityPath
		} else if in.HubName != *p.EntityPath {
			wrong.add("hubName", "The connection string is for the hub %q alone (its EntityPath): give that name, or the connection string of the namespace or of the other hub.", *p.EntityPath)
		}
	}
}

// checkTopic takes the topic, once it is known.
func (in *Intake) checkTopic(k *config.Kafka, wrong *Mistakes) {
	lower := strings.ToLower(in.HubName)
	switch {
	case wrong.has(HubConnectionString) && in.HubName == "":
	case in.HubName == "":
		wrong.add("hubName", "The name of the topic is missing; Event Hubs calls it the hub.")
	case isString(lower):
		wrong.add("hubName", "This is a connection string: it belongs into a field of its own. Here belongs the name of the topic alone.")
	}
	k.Topics = in.hubNames()
	if len(k.Topics) > maxHubs {
		wrong.add("hubName", "These are %d topics; an intake reads %d at most: share them among several intakes.", len(k.Topics), maxHubs)
	}
}

// kafkaFields are the API's names of the keys of the configuration of a topic.
var kafkaFields = map[string]string{
	"kafka.brokers": "brokers", "kafka.connection_string": HubConnectionString, "kafka.topics": "hubName", "kafka.group": "consumerGroup",
	"kafka.start": "start", "kafka.on_gap": "onGap", "kafka.tls.off": "brokerTls", "kafka.tls.ca": "brokerCa", "kafka.tls.ca_file": "brokerCa", "kafka.tls.cert_file": Certificate, "kafka.tls.cert": Certificate,
	"kafka.sasl.mechanism": "saslMechanism", "kafka.sasl.username": "username", "kafka.sasl.password": SASLPassword,
	"kafka.credential": "credential", "kafka.credential.kind": "credential", "kafka.credential.tenant_id": "tenantId", "kafka.credential.client_id": "clientId",
	"kafka.credential.client_secret": ClientSecret, "kafka.credential.certificate_file": Certificate,
}

func configuredKafka(out *Intake, k *config.Kafka) {
	s := &out.Settings
	s.Source, s.Start, s.OnGap, s.Brokers, s.ConsumerGroup, s.TLSOff = kafka.Kind, k.Start.String(), k.OnGap, strings.Join(k.Brokers, ", "), k.Group, k.TLS.Off
	s.HubName, s.Namespace = strings.Join(k.Topics, ", "), s.Brokers
	switch k.SASL.Mechanism {
	case "oauthbearer":
		s.Authentication, s.Credential, s.TenantID, s.ClientID = Entra, k.Credential.Kind, k.Credential.TenantID, k.Credential.ClientID
	case "none":
		s.Authentication = Nothing
	default:
		s.Authentication, s.Mechanism, s.Username = Password, k.SASL.Mechanism, k.SASL.Username
	}
	switch {
	case k.ConnectionString != "":
		s.Authentication = ConnectionString
	case s.Authentication == Nothing && k.TLS.Shows():
		s.Authentication = ClientCertificate
	}
	out.secrets(map[string]config.Secret{HubConnectionString: k.ConnectionString, SASLPassword: k.SASL.Password, ClientSecret: k.Credential.ClientSecret, Certificate: k.TLS.Cert})
}
