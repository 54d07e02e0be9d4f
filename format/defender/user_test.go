package defender

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example of the documentation works.
func TestAUsersFile(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "mapping.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(doc), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	p, err := PlanWith(File{Name: "my.yaml", Data: []byte(example)}, File{Name: "more.yaml", Data: []byte(
		"tables:\n  DeviceLogonEvents:\n    - host.name = AccountName\n  BrandNewEvents:\n    - user.name = Who\n")})
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		`{"category":"AdvancedHunting-DeviceLogonEvents","properties":{"LogonType":"RemoteInteractive","RemoteIP":"198.51.100.1","MachineGroup":"Oslo","DeviceName":"ws","AccountName":"ada"}}`: `{"acme":{"site":"Oslo"},"client":{"ip":"198.51.100.1"},"reason":"remote desktop","host":"ada"}`,
		`{"category":"AdvancedHunting-DeviceEvents","properties":{"LogonType":"RemoteInteractive","RemoteIP":"198.51.100.1","MachineGroup":"Oslo","DeviceName":"ws"}}`:                          `{"acme":{"site":"Oslo"},"client":{},"reason":"","host":"ws"}`,
	} {
		var got struct {
			Acme   struct{ Site string }
			Client struct{ IP string }
			Event  struct{ Reason string }
			Host   struct{ Name string }
		}
		if err := json.Unmarshal(document(t, p, raw, arrival), &got); err != nil {
			t.Fatal(err)
		}
		var expected struct {
			Acme         struct{ Site string }
			Client       struct{ IP string }
			Reason, Host string
		}
		if err := json.Unmarshal([]byte(want), &expected); err != nil {
			t.Fatal(err)
		}
		if got.Acme != expected.Acme || got.Client != expected.Client || got.Event.Reason != expected.Reason || got.Host.Name != expected.Host {
			t.Errorf("%s: %+v", raw, got)
		}
	}
	if doc := string(document(t, p, `{"category":"BrandNewEvents","properties":{"Who":"ada","What":1}}`, arrival)); !strings.Contains(doc, `"user":{"name":"ada"}`) || !strings.Contains(doc, `"properties":{"What":1}`) {
		t.Error(doc)
	}
	_, err = PlanWith(File{Name: "bad.yaml", Data: []byte("assign:\n  - host.nam = X")})
	if err == nil || !strings.Contains(err.Error(), "bad.yaml:2:5: there is no field") {
		t.Error(err)
	}
}

func TestTheSchemaHasEveryTable(t *testing.T) {
	s, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if len(s) != 65 {
		t.Errorf("%d tables", len(s))
	}
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	specified := 0
	for _, table := range p.Tables() {
		if table.Specified {
			specified++
		}
		if len(table.Columns) == 0 {
			t.Errorf("%s has no columns", table.Name)
		}
	}
	if specified != 28 {
		t.Errorf("%d tables have a mapping of their own", specified)
	}
}
