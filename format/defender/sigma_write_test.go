package defender

import (
	"testing"

	"penstock/sigma/pipeline"
)

// What a script's record shows can be written again, field by field.
func TestWhatARuleSeesCanBeWritten(t *testing.T) {
	p := testPipeline(t)
	for _, c := range []struct {
		category, product string
		fields            map[string]string
	}{
		{"process_creation", "windows", map[string]string{
			"Image": `C:\Windows\System32\whoami.exe`, "CommandLine": `whoami "/all"`, "User": `NT AUTHORITY\SYSTEM`,
			"LogonId": "0x3e7", "IntegrityLevel": "S-1-16-12288", "Hashes": "MD5=0123456789abcdef0123456789abcdef",
			"ParentImage": `C:\a.exe`, "GrandParentImage": `\b.exe`, "process.command_line": `whoami "/all"`, "OriginalFileName": "",
		}},
		{"process_creation", "linux", map[string]string{"Image": "/usr/bin/id", "User": "root"}},
		{"file_event", "windows", map[string]string{"TargetFilename": `\Temp\x.exe`, "Image": "a.exe"}},
		{"registry_set", "windows", map[string]string{
			"TargetObject": `HKLM\SYSTEM\CurrentControlSet\Services\x\Start`, "Details": "DWORD (0x00000002)", "EventType": "SetValue",
		}},
		{"registry_set", "windows", map[string]string{"TargetObject": `\shell\open\command\(Default)`, "Details": "Binary Data"}},
		{"registry_set", "windows", map[string]string{"TargetObject": `NoBackslash`, "Details": "(Empty)"}},
		{"registry_set", "windows", map[string]string{"TargetObject": `HKCU\Software\x`, "Details": `%TEMP%\a`}},
		{"registry_event", "windows", map[string]string{"TargetObject": `HKLM\SOFTWARE\x`, "EventType": "DeleteKey"}},
		{"registry_event", "windows", map[string]string{"TargetObject": `HKLM\SOFTWARE\x`, "NewName": `HKLM\SOFTWARE\y`}},
		{"registry_delete", "windows", map[string]string{"TargetObject": `HKU\S-1-5-21-1\x\y`, "EventType": "DeleteValue"}},
		{"network_connection", "windows", map[string]string{
			"DestinationIp": "203.0.113.9", "DestinationPort": "443", "DestinationHostname": "evil.example", "Initiated": "true",
			"Protocol": "tcp", "SourceIsIpv6": "false",
		}},
		{"pipe_created", "windows", map[string]string{"PipeName": `\msagent_1`, "Image": `C:\a.exe`}},
		{"process_access", "windows", map[string]string{"GrantedAccess": "0x1FFFFF", "TargetImage": `C:\Windows\System32\lsass.exe`}},
		{"ps_script", "windows", map[string]string{"ScriptBlockText": "Invoke-Mimikatz\n\"x\""}},
		{"proxy", "", map[string]string{"c-uri": "http://evil.example/x", "cs-method": "GET"}},
	} {
		stream := p.Route(logsourceOf(c.category, c.product)).Streams[0]
		columns, ok := p.Write(stream, c.fields)
		if !ok {
			t.Errorf("%s: %v cannot be written", stream.Name, c.fields)
			continue
		}
		rec, ev := normalized(t, stream.Table, string(columns))
		if pipeline.OSNamed(stream.OS)&pipeline.OSOf(ev) == 0 || rec.Table != stream.Table {
			t.Errorf("%s: the record is not of the stream: %s", stream.Name, columns)
		}
	}
}

func TestWhatNoRecordHasCannotBeWritten(t *testing.T) {
	p := testPipeline(t)
	for _, c := range []struct {
		category, product, field, value string
	}{
		{"process_creation", "windows", "CurrentDirectory", `C:\`},
		{"process_creation", "windows", "Hashes", "IMPHASH=0123456789abcdef0123456789abcdef"},
		{"process_creation", "windows", "GrandParentImage", `C:\Windows\explorer.exe`},
		{"process_creation", "linux", "Image", `C:\Windows\explorer.exe`},
		{"registry_set", "windows", "EventType", "DeleteKey"},
		{"wmi_event", "windows", "EventID", "19"},
		{"network_connection", "windows", "SourceIsIpv6", "perhaps"},
	} {
		stream := p.Route(logsourceOf(c.category, c.product)).Streams[0]
		if columns, ok := p.Write(stream, map[string]string{c.field: c.value}); ok {
			t.Errorf("%s: %s = %q was written as %s", stream.Name, c.field, c.value, columns)
		}
	}
}
