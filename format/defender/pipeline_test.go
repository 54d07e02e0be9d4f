package defender

import (
	"strings"
	"sync"
	"testing"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

func TestLogsourcesFindTheirStreams(t *testing.T) {
	p := testPipeline(t)
	for _, c := range []struct {
		category, product, service string
		streams                    string // names, or the reason why there are none
	}{
		{"process_creation", "windows", "", "process_creation/windows"},
		{"process_creation", "windows", "sysmon", "process_creation/windows/sysmon"},
		{"process_creation", "macos", "", "process_creation/macos"},
		{"process_creation", "", "", "process_creation"},
		{"file_event", "paloalto", "globalprotect", "no table of Defender XDR has the events of file_event/paloalto/globalprotect"},
		{"dns_query", "windows", "", "dns_query/windows/answered dns_query/windows/inspected"},
		{"antivirus", "", "", "antivirus"},
		{"antivirus", "windows", "windefend", "antivirus/windows/windefend"},
		{"", "windows", "", "no table of Defender XDR has the events of windows"},
		{"", "", "audit", "no table of Defender XDR has the events of audit"},
		{"", "m365", "audit", "m365/audit"},
		{"application", "kubernetes", "audit", "application/kubernetes/audit"},
		{"application", "django", "", "no table of Defender XDR has the events of application/django"},
		{"", "linux", "auditd", "the sensor does not forward the logs of Linux; what starts a process is in process_creation"},
		{"ps_module", "windows", "", "Defender reports the content of scripts"},
		{"", "defender", "emailevents", "EmailEvents"},
		{"EmailEvents", "defender", "", "EmailEvents"},
		{"", "defender", "mailevents", `advanced hunting has no table "mailevents"; did you mean EmailEvents?`},
		{"", "defender", "", "any"},
		{"", "", "", "any"},
	} {
		route := p.Route(sigma.Logsource{Category: c.category, Product: c.product, Service: c.service})
		got := route.Reason
		var names []string
		for _, s := range route.Streams {
			names = append(names, s.Name)
		}
		if names != nil {
			got = strings.Join(names, " ")
		}
		if !strings.HasPrefix(got, c.streams) || names != nil && got != c.streams {
			t.Errorf("%s/%s/%s: got %q, want %q", c.category, c.product, c.service, got, c.streams)
		}
	}
}

func TestAFieldSaysHowWellItIsAnswered(t *testing.T) {
	p := testPipeline(t)
	for _, c := range []struct {
		ls      sigma.Logsource
		field   string
		support pipeline.Support
		note    string
		columns string
	}{
		{logsourceOf("process_creation", "windows"), "Image", pipeline.Full, "", "FolderPath FileName"},
		{logsourceOf("process_creation", "windows"), "image", pipeline.Full, "", "FolderPath FileName"},
		{logsourceOf("process_creation", "windows"), "GrandParentImage", pipeline.Partial, "folder is not", "InitiatingProcessParentFileName"},
		{logsourceOf("process_creation", "windows"), "CurrentDirectory", pipeline.None, "working directory", ""},
		{logsourceOf("process_creation", "windows"), "CommandLin", pipeline.None, "did you mean CommandLine?", ""},
		{logsourceOf("process_creation", "windows"), "process.nam", pipeline.None, "did you mean process.name?", ""},
		{logsourceOf("process_creation", "windows"), "DeviceName", pipeline.Full, "", "DeviceName"},
		{logsourceOf("process_creation", "windows"), "AdditionalFields.x.y", pipeline.Full, "", "AdditionalFields.x.y"},
		{logsourceOf("process_creation", "windows"), "process.name", pipeline.Full, "", ""},
		{sigma.Logsource{Product: "aws", Service: "cloudtrail"}, "userIdentity.arn", pipeline.Partial, "connected to AWS", "RawEventData.userIdentity.arn"},
		{sigma.Logsource{Product: "windows", Service: "security"}, "EventID", pipeline.Full, "", ""},
		{sigma.Logsource{}, "SenderFromAddress", pipeline.Full, "", "SenderFromAddress"},
		{sigma.Logsource{}, "SenderFromAdress", pipeline.None, "did you mean SenderFromAddress?", ""},
		{sigma.Logsource{}, "user.name", pipeline.Full, "", ""},
		{logsourceOf("network_connection", "windows"), "Initiated", pipeline.Full, "", ""},
	} {
		f := p.Field(p.Route(c.ls).Streams[0], c.field)
		support, note := f.Support()
		if support != c.support || !strings.Contains(note, c.note) || (note == "") != (c.note == "") ||
			strings.Join(f.Columns(), " ") != c.columns {
			t.Errorf("%v %s: %d, %q, %q", c.ls, c.field, support, note, f.Columns())
		}
	}
}

// test is the only test of a rule that asks a field for a value.
func test(t *testing.T, field, value string) *sigma.Test {
	t.Helper()
	text := "title: t\nlogsource: {category: c}\ndetection:\n  s:\n    '" + field + "': " + value + "\n  condition: s\n"
	read := sigma.Read("r.yml", []byte(text), sigma.Options{})
	if len(read.Rules) != 1 {
		t.Fatalf("%s: %v", text, read.Problems)
	}
	for found := range sigma.Tests(read.Rules[0].Condition) {
		return found
	}
	t.Fatalf("%s: no test", text)
	return nil
}

func TestASourceKnowsWhatItCanNeverAnswer(t *testing.T) {
	p := testPipeline(t)
	process := p.Route(logsourceOf("process_creation", "windows")).Streams[0]
	registry := p.Route(logsourceOf("registry_add", "windows")).Streams[0]
	logon := p.Route(sigma.Logsource{Product: "windows", Service: "security"}).Streams[0]
	for _, c := range []struct {
		stream       *pipeline.Stream
		field, value string
		reason       string
	}{
		{process, "Hashes|contains", "SHA256=aa", ""},
		{process, "Hashes|contains", "md5=aa", ""},
		{process, "Hashes|contains", "aabbcc", ""},
		{process, "Hashes|startswith", "SHA1", ""},
		{process, "Hashes|contains", "IMPHASH=aa", "no IMPHASH"},
		{process, "Hashes", "imphash=aa", "no IMPHASH"},
		{process, "Hashes", "aabbcc", "use Hashes|contains"},
		{process, "Hashes|contains", "MD5=aa,SHA1=bb", "one by one"},
		{process, "GrandParentImage|endswith", `\cmd.exe`, ""},
		{process, "GrandParentImage|endswith", `\System32\cmd.exe`, "not its folder"},
		{process, "GrandParentImage", `C:\cmd.exe`, "not its folder"},
		{process, "CurrentDirectory", `C:\`, "working directory"},
		{process, "CurrentDirectory", "null", "working directory"},
		{process, "CommandLine", "null", ""},
		{registry, "EventType", "CreateKey", ""},
		{registry, "EventType", "RegistryValueSet", "one of SetValue, CreateKey"},
		{registry, "EventType|re", "^Create", ""},
		{logon, "EventID", "4624", ""},
		{logon, "EventID", "4625", `always "4624"`},
		{logon, "EventID|gt", "4624", `always "4624"`},
		{logon, "EventID", "null", `always "4624"`},
		{logon, "EventID|exists", "true", ""},
		{logon, "EventID|exists", "false", `always "4624"`},
		{logon, "LogonType", "3", ""},
		{logon, "LogonType", "77", "and others"},
	} {
		f := p.Field(c.stream, strings.Split(c.field, "|")[0])
		ok, reason := f.Answers(test(t, c.field, c.value))
		if ok != (c.reason == "") || !strings.Contains(reason, c.reason) {
			t.Errorf("%s: %s: got %v, %q, want %q", c.field, c.value, ok, reason, c.reason)
		}
	}
}

func TestTheSameExpressionIsTheSameSource(t *testing.T) {
	p := testPipeline(t)
	windows := p.Route(logsourceOf("process_creation", "windows")).Streams[0]
	linux := p.Route(logsourceOf("process_creation", "linux")).Streams[0]
	if p.Field(windows, "Image") != p.Field(linux, "Image") || p.Field(windows, "User") == p.Field(linux, "User") {
		t.Error("sources are not what their expressions are")
	}
	if again := p.Route(logsourceOf("process_creation", "windows")).Streams[0]; again != windows {
		t.Error("a logsource has another stream every time")
	}
}

func TestAPipelineMayBeUsedByMany(t *testing.T) {
	p := testPipeline(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for _, category := range []string{"process_creation", "file_event", "registry_set"} {
				for _, s := range p.Route(logsourceOf(category, "windows")).Streams {
					p.Reader([]pipeline.Source{p.Field(s, "Image"), p.Field(s, "Nothing")})
				}
			}
		})
	}
	wait.Wait()
}

func TestNamesInDefinitionsHaveAMeaning(t *testing.T) {
	plan, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	text := `fields:
  g:
    A: NoColumn
logsources:
  - category: a
    streams:
      - table: NoTable
      - table: DeviceEvents
        include: [g, h]
        payload: Nothing
        fields:
          B: path(FolderPath, NoName.key)
          C: ecs.no.field
          D: ecs.process.name
`
	d, err := pipeline.ParseDefinition("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = pipeline.New(plan, d)
	if err == nil {
		t.Fatal("no mistakes")
	}
	for _, want := range []string{
		"f.yaml:7:9: there is no table NoTable",
		"f.yaml:8:9: DeviceEvents has no column Nothing",
		"f.yaml:9:22: there is no group of fields h",
		"A: DeviceEvents has no column NoColumn",
		"f.yaml:12:11: B: DeviceEvents has no column NoName",
		"f.yaml:13:11: C: there is no field no.field",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 6 {
		t.Errorf("%d mistakes:\n%v", n, err)
	}
}
