package eventhub

import (
	"context"
	"net"
	"strings"
	"testing"

	"penstock/config"
	"penstock/eventhubtest"
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

func TestAWalkTellsEachStepWhenItBeginsAndWhenItIsOver(t *testing.T) {
	const key = "c2VjcmV0"
	e := emulate(t, 1, func(o *eventhubtest.Options) { o.Keys = map[string]string{"listen": key} })
	wrong := strings.Replace(e.conn, key, "d3Jvbmc=", 1)
	for name, test := range map[string]struct {
		conn, hub, group string
		want             string // the steps, a letter each: passed, failed, skipped
		key              string
	}{
		"right":             {e.conn, "hub", "", "name:p port:p TLS:s sign-in:s hub hub:p storage:p", ""},
		"wrong key":         {wrong, "hub", "", "name:p port:p TLS:s sign-in:s hub hub:f", "connection_string"},
		"no such hub":       {e.conn, "other", "", "name:p port:p TLS:s sign-in:s hub other:f", "hub"},
		"no consumer group": {e.conn, "hub", "nobody", "name:p port:p TLS:s sign-in:s hub hub:f", "consumer_group"},
		"no such host":      {"Endpoint=sb://no-such-namespace.invalid/;SharedAccessKeyName=k;SharedAccessKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "hub", "", "name:f port:s TLS:s sign-in:s hub hub:s", "namespace"},
		"several hubs":      {e.conn, "hub,other,third", "", "name:p port:p TLS:s sign-in:s hub hub:p hub other:f hub third:f", "hub"},
		"several, one key":  {wrong, "hub,other", "", "name:p port:p TLS:s sign-in:s hub hub:f hub other:s", "connection_string"},
	} {
		in := &config.Intake{Name: "test", EventHub: &config.EventHub{ConnectionString: config.Secret(test.conn), ConsumerGroup: test.group}}
		if several := strings.Split(test.hub, ","); len(several) > 1 {
			in.EventHub.Hubs = several
		} else {
			in.EventHub.Hub = test.hub
		}
		if wrong, err := config.CheckIntake(in); err != nil || len(wrong) > 0 {
			t.Fatal(wrong, err)
		}
		var got []string
		began, blamed := 0, ""
		err := Walk(t.Context(), Options{Config: *in.EventHub}, func(s Step) {
			if s.State == StepRunning {
				began++
				return
			}
			if s.State == StepFailed {
				blamed = s.Key
			}
			got = append(got, s.Name+":"+string(s.State[:1]))
		})
		if text := strings.Join(got, " "); text != test.want || blamed != test.key || (err != nil) != (test.key != "") || began == 0 {
			t.Errorf("%s: %s, %q is to blame, %v", name, text, blamed, err)
		}
	}
}
