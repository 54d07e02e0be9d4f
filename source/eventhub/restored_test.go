package eventhub

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2/checkpoints"

	"penstock/config"
	"penstock/doctor"
	"penstock/journal"
	"penstock/source"
	"penstock/source/eventhub/azuritetest"
	"penstock/source/sourcetest"
)

// group is a consumer group's container, as another process sees it.
type group struct {
	t     *testing.T
	store *checkpoints.BlobStore
	e     *emulator
}

// claim makes an owner own partitions; nobody is the empty owner.
func (g *group) claim(owner string, partitions ...string) {
	g.t.Helper()
	held, err := g.store.ListOwnership(g.t.Context(), g.e.Addr().String(), "hub", "$Default", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	var claims []azeventhubs.Ownership
	for _, id := range partitions {
		claim := azeventhubs.Ownership{ConsumerGroup: "$Default", EventHubName: "hub", FullyQualifiedNamespace: g.e.Addr().String(), PartitionID: id}
		for _, h := range held {
			if h.PartitionID == id {
				claim.ETag = h.ETag
			}
		}
		claim.OwnerID = owner
		claims = append(claims, claim)
	}
	if got, err := g.store.ClaimOwnership(g.t.Context(), claims, nil); err != nil || len(got) != len(claims) {
		g.t.Fatal(got, err)
	}
}

func (g *group) checkpoint(partition string, sequence int64) {
	g.t.Helper()
	offset := "unknown"
	err := g.store.SetCheckpoint(g.t.Context(), azeventhubs.Checkpoint{
		ConsumerGroup: "$Default", EventHubName: "hub", FullyQualifiedNamespace: g.e.Addr().String(), PartitionID: partition, SequenceNumber: &sequence, Offset: &offset,
	}, nil)
	if err != nil {
		g.t.Fatal(err)
	}
}

func TestARestoredPenstockWaitsForTheOneBeforeAndBeginsWhereTheBackupEnds(t *testing.T) {
	azurite, e, to, noted, mark := azuritetest.Start(t), emulate(t, 3), newSink(), newIncidents(), &sourcetest.Restored{}
	store, err := checkpoints.NewBlobStore(azurite.Container("checkpoints", true), nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &group{t, store, e}
	send(t, e.conn, "0", numbered("a", 20)...)
	send(t, e.conn, "1", numbered("b", 5)...)
	// The Penstock before has read all; the backup has half of one partition and nothing of the other.
	g.claim("before", "0", "1", "2")
	g.checkpoint("0", 19)
	g.checkpoint("1", 4)
	to.positions["0"] = journal.Position{Sequence: 9}
	o := quick(e.conn, func(o *Options) {
		o.Instance, o.Resume, o.Incidents, o.Restored, o.ClaimExpiry = "restored", to.resume, noted, mark, patience
		o.Config.Start = config.Start{Latest: true}
		o.Config.Namespace = e.Addr().String()
		o.Config.Storage = &config.Storage{ConnectionString: config.Secret(azurite.ConnectionString()), Container: "checkpoints"}
	})
	s := open(t, o)
	stop := sourcetest.Start(t, s, to.handle)
	sourcetest.Eventually(t, "it is said that another one reads", func() bool {
		p := s.Status().Problem
		return s.Status().State == source.Failing && p != nil && strings.Contains(p.Message, "still reads hub: before")
	})
	if to.count() > 0 || !mark.Untouched("hub") {
		t.Error("it has begun all the same")
	}
	if f := ownersFinding(t, o); f.ID != ownersBefore.ID || !strings.Contains(f.Found, "before (3)") {
		t.Errorf("the doctor finds %+v", f)
	}
	g.claim("", "0", "1", "2")
	want := slices.Concat(numbered("a", 20)[10:], numbered("b", 5))
	sourcetest.Eventually(t, "what the backup lacks is read", func() bool { return to.count() >= len(want) })
	sourcetest.Eventually(t, "all is well", func() bool { return s.Status().State == source.Running && s.Status().Problem == nil })
	to.check(t, want)
	for i, reason := range []string{"10 more messages were read", "5 more messages were read", "configured start"} {
		if p := s.Status().Partitions[i]; p.Start == nil || !strings.Contains(p.Start.Reason, reason) || mark.Due("hub", p.Partition) {
			t.Errorf("partition %d: %+v, due %t", i, p.Start, mark.Due("hub", p.Partition))
		}
	}
	stop()

	// From now on the group counts again: what another process has read on is not read twice.
	g.claim("another", "0")
	send(t, e.conn, "0", "theirs")
	g.checkpoint("0", 20)
	o.ClaimExpiry = 50 * time.Millisecond
	send(t, e.conn, "0", "ours")
	sourcetest.Start(t, open(t, o), to.handle)
	want = append(want, "ours")
	sourcetest.Eventually(t, "it goes on behind the other", func() bool { return to.count() >= len(want) })
	to.check(t, want)
}

func ownersFinding(t *testing.T, o Options) doctor.Finding {
	t.Helper()
	r := doctor.Run(t.Context(), probesNamed(Patient{Options: o, Subject: "intake"}.Probes(), "owners"), doctor.Options{})
	if len(r.Findings) != 1 {
		t.Fatalf("findings %+v", r.Findings)
	}
	return r.Findings[0]
}

func probesNamed(all []doctor.Probe, name string) (list []doctor.Probe) {
	for _, p := range all {
		if p.Name == name {
			list = append(list, p)
		}
	}
	return list
}

func TestACheckpointIsTakenBackWhereItIsBeyondTheBackup(t *testing.T) {
	read := func(sequence int64, offset string) *azeventhubs.Checkpoint {
		return &azeventhubs.Checkpoint{PartitionID: "3", SequenceNumber: &sequence, Offset: &offset}
	}
	b := bounds{first: 5, last: 30}
	for name, test := range map[string]struct {
		at       *journal.Position
		was      *azeventhubs.Checkpoint
		sequence int64 // 0: it stays as it is
		offset   string
		begins   string
	}{
		"beyond":            {&journal.Position{Sequence: 9, Offset: "900"}, read(20, "2000"), 9, "900", "sequence 10"},
		"no offset known":   {&journal.Position{Sequence: 9}, read(20, "2000"), 9, offsetEarliest, "sequence 10"},
		"behind":            {&journal.Position{Sequence: 9, Offset: "900"}, read(8, "800"), 0, "", "sequence 10"},
		"none":              {&journal.Position{Sequence: 9, Offset: "900"}, nil, 0, "", "sequence 10"},
		"nothing backed up": {nil, read(20, "2000"), 4, offsetEarliest, "earliest"},
		"nothing at all":    {nil, nil, 0, "", "latest"},
	} {
		from, to := takenBack(begin(test.at, "the backup", b, config.Start{Latest: true}, "earliest"), test.at, test.was, b)
		if from.begins != test.begins || (to == nil) != (test.sequence == 0) {
			t.Errorf("%s: begins at %s, %+v", name, from.begins, to)
			continue
		}
		if to != nil && (*to.SequenceNumber != test.sequence || *to.Offset != test.offset || to.PartitionID != "3") {
			t.Errorf("%s: %d, %s", name, *to.SequenceNumber, *to.Offset)
		}
	}
}

func TestWhatExpiredSinceTheBackupIsAGapWithItsNumber(t *testing.T) {
	e, to, noted := emulate(t, 1), newSink(), newIncidents()
	first := e.expire(t, "0")
	to.positions["0"] = journal.Position{Sequence: 0}
	sourcetest.Start(t, open(t, quick(e.conn, func(o *Options) { o.Resume, o.Incidents, o.Restored = to.resume, noted, &sourcetest.Restored{} })), to.handle)
	sourcetest.Eventually(t, "the gap is noted", func() bool { return len(noted.list(source.GapExpired)) == 1 })
	if g := noted.list(source.GapExpired)[0]; *g.First != 1 || *g.Last != first-1 || !strings.Contains(g.Message, "messages) expired") || !strings.Contains(g.Message, "since the backup") {
		t.Errorf("%+v", g)
	}
}
