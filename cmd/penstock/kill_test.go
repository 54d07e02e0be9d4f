package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/eventhubtest"
	"penstock/server"
)

// TestNothingIsLostWhenTheProcessIsKilled kills the real program at random moments while a producer sends through the
// official SDK, and compares in the end what the producer got acknowledged with what a search finds: equal, once each.
// PENSTOCK_CHAOS_ROUNDS says how often it is killed.
func TestNothingIsLostWhenTheProcessIsKilled(t *testing.T) {
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_CHAOS_ROUNDS")); err == nil {
		rounds = n
	} else if testing.Short() {
		rounds = 3
	}
	hub := startHub(t, 4)
	penstock := installPenstock(t, hub.ConnectionString("defender"))
	sent := produce(t, hub.ConnectionString("defender"))
	random := rand.New(rand.NewPCG(1, uint64(rounds)))
	for round := range rounds {
		penstock.start(t)
		if round%3 > 0 {
			penstock.waitReady(t)
		}
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		penstock.kill(t)
	}
	want := sent.stop(t)
	penstock.start(t)
	penstock.waitReady(t)
	penstock.waitCount(t, len(want.events))
	found := penstock.reportIDs(t)
	for id := range want.events {
		if n := found[id]; n != 1 {
			t.Errorf("record %s was acknowledged to the producer and is found %d times", id, n)
		}
	}
	for id, n := range found {
		if !want.events[id] {
			t.Errorf("record %s is found %d times and was never sent", id, n)
		}
	}
	if got := penstock.quarantined(t); got != want.broken {
		t.Errorf("%d records are in quarantine, want the %d broken ones", got, want.broken)
	}
	suspicious := 0
	for id := range want.events {
		if n, err := strconv.Atoi(id); err == nil && isSuspicious(n) {
			suspicious++
		}
	}
	if got := penstock.waitOccurrences(t, suspicious); got != int64(suspicious) {
		t.Errorf("the alerts have %d occurrences, want one for each of the %d records that match", got, suspicious)
	}
	report := penstock.ledger(t)
	if !report.Complete {
		t.Errorf("the ledger misses something: %+v", report)
	}
	if want := int64(len(want.events) + want.repeated + want.broken); report.Counts.Records != want {
		t.Errorf("the ledger counts %d records, want %d", report.Counts.Records, want)
	}
	t.Logf("%d kills, %d records, %d repeated, %d broken, %d suspicious", rounds, len(want.events), want.repeated, want.broken, suspicious)
}

func startHub(t *testing.T, partitions int) *eventhubtest.Server {
	t.Helper()
	hub, err := eventhubtest.Start(t.Context(), eventhubtest.Options{
		Hubs: []eventhubtest.Hub{{Name: "defender", Partitions: partitions, ConsumerGroups: []string{"penstock"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Close() })
	return hub
}

// sending is a producer under way.
type sending struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	err    error
	result sentRecords
}

// sentRecords is what the hub acknowledged.
type sentRecords struct {
	events           map[string]bool // by ReportId
	repeated, broken int
}

// produce sends messages of a few records each until it is stopped: every fiftieth record twice, the second time with a
// fresh time as Defender does it, and now and then a broken one among the good.
func produce(t *testing.T, connection string) *sending {
	t.Helper()
	producer, err := azeventhubs.NewProducerClientFromConnectionString(connection, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &sending{cancel: cancel, result: sentRecords{events: map[string]bool{}}}
	s.done.Go(func() {
		defer producer.Close(context.Background())
		for id := 0; ctx.Err() == nil; id += 20 {
			if s.err = s.message(producer, id); s.err != nil {
				return
			}
			time.Sleep(15 * time.Millisecond)
		}
	})
	t.Cleanup(func() { cancel(); s.done.Wait() })
	return s
}

// message sends the records id to id+19 in one message.
func (s *sending) message(producer *azeventhubs.ProducerClient, id int) error {
	body := []byte(`{"records":[`)
	for n := id; n < id+20; n++ {
		if n > id {
			body = append(body, ',')
		}
		body = append(body, testRecord(n, time.Now())...)
	}
	if id%100 == 0 {
		body = append(append(body, ','), testRecord(id+7, time.Now().Add(time.Minute))...)
	}
	if id%400 == 0 {
		body = append(body, `,{"time":"2026-11-23T10:00:00Z","category":"AdvancedHunting-DeviceEvents","properties":{"broken":tru}}`...)
	}
	body = append(body, "]}"...)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	batch, err := producer.NewEventDataBatch(ctx, nil)
	if err != nil {
		return fmt.Errorf("make a batch: %w", err)
	}
	if err := batch.AddEventData(&azeventhubs.EventData{Body: body}, nil); err != nil {
		return fmt.Errorf("fill a batch: %w", err)
	}
	if err := producer.SendEventDataBatch(ctx, batch, nil); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	for n := id; n < id+20; n++ {
		s.result.events[strconv.Itoa(n)] = true
	}
	if id%100 == 0 {
		s.result.repeated++
	}
	if id%400 == 0 {
		s.result.broken++
	}
	return nil
}

func (s *sending) stop(t *testing.T) sentRecords {
	t.Helper()
	s.cancel()
	s.done.Wait()
	if s.err != nil {
		t.Fatalf("the producer failed: %v", s.err)
	}
	return s.result
}

// isSuspicious tells whether a rule matches the record: a few do, among them some that are sent twice.
func isSuspicious(n int) bool { return n%500 == 7 }

func testRecord(n int, now time.Time) string {
	host, program := n%50, "worker.exe --job"
	if isSuspicious(n) {
		host, program = n/500%20, "vssadmin.exe delete shadows /all /for=C: /job"
	}
	name, _, _ := strings.Cut(program, " ")
	return fmt.Sprintf(`{"time":%q,"tenantId":"3adb963c-8e61-48e8-a06d-6dbb0dacea39","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents",`+
		`"properties":{"Timestamp":%q,"DeviceId":"d%d","DeviceName":"ws-%04d.corp.example","ActionType":"ProcessCreated","FileName":%q,`+
		`"FolderPath":"C:\\Windows\\System32\\%s","ProcessCommandLine":"%s %d","ProcessId":%d,"ReportId":%d},"Tenant":"DefaultTenant"}`,
		now.UTC().Format("2006-01-02T15:04:05.0000000Z"), testStart.Add(time.Duration(n)*time.Millisecond).Format("2006-01-02T15:04:05.0000000Z"),
		host, host, name, name, program, n, n%65536, n)
}

// shadowCopiesDeleted is the built-in rule that suspicious records match.
const shadowCopiesDeleted = "4c32a19f-b624-4755-975c-b9339b764990"

// waitOccurrences waits until the alerts of the suspicious records have so many occurrences, and a moment longer, and
// counts those that they have then.
func (p *process) waitOccurrences(t *testing.T, want int) (n int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); p.occurrences(t) < int64(want) && time.Now().Before(deadline); {
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(time.Second)
	return p.occurrences(t)
}

func (p *process) occurrences(t *testing.T) (n int64) {
	t.Helper()
	var page server.AlertPage
	p.get(t, "/alerts", url.Values{"rule": {shadowCopiesDeleted}, "limit": {"500"}}, &page)
	for _, a := range page.Alerts {
		n += a.Occurrences
	}
	return n
}

// testStart is when the test's events begin: recent, so that every range that looks back a day has them.
var testStart = time.Now().UTC().Add(-time.Hour).Truncate(time.Second)

// waitCount waits until a search counts n events, and a moment longer, so that one too many is seen as well.
func (p *process) waitCount(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); p.count(t) < int64(n) && time.Now().Before(deadline); {
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(time.Second)
	if count := p.count(t); count != int64(n) {
		t.Errorf("a search counts %d events, want %d", count, n)
	}
}

func (p *process) count(t *testing.T) int64 {
	t.Helper()
	var count server.EventCount
	p.get(t, "/events/count", p.allTime(), &count)
	return count.Count
}

// reportIDs counts how often each ReportId occurs.
func (p *process) reportIDs(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	p.eachEvent(t, func(_, report string) { found[report]++ })
	return found
}

// eachEvent pages through everything there is.
func (p *process) eachEvent(t *testing.T, visit func(id, report string)) {
	t.Helper()
	params := p.allTime()
	params.Set("limit", "1000")
	for {
		var page server.EventPage
		p.get(t, "/events", params, &page)
		for _, e := range page.Events {
			var doc struct {
				Microsoft struct {
					Defender struct {
						Report struct{ ID string }
					}
				}
			}
			if err := json.Unmarshal(e.Document, &doc); err != nil {
				t.Fatal(err)
			}
			visit(e.ID, doc.Microsoft.Defender.Report.ID)
		}
		if page.Next == "" {
			return
		}
		params.Set("after", page.Next)
	}
}

func (p *process) quarantined(t *testing.T) int {
	t.Helper()
	var page server.QuarantinePage
	p.get(t, "/quarantine", url.Values{"limit": {"1"}}, &page)
	n := 0
	for _, r := range page.Reasons {
		n += int(r.Count)
	}
	return n
}

func (p *process) ledger(t *testing.T) server.LedgerReport {
	t.Helper()
	var report server.LedgerReport
	p.get(t, "/ledger", p.allTime(), &report)
	return report
}

func (p *process) allTime() url.Values {
	return url.Values{
		"from": {testStart.Add(-24 * time.Hour).Format(time.RFC3339)},
		"to":   {testStart.Add(48 * time.Hour).Format(time.RFC3339)},
	}
}
