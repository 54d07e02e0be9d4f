package eventhub

import (
	"context"
	"net"
	"strings"
	"testing"

	"penstock/config"
	"penstock/source/eventhub/azuritetest"
)

func TestProbeOfTheStorage(t *testing.T) {
	azurite := azuritetest.Start(t)
	check := func(s config.Storage) (string, error) {
		s.Container = "checkpoints"
		o := Options{Config: config.EventHub{Namespace: "ns.example", Storage: &s}}
		detail, err := (&probe{options: &o}).storage(t.Context())
		if err != nil {
			err = explain(err, &o, "h")
		}
		return detail, err
	}
	conn := config.Secret(azurite.ConnectionString())
	if got, err := check(config.Storage{ConnectionString: conn}); err != nil || !strings.Contains(got, "has been created") {
		t.Errorf("a missing container: %q, %v", got, err)
	}
	if got, err := check(config.Storage{ConnectionString: conn}); err != nil || !strings.Contains(got, "is there") {
		t.Errorf("a container that is there: %q, %v", got, err)
	}
	wrong := config.Secret(strings.Replace(azurite.ConnectionString(), "AccountKey=Eby8", "AccountKey=AAAA", 1))
	if _, err := check(config.Storage{ConnectionString: wrong}); err == nil || !strings.Contains(err.Error(), "refuses the key") {
		t.Errorf("a wrong key: %v", err)
	}
	azurite.Stop()
	if _, err := check(config.Storage{ConnectionString: conn}); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("an account that is away: %v", err)
	}
}

func TestProbeSaysWhatIsInTheWay(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	for name, test := range map[string]struct {
		namespace, last, want string
	}{
		"port closed":     {address, "port", "Where port 5671 is closed, set transport: websockets"},
		"no such address": {"no-such-namespace.invalid", "name", "cannot be found"},
	} {
		conn := config.Secret("Endpoint=sb://" + test.namespace + "/;SharedAccessKeyName=k;SharedAccessKey=a2V5")
		steps, err := Probe(context.Background(), Options{Config: config.EventHub{Namespace: test.namespace, ConnectionString: conn, Hub: "h"}})
		if err == nil || len(steps) == 0 || steps[len(steps)-1].Name != test.last || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %+v, %v", name, steps, err)
		}
	}
}
