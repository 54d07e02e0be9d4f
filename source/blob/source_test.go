package blob

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"penstock/config"
	"penstock/source"
	"penstock/source/eventhub/azuritetest"
	"penstock/source/sourcetest"
)

// TestBlobs shares one Azurite, which takes a second to start.
func TestBlobs(t *testing.T) {
	server := azuritetest.Start(t)
	t.Run("contract", func(t *testing.T) {
		sourcetest.Run(t, func(t *testing.T) sourcetest.Stage {
			e := newExport(t, server)
			return sourcetest.Stage{
				Fill: func(_ *testing.T, bodies []string) {
					for i := 0; i < len(bodies); i += 60 {
						e.add([]string{"deviceinfo", "emailevents"}[i/60%2], hourName(i/120%24), strings.Join(bodies[i:min(i+60, len(bodies))], "\n")+"\n")
					}
				},
				Open: func(t *testing.T, resume source.Resume) source.Source {
					return open(t, e.options(newSink(), func(o *Options) { o.Resume, o.Chunk = resume, 4<<10 }))
				},
			}
		})
	})
	for name, test := range map[string]func(*testing.T, *export){
		"what is appended is read, and half a line waits":              testGrowth,
		"hours that grow late and tables that come later are read":     testLate,
		"a kill at any moment neither loses nor doubles":               testKills,
		"a blob that was replaced is told and read anew":               testReplaced,
		"a blob that is deleted before it is read is told":             testDeleted,
		"a start at latest skips what there is, over restarts too":     testLatest,
		"a start at a time leaves older hours out":                     testSince,
		"a line that is too large comes in pieces, and others go on":   testLarge,
		"a last line without an end counts once its hour is long over": testSettled,
		"what is not Defender's is left alone":                         testStrangers,
		"a container that is not there is named, and waited for":       testMissing,
		"each step of the way is told":                                 testWalk,
	} {
		t.Run(name, func(t *testing.T) { test(t, newExport(t, server)) })
	}
	t.Run("an account that goes away is waited for", func(t *testing.T) { testAway(t, newExport(t, server)) })
}

func testGrowth(t *testing.T, e *export) {
	to := newSink()
	text, want := lines(0, 10)
	s := open(t, e.options(to))
	start(t, s, to.handle)
	half := len(text) - 30
	e.add("deviceinfo", hourName(1), text[:half])
	eventually(t, "nine lines arrive", func() bool { return to.count() == 9 })
	rounds(t, s)
	to.has(t, want[:9])
	p := s.Status().Partitions[0]
	if p.LagBytes == nil || *p.LagBytes == 0 || *p.LastSequence != 8 || p.State != source.Running {
		t.Errorf("with half a line: %+v", p)
	}
	e.add("deviceinfo", hourName(1), text[half:])
	eventually(t, "the half line arrives", func() bool { return to.count() == 10 })
	to.has(t, want)
	more, list := lines(10, 300)
	e.add("deviceinfo", hourName(1), more)
	eventually(t, "all arrive", func() bool { return to.count() == 300 })
	rounds(t, s)
	to.has(t, append(want, list...))
}

func testLate(t *testing.T, e *export) {
	to := newSink()
	text, want := lines(0, 30)
	e.add("deviceinfo", hourName(3), text)
	s := open(t, e.options(to))
	stop := start(t, s, to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 30 })
	rounds(t, s) // the day is over and forgotten by then
	text, list := lines(30, 60)
	e.add("deviceinfo", hourName(3), text)
	want = append(want, list...)
	text, list = lines(60, 90)
	e.add("emailevents", hourName(2), text)
	want = append(want, list...)
	eventually(t, "late ones arrive", func() bool { return to.count() == 90 })
	stop()
	text, list = lines(90, 95)
	e.add("deviceinfo", hourName(3), text)
	want = append(want, list...)
	start(t, open(t, e.options(to)), to.handle)
	eventually(t, "those of a restart arrive", func() bool { return to.count() == 95 })
	to.has(t, want)
}

// testKills ends the source before or after the n-th batch has become durable, for every n, each time with what the
// journal has and nothing else.
func testKills(t *testing.T, e *export) {
	to := newSink()
	var want []string
	for hour := range 4 {
		text, list := lines(100*hour, 100*hour+15)
		e.add("deviceinfo", hourName(hour), text)
		want = append(want, list...)
	}
	for n := 0; to.count() < len(want); n++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		to.mu.Lock()
		to.batches = 0
		to.refuse, to.kept = nil, nil
		if n%2 == 0 {
			to.refuse = func(batch int) error {
				if batch > n%5 {
					cancel()
					return errFull
				}
				return nil
			}
		} else {
			to.kept = func(batch int) {
				if batch > n%3 {
					cancel()
				}
			}
		}
		to.mu.Unlock()
		if n > 200 {
			t.Fatal("it does not get on")
		}
		done := make(chan struct{})
		go func() { // the last round has nothing to stop it
			defer close(done)
			for to.count() < len(want) && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		if err := open(t, e.options(to)).Run(ctx, to.handle); err != nil {
			t.Fatal(err)
		}
		cancel()
		<-done
	}
	to.has(t, want)
	if len(to.incidents) > 0 {
		t.Errorf("incidents %+v", to.incidents)
	}
}

func testReplaced(t *testing.T, e *export) {
	to := newSink()
	text, want := lines(0, 10)
	e.add("deviceinfo", hourName(1), text)
	s := open(t, e.options(to))
	stop := start(t, s, to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 10 })
	stop()
	// One of the same size, one that is shorter, and one that is longer.
	for i, n := range []int{10, 4, 20} {
		text, list := lines(1000*(i+1), 1000*(i+1)+n)
		e.create("deviceinfo", hourName(1))
		e.add("deviceinfo", hourName(1), text)
		stop := start(t, open(t, e.options(to)), to.handle)
		want = append(want, list...)
		eventually(t, "the new ones arrive", func() bool { return to.count() == len(want) })
		stop()
		to.has(t, want)
		gaps := to.list(source.GapRebuilt)
		if len(gaps) != i+1 || *gaps[i].First != int64(len(want)-n) || !strings.Contains(gaps[i].Message, "PT1H.json") {
			t.Errorf("gaps %+v", gaps)
		}
	}
}

func testDeleted(t *testing.T, e *export) {
	to := newSink()
	text, _ := lines(0, 3)
	e.add("deviceinfo", hourName(1), text+`{"half`)
	s := open(t, e.options(to))
	start(t, s, to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 3 })
	rounds(t, s)
	if _, err := e.blob("deviceinfo", hourName(1)).Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the loss is told", func() bool { return len(to.list(source.GapExpired)) == 1 })
	if m := to.list(source.GapExpired)[0]; *m.First != 3 || !strings.Contains(m.Message, "last 6 bytes") {
		t.Errorf("%+v", m)
	}
}

func testLatest(t *testing.T, e *export) {
	to := newSink()
	latest := func(o *Options) {
		o.Config.Start = config.Start{Latest: true}
		o.Config.Account = "http://127.0.0.1/" + e.prefix
	}
	text, _ := lines(0, 10)
	e.add("deviceinfo", hourName(1), text+`{"half"`)
	e.add("emailevents", hourName(1), text)
	s := open(t, e.options(to, latest))
	stop := start(t, s, to.handle)
	eventually(t, "it is settled", func() bool { _, ok := to.resume("127.0.0.1", startPartition); return ok })
	rounds(t, s)
	e.add("deviceinfo", hourName(1), ":1}\n")
	eventually(t, "what came after arrives", func() bool { return to.count() == 1 })
	stop()
	text, list := lines(10, 15)
	e.add("deviceinfo", hourName(2), text) // while it does not run
	e.add("urlclickevents", hourName(2), text)
	start(t, open(t, e.options(to, latest)), to.handle)
	eventually(t, "what came meanwhile arrives", func() bool { return to.count() == 11 })
	to.has(t, append(append([]string{`{"half":1}`}, list...), list...))
}

func testSince(t *testing.T, e *export) {
	to := newSink()
	text, _ := lines(0, 10)
	e.add("deviceinfo", hourName(1), text)
	text, want := lines(10, 20)
	e.add("deviceinfo", hourName(2), text)
	at := time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)
	s := open(t, e.options(to, func(o *Options) { o.Config.Start = config.Start{Time: at} }))
	start(t, s, to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 10 })
	rounds(t, s)
	to.has(t, want)
}

func testLarge(t *testing.T, e *export) {
	to := newSink()
	text, want := lines(0, 2)
	large := strings.Repeat("x", 5000)
	e.add("deviceinfo", hourName(1), want[0]+"\n"+large+"\n\n"+want[1]+"\n")
	_ = text
	s := open(t, e.options(to, func(o *Options) { o.MaxLine = 2000 }))
	start(t, s, to.handle)
	eventually(t, "the line behind arrives", func() bool {
		to.mu.Lock()
		defer to.mu.Unlock()
		return len(to.bodies) > 0 && to.bodies[len(to.bodies)-1] == want[1]
	})
	if got := strings.Join(to.bodies, ""); got != want[0]+large+want[1] {
		t.Errorf("got %d bytes in %d lines", len(got), len(to.bodies))
	}
}

func testSettled(t *testing.T, e *export) {
	to := newSink()
	_, want := lines(0, 2)
	e.add("deviceinfo", hourName(1), want[0]+"\r\n"+want[1])
	e.add("emailevents", hourName(1), `{"cut`)
	s := open(t, e.options(to, func(o *Options) { o.Settled = 300 * time.Millisecond }))
	start(t, s, to.handle)
	eventually(t, "both arrive", func() bool { return to.count() == 2 })
	rounds(t, s)
	to.has(t, want)
	e.add("deviceinfo", hourName(1), "\r\n"+want[0]+"\r\n")
	eventually(t, "what follows arrives", func() bool { return to.count() == 3 })
}

func testStrangers(t *testing.T, e *export) {
	to := newSink()
	text, want := lines(0, 2)
	e.add("deviceinfo", "notes.txt", "hello\n")
	e.add("deviceinfo", "y=2026/m=13/d=20/h=01/m=00/PT1H.json", "hello\n")
	e.add("deviceinfo", hourName(1), text)
	e.create("deviceinfo", hourName(2))
	s := open(t, e.options(to))
	start(t, s, to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 2 })
	rounds(t, s)
	to.has(t, want)
}

func testAway(t *testing.T, e *export) {
	to := newSink()
	text, want := lines(0, 20)
	e.add("deviceinfo", hourName(1), text)
	s := open(t, e.options(to))
	start(t, s, to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 20 })
	e.server.Stop()
	eventually(t, "the trouble shows", func() bool { return s.Status().State == source.Failing })
	if p := s.Status().Problem; p == nil || !strings.Contains(p.Message, "refuses the connection") {
		t.Errorf("problem %+v", p)
	}
	e.server.Restart()
	text, list := lines(20, 30)
	e.add("deviceinfo", hourName(1), text)
	eventually(t, "it goes on", func() bool { return to.count() == 30 && s.Status().State == source.Running })
	to.has(t, append(want, list...))
}

func testMissing(t *testing.T, e *export) {
	to := newSink()
	s := open(t, e.options(to, func(o *Options) { o.Config.Containers = []string{e.prefix + "deviceinfo"} }))
	start(t, s, to.handle)
	eventually(t, "the trouble shows", func() bool { return s.Status().State == source.Failing })
	if p := s.Status().Problem; p == nil || !strings.Contains(p.Message, "has no container "+e.prefix+"deviceinfo.") {
		t.Errorf("problem %+v", p)
	}
	text, want := lines(0, 5)
	e.add("deviceinfo", hourName(1), text)
	eventually(t, "it goes on", func() bool { return to.count() == 5 && s.Status().State == source.Running })
	to.has(t, want)
}

func testWalk(t *testing.T, e *export) {
	text, _ := lines(0, 1)
	e.add("deviceinfo", hourName(1), text)
	o := e.options(newSink())
	address, _, _ := strings.Cut(strings.Split(e.server.ConnectionString(), "BlobEndpoint=")[1], ";")
	o.Config.Account = address
	client, err := service.NewClientFromConnectionString(e.server.ConnectionString(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := client.GetSASURL(sas.AccountResourceTypes{Service: true, Container: true, Object: true}, sas.AccountPermissions{Read: true, List: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(signed, "?")
	for name, test := range map[string]struct {
		change func(*Options)
		failed string // the step
		key    string
		says   string
	}{
		"all is well":  {func(*Options) {}, "", "", ""},
		"no container": {func(o *Options) { o.Config.Containers = []string{"missing"} }, "blobs", "containers", "has no container missing"},
		"wrong key": {func(o *Options) {
			o.Config.ConnectionString = config.Secret(strings.Replace(o.Config.ConnectionString.Reveal(), "Eby8", "Abc9", 1))
		}, "containers", "connection_string", "copy the connection string anew"},
		"by a signature": {func(o *Options) { o.Config.ConnectionString, o.Config.SAS = "", config.Secret(token) }, "", "", ""},
		"no container at all": {func(o *Options) {
			account := o.Config.Account[strings.LastIndexByte(o.Config.Account, '/'):]
			o.Config.ConnectionString, o.Config.SAS, o.Config.Account = "", config.Secret(token), strings.TrimSuffix(o.Config.Account, account)
			o.Config.Containers = []string{account[1:]} // which is answered like a question for the containers
		}, "blobs", "sas", "is no container"},
		"expired signature": {func(o *Options) {
			o.Config.ConnectionString, o.Config.SAS = "", "sv=2022-11-02&se=2020-01-01T00:00:00Z&sig=a"
		}, "sign-in", "sas", "expired at 2020-01-01"},
		"nobody there": {func(o *Options) { o.Config.Account = "http://127.0.0.1:1" }, "port", "account", "refuses the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			test.change(&o)
			var failed source.Step
			err := Walk(t.Context(), o, func(s source.Step) {
				if s.State == source.StepFailed {
					failed = s
				}
			})
			if (err != nil) != (test.failed != "") || failed.Name != test.failed || failed.Key != test.key {
				t.Fatalf("%v: failed %+v", err, failed)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || failed.Problem.Hint == "") {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), "sig=") {
				t.Errorf("a secret is told: %v", err)
			}
		})
	}
}
