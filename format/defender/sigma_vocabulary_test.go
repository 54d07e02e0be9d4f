package defender

import (
	"slices"
	"testing"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

func TestTheVocabularyNamesLogsourcesAndTheirFields(t *testing.T) {
	p := testPipeline(t)
	list := p.Logsources()
	process := slices.IndexFunc(list, func(l pipeline.Logsource) bool {
		return slices.Contains(l.Category, "process_creation") && slices.Contains(l.Product, "windows")
	})
	if process < 0 || !slices.Contains(list[process].Tables, "DeviceProcessEvents") {
		t.Errorf("process_creation is missing, or has no table: %+v", list)
	}
	if own := list[len(list)-1]; !slices.Contains(own.Product, "defender") || !slices.Contains(own.Service, "EmailEvents") {
		t.Errorf("the last logsource is not that of Defender's tables: %+v", own)
	}
	for _, c := range []struct {
		logsource sigma.Logsource
		field     string
		support   pipeline.Support
	}{
		{sigma.Logsource{Category: "process_creation", Product: "windows"}, "CommandLine", pipeline.Full},
		{sigma.Logsource{Category: "process_creation", Product: "windows"}, "FileVersion", pipeline.Partial},
		{sigma.Logsource{Category: "process_creation", Product: "windows"}, "CurrentDirectory", pipeline.None},
		{sigma.Logsource{Category: "process_creation", Product: "windows"}, "ProcessCommandLine", pipeline.Full},
		{sigma.Logsource{Product: "defender", Service: "emailevents"}, "SenderFromAddress", pipeline.Full},
	} {
		names := p.Names(c.logsource)
		i := slices.IndexFunc(names, func(f pipeline.FieldName) bool { return f.Name == c.field })
		if i < 0 {
			t.Errorf("%+v has no field %s", c.logsource, c.field)
			continue
		}
		if f := names[i]; f.Support != c.support || (f.Note == "") != (c.support == pipeline.Full) {
			t.Errorf("%+v: %+v", c.logsource, f)
		}
	}
	for _, unknown := range []sigma.Logsource{{Category: "no_such"}, {}} {
		if names := p.Names(unknown); len(names) != 0 {
			t.Errorf("%+v has %d names", unknown, len(names))
		}
	}
}
