package defender

import (
	"testing"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
	"time"
)

func TestFirst(t *testing.T) {
	plan, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	route := p.Route(sigma.Logsource{Category: "registry_set", Product: "windows"})
	t.Log(route.Streams[0], route.Reason)
	raw := `{"time":"2026-01-01T00:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceRegistryEvents","properties":{"ActionType":"RegistryValueSet","RegistryKey":"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\x","RegistryValueName":"","RegistryValueType":"Dword","RegistryValueData":"1","InitiatingProcessFolderPath":"c:\\windows\\reg.exe","InitiatingProcessFileName":"reg.exe"}}`
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse([]byte(raw), &rec); err != nil {
		t.Fatal(err)
	}
	var ev ecs.Event
	plan.Normalize(&ev, &rec, time.Now())
	for _, name := range []string{"TargetObject", "Details", "Image", "EventType", "RegistryKey", "registry.key", "CurrentDirectory", "Foo", "Imag"} {
		f := p.Field(route.Streams[0], name)
		s, n := f.Support()
		r := p.Reader([]pipeline.Source{f})
		r.Begin(&rec, &ev)
		t.Logf("%s %v %s %v %q", name, s, n, f.Columns(), r.Values(0))
	}
}
