package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/cloud"
	"penstock/pasted"
)

// check completes what the file says (secrets kept in files, paths) and finds what is wrong in it, all at once.
func (d *document) check(c *Config) error {
	k := &checker{document: d}
	k.enums(reflect.ValueOf(c).Elem(), "")
	c.Data = d.resolve(c.Data)
	for i := range c.Mapping {
		c.Mapping[i] = d.resolve(c.Mapping[i])
	}
	if c.Formats == "" {
		c.Formats = filepath.Join(c.Data, "formats")
	} else {
		c.Formats = d.resolve(c.Formats)
	}
	if err := k.checkClouds(c); err != nil {
		return err
	}
	k.server(&c.Server)
	k.audit(&c.Audit)
	names := make(map[string]bool)
	for i := range c.Intakes {
		in, key := &c.Intakes[i], fmt.Sprintf("intakes[%d]", i)
		// Searches compare names without regard to case, and who may see one must not see the other.
		if folded := strings.ToLower(in.Name); names[folded] {
			k.wrong(key+".name", fmt.Sprintf("the name %q is taken by another intake", in.Name))
		} else {
			names[folded] = true
		}
		k.intake(in, key)
	}
	k.checkKeys(c)
	k.limits(c)
	k.hunt(&c.Hunt)
	return errors.Join(k.errs...)
}

// CheckIntake completes an intake that does not come from a file, and finds what is wrong with it, given the clouds that there
// are (nil: those that are built in). The keys of the mistakes are as in a file, from the intake on: eventhub.hub.
func CheckIntake(in *Intake, clouds cloud.List) ([]*Error, error) {
	v := reflect.ValueOf(in).Elem()
	if err := setDefaults(v); err != nil {
		return nil, err
	}
	if len(clouds) == 0 {
		var err error
		if clouds, err = cloud.Known(); err != nil {
			return nil, err
		}
	}
	k := &checker{document: new(document), stored: true, clouds: clouds}
	k.enums(v, "")
	k.intake(in, "")
	list := make([]*Error, 0, len(k.errs))
	for _, err := range k.errs {
		var e *Error
		if !errors.As(err, &e) {
			return nil, err
		}
		e.Key = strings.TrimPrefix(e.Key, ".")
		list = append(list, e)
	}
	return list, nil
}

type checker struct {
	*document
	errs   []error
	stored bool // what is checked does not come from a file: its keys are kept elsewhere
	clouds cloud.List
}

func (k *checker) wrong(key, message string) {
	k.errs = append(k.errs, k.at(k.find(key), key, message))
}

// enums checks every value of which a tag lists the allowed ones.
func (k *checker) enums(v reflect.Value, path string) {
	for f, value := range v.Fields() {
		key := strings.TrimPrefix(path+"."+f.Tag.Get("yaml"), ".")
		if enum := f.Tag.Get("enum"); enum != "" && !slices.Contains(strings.Split(enum, ","), value.String()) {
			k.wrong(key, fmt.Sprintf("expected %s, got %q", oneOf(enum), value.String()))
		}
		switch {
		case value.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Start]():
			k.enums(value, key)
		case value.Kind() == reflect.Pointer && !value.IsNil():
			k.enums(value.Elem(), key)
		case value.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			for i := range value.Len() {
				k.enums(value.Index(i), fmt.Sprintf("%s[%d]", key, i))
			}
		}
	}
}

// secret fills a secret from its file.
func (k *checker) secret(s *Secret, file, key string) {
	if file == "" {
		return
	}
	if *s != "" {
		k.wrong(key+"_file", fmt.Sprintf("give either %s or %s_file", lastPart(key), lastPart(key)))
		return
	}
	text, err := readSmall(k.resolve(file))
	if err != nil {
		k.wrong(key+"_file", "cannot be read: "+err.Error())
		return
	}
	if *s = Secret(strings.TrimSpace(string(text))); *s == "" {
		k.wrong(key+"_file", fmt.Sprintf("%s is empty", file))
	}
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

var intakeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

func (k *checker) intake(in *Intake, key string) {
	if !intakeName.MatchString(in.Name) {
		k.wrong(key+".name", fmt.Sprintf("expected letters, digits, - and _, at most 63, got %q", in.Name))
	}
	sources := 0
	for _, given := range []bool{in.EventHub != nil, in.Blob != nil, in.Kafka != nil, in.HTTP != nil, in.File != nil} {
		if given {
			sources++
		}
	}
	switch {
	case sources > 1:
		k.wrong(key, "an intake has one source: give one of eventhub, blob, kafka, http and file")
	case in.EventHub != nil:
		k.eventHub(in.EventHub, key+".eventhub")
	case in.Blob != nil:
		k.blob(in.Blob, key+".blob")
	case in.Kafka != nil:
		k.kafka(in.Kafka, key+".kafka")
	case in.HTTP != nil:
		k.http(in.HTTP, key+".http")
	case in.File != nil:
		k.file(in.File, key+".file")
	default:
		k.wrong(key, "expected a source: eventhub, blob, kafka, http or file")
	}
}

func (k *checker) file(f *File, key string) {
	if f.Path == "" {
		k.wrong(key+".path", "expected a path, or - for standard input")
	}
	if f.Follow && (f.Path == "-" || strings.HasSuffix(f.Path, ".gz") || strings.HasSuffix(f.Path, ".zst")) {
		k.wrong(key+".follow", "only a plain file can be followed")
	}
	f.Path = k.resolve(f.Path)
}

var hubName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$`)

func (k *checker) eventHub(e *EventHub, key string) {
	k.secret(&e.ConnectionString, e.ConnectionStringFile, key+".connection_string")
	if e.ConnectionString != "" {
		k.connectionString(e, key)
	} else {
		k.namespace(e, key)
	}
	e.Cloud = k.cloudOf(e.Namespace)
	if e.ConnectionString == "" {
		k.identity(&e.Credential, e.Cloud, key+".credential")
	}
	given := 0
	for _, set := range []bool{e.Hub != "", len(e.Hubs) > 0, len(e.Tables) > 0} {
		if set {
			given++
		}
	}
	if given != 1 {
		k.wrong(key+".hub", "expected one of hub, hubs and tables")
	}
	for i, name := range e.Hubs {
		if !hubName.MatchString(name) {
			k.wrong(fmt.Sprintf("%s.hubs[%d]", key, i), fmt.Sprintf("expected the name of a hub, got %q", name))
		}
	}
	if e.Hub != "" && !hubName.MatchString(e.Hub) {
		k.wrong(key+".hub", fmt.Sprintf("expected the name of a hub, got %q", e.Hub))
	}
	if e.Prefetch < 1<<20 {
		k.wrong(key+".prefetch", "expected at least 1MiB, the largest size of a message")
	}
	if e.Proxy != "" {
		k.proxy(e, key)
	}
	if e.Storage != nil {
		k.storage(e, key+".storage")
	}
}

func (k *checker) proxy(e *EventHub, key string) {
	u, err := url.Parse(e.Proxy.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		k.wrong(key+".proxy", "expected an address such as http://proxy.example:3128")
	}
	if e.Transport != "websockets" {
		k.wrong(key+".proxy", "AMQP cannot go through an HTTP proxy: set transport: websockets")
	}
}

// connectionString takes namespace and hub from the connection string.
func (k *checker) connectionString(e *EventHub, key string) {
	// What has ended is no mistake in the file: the other intakes run, and the doctor tells of it.
	if m := pasted.HubString(e.ConnectionString.Reveal(), time.Time{}); m != "" {
		k.wrong(key+".connection_string", m)
		return
	}
	p, err := azeventhubs.ParseConnectionString(e.ConnectionString.Reveal())
	if err != nil {
		k.wrong(key+".connection_string", "it cannot be read: copy it again as a whole") // the cause would show parts of it
		return
	}
	if e.Namespace != "" && !strings.EqualFold(e.Namespace, p.FullyQualifiedNamespace) {
		k.wrong(key+".namespace", fmt.Sprintf("the connection string is for %s: leave namespace out", p.FullyQualifiedNamespace))
	}
	e.Namespace = p.FullyQualifiedNamespace
	if p.EntityPath != nil && e.Hub == "" && len(e.Hubs) == 0 && len(e.Tables) == 0 {
		e.Hub = *p.EntityPath
	}
	if p.EntityPath != nil && e.Hub != *p.EntityPath {
		k.wrong(key+".hub", fmt.Sprintf("the connection string is for the hub %s alone: use one of the namespace", *p.EntityPath))
	}
}

func (k *checker) namespace(e *EventHub, key string) {
	if e.Namespace == "" {
		k.wrong(key+".namespace", "expected a namespace such as contoso.servicebus.windows.net, or a connection_string")
		return
	}
	e.Namespace = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(e.Namespace, "sb://"), "https://"), "/")
	e.Namespace = k.clouds[0].Namespace(e.Namespace)
}

func (k *checker) identity(c *Identity, in cloud.Cloud, key string) {
	c.Authority = in.Login
	k.secret(&c.ClientSecret, c.ClientSecretFile, key+".client_secret")
	c.CertificateFile, c.TokenFile = k.resolve(c.CertificateFile), k.resolve(c.TokenFile)
	need := func(value, name string) {
		if value == "" {
			k.wrong(key+"."+name, fmt.Sprintf("credential kind %s needs %s", c.Kind, name))
		}
	}
	switch c.Kind {
	case "client_secret":
		need(c.TenantID, "tenant_id")
		need(c.ClientID, "client_id")
		need(c.ClientSecret.Reveal(), "client_secret")
	case "certificate":
		need(c.TenantID, "tenant_id")
		need(c.ClientID, "client_id")
		need(c.CertificateFile+c.Certificate.Reveal(), "certificate_file")
	}
}

func (k *checker) storage(e *EventHub, key string) {
	s := e.Storage
	k.secret(&s.ConnectionString, s.ConnectionStringFile, key+".connection_string")
	switch {
	case s.ConnectionString != "" && s.Account != "":
		k.wrong(key+".account", "the connection string names the account already: leave account out")
	case s.ConnectionString != "":
		m := pasted.StorageString(s.ConnectionString.Reveal(), pasted.Checkpoints, time.Time{})
		if m == "" {
			m = pasted.Clouds(k.clouds, e.Namespace, s.ConnectionString.Reveal())
		}
		if m != "" {
			k.wrong(key+".connection_string", m)
		}
	case s.Account == "":
		k.wrong(key+".account", "expected the name of a storage account, or a connection_string")
	default:
		s.Account = e.Cloud.BlobEndpoint(s.Account)
		if m := pasted.Clouds(k.clouds, e.Namespace, s.Account); m != "" {
			k.wrong(key+".account", m)
		}
	}
	s.Cloud = k.cloudOf(s.Account, e.Namespace)
	if s.Credential != nil {
		k.identity(s.Credential, s.Cloud, key+".credential")
	} else if s.ConnectionString == "" && e.ConnectionString != "" {
		k.identity(&e.Credential, s.Cloud, key+".credential")
	}
}

func (k *checker) limits(c *Config) {
	if c.Journal.MaxSize < 64<<20 {
		k.wrong("journal.max_size", "expected at least 64MiB")
	}
	if c.Lake.Memory < 64<<20 {
		k.wrong("lake.memory", "expected at least 64MiB")
	}
	if c.Lake.Threads < 0 {
		k.wrong("lake.threads", "expected 0 or more")
	}
	if c.Query.Timeout <= 0 {
		k.wrong("query.timeout", "expected more than 0")
	}
	if c.Query.MaxConcurrent < 1 {
		k.wrong("query.max_concurrent", "expected at least 1")
	}
	if c.Window < 0 {
		k.wrong("window", "expected a time span: repeats cannot be told apart without")
	}
	if c.Lake.Flush <= 0 {
		k.wrong("lake.flush", "expected more than 0")
	}
}
