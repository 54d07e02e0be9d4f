package kafka

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"penstock/config"
	"penstock/source"
)

// certificate is one for 127.0.0.1, and its text in PEM.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// hangsUp is the address of something that closes every connection once it has heard something, as brokers without TLS do.
func hangsUp(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4))
			conn.Close()
		}
	})
	return l.Addr().String()
}

func TestEachStepOfTheWayIsTold(t *testing.T) {
	const conn = "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=a;SharedAccessKey=b"
	plain := broker(t, 2)
	certified, ca := certificate(t)
	safe := broker(t, 2, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certified}, MinVersion: tls.VersionTLS12}), kfake.EnableSASL(),
		kfake.Superuser("PLAIN", connectionStringUser, conn), kfake.Superuser("SCRAM-SHA-512", "user", "pass"))
	produce(t, plain, -1, "a", "b", "c")
	with := func(mechanism, user, password string) func(*Options) {
		return func(o *Options) {
			o.Config.Brokers, o.Config.TLS = safe.ListenAddrs(), config.BrokerTLS{CA: ca}
			o.Config.SASL = config.SASL{Mechanism: mechanism, Username: user, Password: config.Secret(password)}
		}
	}
	hub := func(conn string) func(*Options) {
		return func(o *Options) { with("none", "", "")(o); o.Config.ConnectionString = config.Secret(conn) }
	}
	for name, test := range map[string]struct {
		change func(*Options)
		failed string // the step
		key    string
		says   string
	}{
		"all is well":             {func(*Options) {}, "", "", ""},
		"by a connection string":  {hub(conn), "", "", ""},
		"by scram":                {with("scram-sha-512", "user", "pass"), "", "", ""},
		"a wrong password":        {with("scram-sha-512", "user", "other"), "sign-in", "sasl.password", "Check user, password"},
		"a wrong string":          {hub(conn + "c"), "sign-in", "connection_string", "claim Listen"},
		"a mechanism too many":    {with("scram-sha-256", "user", "pass"), "sign-in", "sasl.password", ""},
		"no sign-in where wanted": {with("none", "", ""), "sign-in", "sasl.mechanism", ""},
		"an unknown certificate":  {func(o *Options) { with("scram-sha-512", "user", "pass")(o); o.Config.TLS.CA = "" }, "TLS", "tls.ca", "is not trusted"},
		"no certificate":          {func(o *Options) { with("none", "", "")(o); o.Config.TLS.CA = "x" }, "TLS", "tls.ca", "BEGIN CERTIFICATE"},
		"no TLS where wanted": {func(o *Options) {
			with("scram-sha-512", "user", "pass")(o)
			o.Config.TLS = config.BrokerTLS{Off: true}
		}, "sign-in", "tls.off", "want encryption"},
		"TLS where there is none": {func(o *Options) { o.Config.TLS.Off, o.Config.Brokers = false, []string{hangsUp(t)} }, "TLS", "tls.off", "switch encryption off"},
		"no such topic":           {func(o *Options) { o.Config.Topics = []string{"other"} }, "topic other", "topics", "There is no topic other"},
		"nobody there":            {func(o *Options) { o.Config.Brokers = []string{"127.0.0.1:1"} }, "port", "brokers", "refuse the connection"},
		"no token": {func(o *Options) {
			with("oauthbearer", "", "")(o)
			o.Token = func(context.Context, string) (string, error) {
				return "", &source.Problem{Message: "no token", Hint: "sign in"}
			}
		}, "token", "credential", "no token"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(plain, newSink(), test.change)
			var steps []source.Step
			err := Walk(t.Context(), o, func(s source.Step) {
				if s.State != source.StepRunning {
					steps = append(steps, s)
				}
			})
			var failed source.Step
			for _, s := range steps {
				if s.State == source.StepFailed {
					failed = s
				}
			}
			if (err != nil) != (test.failed != "") || failed.Name != test.failed || failed.Key != test.key {
				t.Fatalf("%v: failed %+v", err, failed)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || failed.Problem.Hint == "") {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), "SharedAccessKey=b") {
				t.Errorf("a secret is told: %v", err)
			}
		})
	}
}

func TestItReadsWithTLSAndAConnectionString(t *testing.T) {
	const conn = "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=a;SharedAccessKey=b"
	certified, ca := certificate(t)
	c := broker(t, 1, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certified}, MinVersion: tls.VersionTLS12}), kfake.EnableSASL(), kfake.Superuser("PLAIN", connectionStringUser, conn))
	to := newSink()
	s := open(t, options(c, to, func(o *Options) { o.Config.TLS, o.Config.ConnectionString = config.BrokerTLS{CA: ca}, conn }))
	start(t, s, to.handle)
	eventually(t, "it reads", func() bool { return first(s).State == source.Running })
}

func TestATokenIsWantedForTheNamespace(t *testing.T) {
	for brokers, want := range map[string]string{"contoso.servicebus.windows.net:9093": "https://contoso.servicebus.windows.net/.default", "": ""} {
		o := &Options{Config: config.Kafka{SASL: config.SASL{Mechanism: "oauthbearer"}}}
		if brokers != "" {
			o.Config.Brokers = []string{brokers}
		}
		asked := "nothing"
		o.Token = func(_ context.Context, scope string) (string, error) { asked = scope; return "token", nil }
		_, first, err := o.mechanism().Authenticate(t.Context(), "")
		if err != nil || asked != want || !strings.Contains(string(first), "Bearer token") {
			t.Errorf("asked for %q, sent %q: %v", asked, first, err)
		}
	}
}
