// Command feeds runs what the page's tests let intakes read from: a broker of Kafka, a namespace of Event Hubs with a hub
// for each of some tables, and a storage account, each of them an emulator. The records of its standard input, one a line and
// an empty one behind them, are in all three before it writes on standard output, as JSON, where they are; {place} in a record
// is replaced by kafka, hubs or storage. It ends with its input.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"penstock/eventhubtest"
	"penstock/source/eventhub/azuritetest"
)

// feeds is where the records are, as the tests are told.
type feeds struct {
	Brokers   string   `json:"brokers"`
	CA        string   `json:"ca"` // by which they are trusted, in PEM
	Topic     string   `json:"topic"`
	User      string   `json:"user"`
	Password  string   `json:"password"`
	Namespace string   `json:"namespace"` // connection string
	Storage   string   `json:"storage"`   // connection string
	SAS       string   `json:"sas"`       // the address that reads all containers
	Names     []string `json:"names"`     // of the hubs, and of the containers
}

const (
	prefix = "insights-logs-advancedhunting-" // of the hubs and containers that Defender makes
	key    = "YSBrZXkgb2YgYSB0ZXN0"
	group  = "penstock"
)

func main() {
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, input io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewScanner(input)
	byTable, err := read(lines)
	if err != nil {
		return err
	}
	f := &feeds{Topic: "defender", User: "reader", Password: "a-password-of-a-test"}
	cluster, err := f.broker(ctx, byTable)
	if err != nil {
		return fmt.Errorf("run a broker of Kafka: %w", err)
	}
	defer cluster.Close()
	hub, err := f.namespace(ctx, byTable)
	if err != nil {
		return fmt.Errorf("run a namespace of Event Hubs: %w", err)
	}
	defer hub.Close()
	dir, err := os.MkdirTemp("", "penstock-feeds-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	storage, wait, err := azuritetest.Run(ctx, dir)
	if err != nil {
		return fmt.Errorf("run a storage account: %w", err)
	}
	defer func() { cancel(); _ = wait() }() // it is killed
	if err := f.account(ctx, storage, byTable); err != nil {
		return fmt.Errorf("fill the storage account: %w", err)
	}
	if err := json.NewEncoder(out).Encode(f); err != nil { //nolint:gosec // the password is one of a test
		return err
	}
	for lines.Scan() { // nothing comes after the empty line but the end
	}
	return lines.Err()
}

// read takes the records up to an empty line.
func read(lines *bufio.Scanner) (map[string][]string, error) {
	byTable := map[string][]string{}
	for lines.Scan() && lines.Text() != "" {
		var r struct {
			Category string `json:"category"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read a record: %w", err)
		}
		table := strings.ToLower(strings.TrimPrefix(r.Category, "AdvancedHunting-"))
		byTable[table] = append(byTable[table], lines.Text())
	}
	if len(byTable) == 0 {
		return nil, errors.Join(errors.New("there are no records"), lines.Err())
	}
	return byTable, lines.Err()
}

func in(place, record string) string { return strings.ReplaceAll(record, "{place}", place) }

func (f *feeds) broker(ctx context.Context, byTable map[string][]string) (*kfake.Cluster, error) {
	// Its certificate is for the loopback interface, and signed by itself.
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	f.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw}))
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, f.Topic), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", f.User, f.Password),
		kfake.TLS(&tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	if err != nil {
		return nil, err
	}
	f.Brokers = strings.Join(cluster.ListenAddrs(), ",")
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DialTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}),
		kgo.SASL(scram.Auth{User: f.User, Pass: f.Password}.AsSha512Mechanism()))
	if err != nil {
		cluster.Close()
		return nil, err
	}
	defer client.Close()
	var records []*kgo.Record
	for _, list := range byTable {
		for _, one := range list {
			records = append(records, &kgo.Record{Topic: f.Topic, Value: []byte(in("kafka", one))})
		}
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		cluster.Close()
		return nil, err
	}
	return cluster, nil
}

func (f *feeds) namespace(ctx context.Context, byTable map[string][]string) (*eventhubtest.Server, error) {
	hub, err := eventhubtest.Start(ctx, eventhubtest.Options{Keys: map[string]string{"listen": key}})
	if err != nil {
		return nil, err
	}
	f.Namespace = hub.ConnectionString("")
	for table, list := range byTable {
		f.Names = append(f.Names, prefix+table)
		if err := hub.CreateHub(eventhubtest.Hub{Name: prefix + table, Partitions: 2, ConsumerGroups: []string{group}}); err != nil {
			return nil, errors.Join(err, hub.Close())
		}
		for _, one := range list {
			if _, err := hub.Append(prefix+table, "", []byte(in("hubs", one))); err != nil {
				return nil, errors.Join(err, hub.Close())
			}
		}
	}
	slices.Sort(f.Names)
	return hub, nil
}

// account writes as Defender exports: a container for each table, in it a blob for each hour.
func (f *feeds) account(ctx context.Context, connection string, byTable map[string][]string) error {
	client, err := service.NewClientFromConnectionString(connection, nil)
	if err != nil {
		return err
	}
	f.Storage = connection
	hour := time.Now().UTC().Format("y=2006/m=01/d=02/h=15/m=00/PT1H.json")
	for table, list := range byTable {
		c := client.NewContainerClient(prefix + table)
		if _, err := c.Create(ctx, nil); err != nil {
			return err
		}
		b := c.NewAppendBlobClient("tenantId=12345678-1234-1234-1234-123456789012/" + hour)
		if _, err := b.Create(ctx, nil); err != nil {
			return err
		}
		if _, err := b.AppendBlock(ctx, streaming.NopCloser(strings.NewReader(in("storage", strings.Join(list, "\r\n")+"\r\n"))), nil); err != nil {
			return err
		}
	}
	f.SAS, err = client.GetSASURL(sas.AccountResourceTypes{Service: true, Container: true, Object: true}, sas.AccountPermissions{Read: true, List: true}, time.Now().Add(24*time.Hour), nil)
	return err
}
