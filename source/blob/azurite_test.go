package blob

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/appendblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"penstock/config"
	"penstock/source/eventhub/azuritetest"
	"penstock/source/sourcetest"
)

// export writes as Defender does, each test under a prefix of its own, since they share one Azurite.
type export struct {
	t      testing.TB
	server *azuritetest.Server
	prefix string
}

// azurite is started once; go test runs the top-level tests of a package one after the other.
var azurite struct {
	sync.Mutex
	count int
}

func newExport(t testing.TB, server *azuritetest.Server) *export {
	azurite.Lock()
	defer azurite.Unlock()
	azurite.count++
	return &export{t: t, server: server, prefix: fmt.Sprintf("t%d-insights-logs-advancedhunting-", azurite.count)}
}

const root = "tenantId=aaaa/"

// hourName is the blob of an hour of 2026-11-20.
func hourName(hour int) string {
	return fmt.Sprintf("%sy=2026/m=11/d=20/h=%02d/m=00/PT1H.json", root, hour)
}

func (e *export) container(table string) *container.Client {
	e.t.Helper()
	c := e.server.Container(e.prefix+table, false)
	_, _ = c.Create(e.t.Context(), nil) // it may be there
	return c
}

func (e *export) blob(table, name string) *appendblob.Client {
	return e.container(table).NewAppendBlobClient(name)
}

// create makes an append blob, anew where there is one.
func (e *export) create(table, name string) {
	e.t.Helper()
	if _, err := e.blob(table, name).Create(e.t.Context(), nil); err != nil {
		e.t.Fatal(err)
	}
}

// add appends text to a blob, which it makes when it is missing.
func (e *export) add(table, name, text string) {
	e.t.Helper()
	if _, err := e.blob(table, name).GetProperties(e.t.Context(), nil); err != nil {
		e.create(table, name)
	}
	if _, err := e.blob(table, name).AppendBlock(e.t.Context(), streaming.NopCloser(strings.NewReader(text)), nil); err != nil {
		e.t.Fatal(err)
	}
}

func (e *export) options(to *sourcetest.Journal, change ...func(*Options)) Options {
	o := Options{
		Intake: "test", Config: config.Blob{ConnectionString: config.Secret(e.server.ConnectionString()), ContainerPrefix: e.prefix, Account: "http://127.0.0.1"},
		Resume: to.Resume, Incidents: to,
	}
	o.Config.Poll, o.Config.Sweep, o.Config.Parallel = config.Duration(20*time.Millisecond), config.Duration(20*time.Millisecond), 4
	o.Chunk = 300
	for _, c := range change {
		c(&o)
	}
	return o
}

// lines are records, one a line as Defender ends them.
func lines(from, to int) (text string, list []string) {
	var b strings.Builder
	for i := from; i < to; i++ {
		one := fmt.Sprintf(`{"time":"2026-11-20T00:00:00Z","category":"AdvancedHunting-DeviceInfo","properties":{"n":"%05d"}}`, i)
		list = append(list, one)
		b.WriteString(one + "\r\n")
	}
	return b.String(), list
}

func newSink() *sourcetest.Journal { return &sourcetest.Journal{Nothing: nothing, Whole: true} }

func open(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rounds waits until the source has looked at everything again.
func rounds(t *testing.T, s *Source) {
	t.Helper()
	s.mu.Lock()
	at := s.looks
	s.mu.Unlock()
	sourcetest.Eventually(t, "it is looked again", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.looks >= at+2 })
}

var (
	errFull = errors.New("no room")
)
