package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheExampleSuffices(t *testing.T) {
	if n := strings.Count(string(Example), "\n"); n > 11 {
		t.Errorf("the example has %d lines", n)
	}
	c, err := Parse("/etc/penstock/penstock.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	e := c.Intakes[0].EventHub
	kept, said := c.Lake.Kept()
	for what, pair := range map[string][2]any{
		"data":     {c.Data, "/etc/penstock/data"},
		"listen":   {c.Server.Listen, "127.0.0.1:8400"},
		"page":     {c.Server.PublicURL, "http://127.0.0.1:8400"},
		"account":  {e.Storage.Account, "https://contosopenstock.blob.core.windows.net"},
		"kind":     {e.Credential.Kind, "default"},
		"prefetch": {e.Prefetch, Bytes(64 << 20)},
		"gap":      {e.OnGap, "earliest"},
		"silence":  {c.Intakes[0].SilenceAfter, Duration(time.Hour)},
		"age":      {kept.Age, Duration(90 * 24 * time.Hour)},
		"said":     {said, false},
		"start":    {e.Start, Start{}},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
}

const oneFile = "intakes:\n  - name: f\n    file: {path: a.ndjson}\n"

func TestMistakesPointAtLineAndKey(t *testing.T) {
	hub := func(lines ...string) string {
		return "intakes:\n  - name: d\n    eventhub:\n      namespace: contoso\n      hub: h\n      " + strings.Join(lines, "\n      ") + "\n"
	}
	for name, test := range map[string]struct {
		text string
		line int
		want string
	}{
		"unknown key":             {hub("consumergroup: x"), 6, `intakes[0].eventhub: unknown key "consumergroup"; did you mean "consumer_group"?`},
		"unknown key at top":      {oneFile + "serve: {}\n", 4, `unknown key "serve"; did you mean "server"?`},
		"enum":                    {hub("on_gap: later"), 6, `intakes[0].eventhub.on_gap: expected earliest, latest or stop, got "later"`},
		"duration":                {oneFile + "window: 3 days\n", 4, `window: expected a time span such as 90s, 15m, 24h, 30d, or off, got "3 days"`},
		"size":                    {oneFile + "journal:\n  max_size: many\n", 5, `journal.max_size: expected a size such as 64MiB, 500MB or 8GiB, got "many"`},
		"start":                   {hub("start: yesterday"), 6, `expected earliest, latest, or a time`},
		"not a number":            {oneFile + "lake:\n  threads: two\n", 5, `lake.threads: expected a whole number`},
		"not a list":              {"intakes: 5\n", 1, `expected a list`},
		"no address of a page":    {oneFile + "server:\n  public_url: penstock.example.com\n", 5, `expected the address of the page`},
		"open without TLS":        {oneFile + "server:\n  listen: 0.0.0.0:8400\n", 5, `needs TLS`},
		"open without sign-in":    {oneFile + "server:\n  insecure: true\n  listen: 0.0.0.0:8400\n  sign_in: off\n", 7, `off would let in whoever reaches`},
		"half of TLS":             {oneFile + "server:\n  tls: {cert_file: a}\n", 5, `expected cert_file and key_file, or acme`},
		"two kinds of TLS":        {oneFile + "server:\n  tls:\n    cert_file: a\n    key_file: b\n    acme: {domains: [a.example]}\n", 8, `give either`},
		"TLS and http":            {oneFile + "server:\n  public_url: http://a.example\n  tls: {cert_file: a, key_file: b}\n", 5, `expected https`},
		"not a proxy":             {oneFile + "server:\n  trusted_proxies:\n    - proxy.example\n", 6, `expected an address or a network`},
		"never idle":              {oneFile + "server:\n  session: {idle: off}\n", 5, `server.session.idle: expected at least 1m`},
		"provider in the clear":   {oneFile + "server:\n  oidc:\n    issuer: http://login.example\n    client_id: a\n    roles: [{value: a}]\n", 6, `expected the https address`},
		"provider without role":   {oneFile + "server:\n  oidc: {issuer: https://login.example, client_id: a}\n", 5, `nobody would be let in`},
		"not a role":              {oneFile + "server:\n  oidc:\n    issuer: https://login.example\n    client_id: a\n    roles:\n      - value: a\n        role: boss\n", 10, `expected administrator, analyst or viewer`},
		"short audit log":         {oneFile + "audit:\n  retention: 7d\n", 5, `expected at least 30d, or off`},
		"no source":               {"intakes:\n  - name: x\n", 2, `intakes[0]: expected a source: eventhub, blob, kafka, http or file`},
		"two sources":             {"intakes:\n  - name: x\n    file: {path: a}\n    http: {key: 0123456789abcdef}\n", 2, `give one of eventhub, blob, kafka, http and file`},
		"no storage account":      {"intakes:\n  - name: x\n    blob: {start: latest}\n", 3, `intakes[0].blob.account: expected the name of a storage account`},
		"not a storage string":    {"intakes:\n  - name: x\n    blob:\n      connection_string: Endpoint=sb://a\n", 4, `is no connection string of a storage account`},
		"not a signature":         {"intakes:\n  - name: x\n    blob:\n      account: a\n      sas: secret\n", 5, `is no shared access signature`},
		"a name of no container":  {"intakes:\n  - name: x\n    blob:\n      account: a\n      containers: [A]\n", 5, `expected the name of a container`},
		"no broker":               {"intakes:\n  - name: x\n    kafka: {topics: [a]}\n", 3, `intakes[0].kafka.brokers: expected brokers such as`},
		"a broker without port":   {"intakes:\n  - name: x\n    kafka:\n      topics: [a]\n      brokers: [kafka.example.com]\n", 5, `expected host:port`},
		"no topic":                {"intakes:\n  - name: x\n    kafka: {brokers: ['a:9092']}\n", 3, `expected the names of topics`},
		"a password in the clear": {"intakes:\n  - name: x\n    kafka:\n      brokers: ['a:9092']\n      topics: [a]\n      sasl: {mechanism: plain, username: a, password: b}\n      tls:\n        off: true\n", 8, `in the clear`},
		"scram without user":      {"intakes:\n  - name: x\n    kafka:\n      brokers: ['a:9092']\n      topics: [a]\n      sasl: {mechanism: scram-sha-512, password: b}\n", 6, `needs a username`},
		"no intake key":           {"intakes:\n  - name: x\n    http: {rate: 5}\n", 3, `expected a key by which senders are let in`},
		"a short intake key":      {"intakes:\n  - name: x\n    http:\n      key: short\n", 4, `expected 16 to 256 characters`},
		"one key for two":         {"intakes:\n  - name: x\n    http: {key: 0123456789abcdef}\n  - name: y\n    http:\n      key: 0123456789abcdef\n", 6, `is the same as another key`},
		"push without TLS":        {oneFile + "server:\n  push:\n    listen: 0.0.0.0:8401\n", 6, `set server.tls, or server.push.insecure`},
		"push where the page is":  {oneFile + "server:\n  push:\n    listen: 127.0.0.1:8400\n", 6, `is the address of the page`},
		"too large to push":       {oneFile + "server:\n  push:\n    max_body: 1GiB\n", 6, `expected 1MiB to 64MiB`},
		"same name":               {oneFile + "  - name: f\n    file: {path: b}\n", 4, `intakes[1].name: the name "f" is taken`},
		"same name but for case":  {oneFile + "  - name: F\n    file: {path: b}\n", 4, `intakes[1].name: the name "F" is taken`},
		"secret for credential":   {hub("credential: {kind: client_secret, tenant_id: a, client_id: b}"), 6, `needs client_secret`},
		"proxy without sockets":   {hub("proxy: http://p:1"), 6, `set transport: websockets`},
		"unset variable":          {hub("consumer_group: ${PENSTOCK_NOT_SET}"), 6, `the environment variable PENSTOCK_NOT_SET is not set`},
		"bad YAML":                {"intakes: [\n", 1, ``},
		"duplicate key":           {oneFile + "window: 1h\nwindow: 2h\n", 5, `window`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("penstock.yaml", []byte(test.text))
			if err == nil {
				t.Fatal("no error")
			}
			where := "penstock.yaml: "
			if test.line > 0 {
				where = fmt.Sprintf("penstock.yaml:%d: ", test.line)
			}
			if !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want it to begin with %q and contain %q", err, where, test.want)
			}
		})
	}
}

func TestSecretsComeFromEnvironmentAndFilesAndAreNeverShown(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("file-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const conn = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=ZW52LXNlY3JldC1lbnYtc2VjcmV0LWVudi1zZWNyZXQ="
	t.Setenv("PENSTOCK_TEST_CONNECTION", conn)
	path := filepath.Join(dir, "penstock.yaml")
	text := "server:\n  listen: 0.0.0.0:8400\n  insecure: true\n  token_file: token\nintakes:\n  - name: d\n    eventhub:\n      connection_string: ${PENSTOCK_TEST_CONNECTION}\n      hub: h\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Token.Reveal() != "file-secret" || c.Intakes[0].EventHub.ConnectionString.Reveal() != conn {
		t.Error("secrets were not taken over")
	}
	if c.Intakes[0].EventHub.Namespace != "contoso.servicebus.windows.net" {
		t.Error("the namespace was not taken from the connection string")
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v", c.Server), fmt.Sprintf("%+v", *c.Intakes[0].EventHub), fmt.Sprintf("%#v", c.Server), string(asJSON)} {
		if strings.Contains(shown, "-secret") {
			t.Errorf("secret shown: %s", shown)
		}
	}
	_, err = Parse(path, []byte("intakes:\n  - name: d\n    eventhub:\n      connection_strng: "+conn+"\n      hub: h\n"))
	if err == nil || strings.Contains(err.Error(), "env-secret") {
		t.Errorf("a mistake shows the secret: %v", err)
	}
}

func TestDurationsAndSizesReadBack(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 2160 * time.Hour, "1w": 168 * time.Hour, "1d12h": 36 * time.Hour, "90s": 90 * time.Second, "off": -1, "0s": 0} {
		d, err := ParseDuration(text)
		if err != nil || time.Duration(d) != want {
			t.Errorf("%s: got %v, %v", text, d, err)
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%s: reads back as %v, %v", text, again, err)
		}
	}
	for text, want := range map[string]Bytes{"64MiB": 64 << 20, "1.5GiB": 3 << 29, "500MB": 500e6, "10 kB": 1e4, "7": 7} {
		b, err := ParseBytes(text)
		if err != nil || b != want {
			t.Errorf("%s: got %v, %v", text, b, err)
		}
		if again, err := ParseBytes(b.String()); err != nil || again != b {
			t.Errorf("%s: reads back as %v, %v", text, again, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1y", "5 d", "1d-2h"} {
		if d, err := ParseDuration(text); err == nil {
			t.Errorf("%q is taken for %v", text, d)
		}
	}
}

func TestSchemaAndKeysDescribeEverything(t *testing.T) {
	text, err := Schema()
	if err != nil || !json.Valid(text) {
		t.Fatal(err)
	}
	for _, k := range Keys() {
		if k.Doc == "" || k.Type == "" {
			t.Errorf("%s is not described: %+v", k.Path, k)
		}
	}
}

var update = flag.Bool("update", false, "write docs/configuration.md")

func TestTheReferenceIsUpToDate(t *testing.T) {
	path := filepath.Join("..", "docs", "configuration.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(Reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != Reference() {
		t.Errorf("docs/configuration.md is out of date (%v): go test ./config -update", err)
	}
}

func FuzzParseIsSafe(f *testing.F) {
	f.Add(Example)
	f.Add([]byte(oneFile))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := Parse("f.yaml", text); err != nil && err.Error() == "" {
			t.Error("empty error")
		}
	})
}

func TestPlaceholdersOfRulesAreDefinedInTheConfiguration(t *testing.T) {
	c, err := Parse("penstock.yaml", []byte(oneFile+"rules:\n  placeholders:\n    admins: [anna, 'svc-*']\n"))
	if err != nil {
		t.Fatal(err)
	}
	if values, ok := c.Rules.Placeholder("admins"); !ok || len(values) != 2 || values[1] != "svc-*" {
		t.Errorf("admins stands for %q, %t", values, ok)
	}
	if _, ok := c.Rules.Placeholder("others"); ok {
		t.Error("what is not there is defined")
	}
}

func TestAnIntakeThatIsInNoFileIsCompletedAndChecked(t *testing.T) {
	in := &Intake{Name: "north", EventHub: &EventHub{ConnectionString: "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=ZW52LXNlY3JldC1lbnYtc2VjcmV0LWVudi1zZWNyZXQ=;EntityPath=hub"}}
	if wrong, err := CheckIntake(in, nil); err != nil || len(wrong) > 0 {
		t.Fatal(wrong, err)
	}
	if e := in.EventHub; e.Hub != "hub" || e.Namespace != "contoso.servicebus.windows.net" || e.ConsumerGroup != "$Default" || e.OnGap != "earliest" || in.SilenceAfter == 0 {
		t.Errorf("%+v", e)
	}
	wrong, err := CheckIntake(&Intake{Name: "a b", EventHub: &EventHub{Namespace: "contoso", OnGap: "later", Hub: "hub"}}, nil)
	var keys []string
	for _, e := range wrong {
		keys = append(keys, e.Key)
	}
	if got := strings.Join(keys, " "); err != nil || got != "eventhub.on_gap name" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestARetentionOfTheFileHoldsWithTheSameDefaults(t *testing.T) {
	c, err := Parse("penstock.yaml", []byte(oneFile+"lake:\n  retention: {size: 10GiB}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if kept, said := c.Lake.Kept(); !said || kept.Age != usualAge || kept.Size != 10<<30 {
		t.Errorf("it is %+v, said %t", kept, said)
	}
}

func TestAQuotedLineHidesASecretToItsEnd(t *testing.T) {
	for _, line := range []string{
		`eventhub: {connection_string: "Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=hush hush;EntityPath=hub"}`,
		`- "DefaultEndpointsProtocol=https;AccountKey=hush hush"`, `x: http://user:hush@proxy:3128`,
	} {
		if got := hideSecret(line); strings.Contains(got, "hush") || !strings.Contains(got, redacted) {
			t.Errorf("%s becomes %s", line, got)
		}
	}
}
