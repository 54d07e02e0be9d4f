package hunt

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"penstock/kql"
)

func TestExternalDataIsReadFromAllowedHostsAlone(t *testing.T) {
	for name, c := range map[string]struct {
		hosts []string
		url   string
		want  string // of the refusal; empty: it may be read
	}{
		"nothing is allowed":           {nil, "https://example.com/a.csv", "hunt.external_hosts"},
		"an allowed host":              {[]string{"Example.com"}, "https://EXAMPLE.com/a.csv", ""},
		"another host":                 {[]string{"example.com"}, "https://www.example.com/a.csv", "does not list"},
		"a host that ends so":          {[]string{"example.com"}, "https://evilexample.com/a.csv", "does not list"},
		"without TLS":                  {[]string{"example.com"}, "http://example.com/a.csv", "https alone"},
		"a file":                       {[]string{"example.com"}, "file:///etc/passwd", "https alone"},
		"a user":                       {[]string{"example.com"}, "https://a:b@example.com/", "no user"},
		"an allowed user, so to speak": {[]string{"example.com"}, "https://example.com@evil.example/", "no user"},
		"what Kusto adds":              {[]string{"example.com"}, "https://example.com/a.csv;managed_identity=system", ""},
		"a network is no host":         {[]string{"10.0.0.0/8"}, "https://10.0.0.1/", "not allowed here"},
	} {
		err := newFetcher(c.hosts).check(&kql.External{URLs: []string{c.url}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	f := newFetcher([]string{"example.com", "10.1.0.0/16", "fd00::/8"})
	for address, allowed := range map[string]bool{
		"8.8.8.8:443": true, "[2606:4700::1111]:443": true, "127.0.0.1:443": false, "10.0.0.1:443": false, "10.1.2.3:443": true, "169.254.169.254:443": false, "[::1]:443": false,
		"[::ffff:127.0.0.1]:443": false, "192.168.1.1:443": false, "100.64.0.1:443": false, "0.0.0.0:443": false, "[fd00::1]:443": true, "[fe80::1%25eth0]:443": false, "224.0.0.1:443": false,
		"[64:ff9b::7f00:1]:443": false, "255.255.255.255:443": false,
	} {
		if err := f.checkAddress(strings.Replace(address, "%25", "%", 1)); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestExternalDataIsBoundedAndFollowsNobodyElsewhere(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte("a,1\n"))
	z.Close()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a.csv":
			w.Write([]byte("a,1\nb,2\n"))
		case "/a.csv.gz":
			w.Write(zipped.Bytes())
		case "/large":
			for range maxExternalBytes/1000 + 2 {
				w.Write(bytes.Repeat([]byte("a"), 1000))
			}
		case "/away":
			http.Redirect(w, r, "https://other.example/a.csv", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/plain":
			http.Redirect(w, r, "http://127.0.0.1/a.csv", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string, hosts ...string) (*kql.Values, error) {
		f := newFetcher(hosts)
		pool := x509.NewCertPool()
		pool.AddCert(s.Certificate())
		f.client.Transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		f.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = pool
		return f.table(t.Context(), &kql.External{URLs: []string{s.URL + path}, Cols: []kql.Column{{Name: "s", Type: kql.String}, {Name: "n", Type: kql.Long}}})
	}
	if _, err := ask("/a.csv", u.Hostname()); err == nil || !strings.Contains(err.Error(), "not public") {
		t.Errorf("a private address: %v", err)
	}
	for path, want := range map[string]string{"/a.csv": "", "/a.csv.gz": "", "/large": "larger than", "/away": "does not list", "/round": "on and on", "/plain": "https alone", "/none": "404"} {
		v, err := ask(path, u.Hostname(), "127.0.0.0/8")
		if want == "" && (err != nil || v.Rows[0][0].(kql.Const).Value != "a" || v.Rows[0][1].(kql.Const).Value != int64(1)) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, %v, want %q", path, v, err, want)
		}
	}
}

func TestExternalFilesAreTakenApart(t *testing.T) {
	columns := []kql.Column{{Name: "s", Type: kql.String}, {Name: "n", Type: kql.Long}, {Name: "t", Type: kql.DateTime}, {Name: "d", Type: kql.Dynamic}, {Name: "b", Type: kql.Bool}}
	const row = `x 7 2026-01-02T00:00:00Z {"a":1} true`
	for name, c := range map[string]struct {
		format, file, text string
		skip               bool
		want               []string
	}{
		"csv":               {"", "a.csv", "x,7,2026-01-02,\"{\"\"a\"\": 1}\",true\n", false, []string{row}},
		"a head":            {"csv", "", "s,n\nx,7,2026-01-02,\"{\"\"a\"\": 1}\",true\n", true, []string{row}},
		"tsv":               {"", "a.tsv.gz", "x\t7\t2026-01-02\t\"{\"\"a\"\":1}\"\ttrue\n", false, []string{row}},
		"what does not fit": {"psv", "", "x|seven|yesterday|text|maybe", false, []string{`x <nil> <nil> "text" <nil>`}},
		"a short row":       {"scsv", "", "x", false, []string{`x <nil> <nil> <nil> <nil>`}},
		"lines":             {"txt", "", "\uFEFFx\r\ny,z\n", false, []string{"x <nil> <nil> <nil> <nil>", "y,z <nil> <nil> <nil> <nil>"}},
		"raw":               {"raw", "", "a\nb", false, []string{"a\nb <nil> <nil> <nil> <nil>"}},
		"objects":           {"multijson", "", `{"s":"x","n":"7","t":"2026-01-02T00:00:00Z","d":{"a": 1},"b":true} {"n":null}`, false, []string{row, " <nil> <nil> <nil> <nil>"}},
		"a list of objects": {"", "a.json", `[{"s":"x","n":7,"t":"2026-01-02","d":{"a":1},"b":"true"}]`, false, []string{row}},
	} {
		e := &kql.External{Cols: columns, Format: c.format, With: map[string]string{}}
		if c.skip {
			e.With["ignorefirstrecord"] = "true"
		}
		rows, err := readExternal(e, c.file, []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, r := range rows {
			var parts []string
			for i, x := range r {
				v := x.(kql.Const).Value
				text := "<nil>"
				if v != nil {
					text = Text(columns[i].Type, v)
					if d, ok := v.(interface{ MarshalJSON() ([]byte, error) }); ok && columns[i].Type == kql.Dynamic {
						b, _ := d.MarshalJSON()
						text = string(b)
					}
				}
				parts = append(parts, text)
			}
			got = append(got, strings.ReplaceAll(strings.Join(parts, " "), ".0000000Z", "Z"))
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, format := range []string{"avro", "parquet"} {
		if _, err := readExternal(&kql.External{Format: format}, "", nil); err == nil {
			t.Errorf("%s is taken", format)
		}
	}
}

func FuzzExternalFile(f *testing.F) {
	for _, format := range []string{"csv", "json", "txt", "raw", "tsv"} {
		f.Add(format, []byte(`[{"a":1}]`))
		f.Add(format, []byte("a,\"b\n1,2"))
	}
	f.Fuzz(func(t *testing.T, format string, text []byte) {
		e := &kql.External{Format: format, Cols: []kql.Column{{Name: "a", Type: kql.Dynamic}, {Name: "b", Type: kql.DateTime}, {Name: "c", Type: kql.String}}}
		rows, err := readExternal(e, "x", text)
		for _, r := range rows {
			if err == nil && len(r) != len(e.Cols) {
				t.Fatalf("a row of %d columns", len(r))
			}
		}
	})
}

func TestAHuntIsRefusedWhatIsNotAllowedBeforeItRuns(t *testing.T) {
	f := newField(t, Options{Hosts: []string{"example.com"}})
	r := Request{Query: "externaldata(x: string)['https://evil.example/a.csv']"}
	var query *QueryError
	if _, _, err := f.run(r); !errors.As(err, &query) || !strings.Contains(query.Error(), "evil.example") {
		t.Errorf("%v", err)
	}
	r.Query = "externaldata(x: string)['https://example.com/a.csv'] | where x has 'a'"
	if c, err := f.Check(t.Context(), r); err != nil || len(c.Columns) != 1 {
		t.Errorf("a check reads nothing, and is content: %+v, %v", c, err)
	}
}
