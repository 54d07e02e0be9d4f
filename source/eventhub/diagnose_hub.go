package eventhub

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/doctor"
	"penstock/source/entra"
)

// What is found of hubs.
var (
	hubThere   = doctor.Kind{ID: "hub.there", Severity: doctor.OK, Title: "The hub is there and may be read"}
	hubUnasked = doctor.Kind{ID: "hub.unasked", Severity: doctor.Info, Title: "The hub could not be asked", Mend: "Mend what is wrong with the network or signing in first, see above."}
	hubMissing = doctor.Kind{
		ID: "hub.missing", Severity: doctor.Fail, Title: "The namespace has no such hub",
		Why:  "There is nothing to read.",
		Mend: "Take the name from the Azure portal: Event Hubs namespace, Entities, Event Hubs, column Name. It is not the name of the namespace.",
	}
	groupMissing = doctor.Kind{
		ID: "hub.group", Severity: doctor.Fail, Title: "The hub has no such consumer group",
		Why: "Each reader needs a consumer group; a wrong one is refused.",
	}
	keyRefused = doctor.Kind{
		ID: "hub.key", Severity: doctor.Fail, Title: "The namespace refuses the key",
		Why:  "The key was renewed, cut off when it was copied, or is that of another namespace or hub.",
		Mend: "Copy the connection string anew: Azure portal, the Event Hubs namespace or the hub, Settings, Shared access policies, the policy, Connection string–primary key. If the namespace does not allow keys (Local authentication: Disabled), sign in with Microsoft Entra ID instead.",
	}
	claimMissing = doctor.Kind{
		ID: "hub.claim", Severity: doctor.Fail, Title: "The policy of the key lacks a claim",
		Why:  "The key is right, but its policy does not allow to read.",
		Mend: "Azure portal, the hub, Settings, Shared access policies: tick Listen of the policy, or make one with Listen alone and use its connection string. Penstock needs neither Send nor Manage.",
	}
	roleMissing = doctor.Kind{
		ID: "hub.role", Severity: doctor.Fail, Title: "The identity lacks the role to read the hub",
		Why:  "The token is right, but gives no right to read; Contributor and Owner do not either.",
		Mend: "Azure portal, the namespace or hub, Access control (IAM), Add role assignment: Azure Event Hubs Data Receiver, for the identity named under signing in. It takes up to ten minutes to act.",
	}
	readersFull = doctor.Kind{
		ID: "hub.readers", Severity: doctor.Fail, Title: "The consumer group has its five readers already",
		Why:  "Event Hubs lets five readers at once read a partition in a consumer group; the sixth is refused.",
		Mend: "Make a consumer group for Penstock alone: the hub, Entities, Consumer groups.",
	}
	readerForeign = doctor.Kind{
		ID: "hub.contested", Severity: doctor.Warn, Title: "Somebody else reads in the consumer group",
		Why:  "Two readers of one consumer group take the partitions from each other again and again: each reads only part of the events.",
		Mend: "Give every reader a consumer group of its own. Processes of Penstock that are to share one need the same storage container. If it is the Penstock of another machine that was replaced, stop it.",
	}
	hubDisabled = doctor.Kind{
		ID: "hub.disabled", Severity: doctor.Fail, Title: "The hub is disabled",
		Why:  "Nobody can read it, and Defender cannot write to it.",
		Mend: "Azure portal, the hub, Properties: set its status to Active.",
	}
	hubBusy = doctor.Kind{
		ID: "hub.throttled", Severity: doctor.Warn, Title: "The namespace throttles",
		Why:  "Its throughput units are used up: Defender's events wait, and reading is slowed down.",
		Mend: "Add throughput units, or switch auto-inflate on: the namespace, Settings, Scale.",
	}
	hubSick = doctor.Kind{
		ID: "hub.failing", Severity: doctor.Fail, Title: "Reading the hub fails",
		Why:  "Nothing is read from it.",
		Mend: "Run the doctor again in a minute. If it stays, tell what the hub said to whoever runs the namespace.",
	}
	groupDefault = doctor.Kind{
		ID: "hub.default_group", Severity: doctor.Info, Title: "The consumer group $Default is used",
		Mend: "Whoever tries something out reads with it as well: a consumer group for Penstock alone is safer. On the tier Basic there is no other.",
	}
)

var lackingClaim = regexp.MustCompile(`'([A-Za-z, ]+)' claim`)

// hubs looks at one hub: whether it is there, may be read, by whom it is read, and how far.
func (d *diagnosis) hubs(ctx context.Context, hub string, optional bool, tell func(doctor.Finding)) {
	consumer, err := d.options.consumer(hub)
	if err != nil {
		tell(d.ofHub(err, hub))
		return
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
		defer cancel()
		_ = consumer.Close(closing) // nothing was read
	}()
	properties, err := consumer.GetEventHubProperties(ctx, nil)
	switch {
	case err != nil && optional && classify(err) == noHub:
		return // most tables that may come have none; those that never came are told of the intake
	case err != nil:
		tell(d.ofHub(err, hub))
		return
	case len(properties.PartitionIDs) == 0:
		tell(hubSick.Found("The hub %s has no partitions.", hub))
		return
	}
	group := d.options.Config.ConsumerGroup
	switch err = tryPartition(ctx, consumer, properties.PartitionIDs[0], false); {
	case err == nil, classify(err) == contested && d.patient.Running:
		tell(hubThere.Found("The hub %s is there with %d partitions, and may be read in the consumer group %s.", hub, len(properties.PartitionIDs), group).
			With("made", properties.CreatedOn.UTC().Format(time.RFC3339)).With("partitions", strconv.Itoa(len(properties.PartitionIDs))))
	default:
		tell(d.ofHub(err, hub))
		if classify(err) != contested {
			return
		}
	}
	if group == azeventhubs.DefaultConsumerGroup {
		tell(groupDefault.Found("The hub %s is read in its consumer group $Default.", hub))
	}
	d.reading(ctx, consumer, hub, properties, tell)
}

// ofHub is the finding that an error of a hub makes.
func (d *diagnosis) ofHub(err error, hub string) doctor.Finding {
	c := &d.options.Config
	said := func(f doctor.Finding) doctor.Finding { return f.With("the hub says", entra.Gist(err)) }
	switch classify(err) {
	case noHub:
		return hubMissing.Found("The namespace %s has no hub %s.", d.host, hub)
	case noGroup:
		return groupMissing.Found("The hub %s has no consumer group %s.", hub, c.ConsumerGroup).
			Mending("Make it: Azure portal, the hub, Entities, Consumer groups, + Consumer group, name %s. Or take the name of one that is there, or $Default.", c.ConsumerGroup)
	case badKey:
		return said(keyRefused.Found("The namespace %s refuses the key.", d.host))
	case noRight:
		claim := "Listen"
		if m := lackingClaim.FindStringSubmatch(err.Error()); m != nil {
			claim = m[1]
		}
		if c.ConnectionString == "" {
			return said(roleMissing.Found("The identity may not read the hub %s: it lacks the role Azure Event Hubs Data Receiver.", hub))
		}
		return said(claimMissing.Found("The policy of the connection string lacks the claim %s for the hub %s.", claim, hub))
	case tooManyReaders:
		return readersFull.Found("The consumer group %s of %s has its five readers already.", c.ConsumerGroup, hub)
	case contested:
		by := rival(err)
		if by != "" {
			by = ": the hub names it " + by
		}
		return readerForeign.Found("Somebody else reads the hub %s in the consumer group %s%s.", hub, c.ConsumerGroup, by)
	case disabled:
		return hubDisabled.Found("The hub %s is disabled.", hub)
	case busy:
		return hubBusy.Found("The namespace %s throttles.", d.host)
	case noName, refused, timedOut, untrusted, proxied, lost, signIn:
		return said(hubUnasked.Found("The hub %s could not be asked.", hub))
	}
	return said(hubSick.Found("The hub %s cannot be read.", hub))
}

// What is found of where reading is.
var (
	readingUp    = doctor.Kind{ID: "reading.kept_up", Severity: doctor.OK, Title: "Reading keeps up"}
	readingNever = doctor.Kind{ID: "reading.never", Severity: doctor.Info, Title: "Nothing was read yet"}
	readingEmpty = doctor.Kind{
		ID: "reading.empty", Severity: doctor.Warn, Title: "The hub has never had a message",
		Why:  "Defender does not write to it, or writes elsewhere.",
		Mend: "Defender portal: System, Settings, Microsoft Defender XDR, Streaming API. The entry needs the resource ID of this namespace and the name of this hub, and tables that are ticked. First messages take up to an hour.",
	}
	readingBehind = doctor.Kind{
		ID: "reading.behind", Severity: doctor.Warn, Title: "Reading is behind",
		Why: "Events are found late, and when it goes on the oldest expire before they are read.",
	}
	readingEnding = doctor.Kind{
		ID: "reading.expiring", Severity: doctor.Fail, Title: "Messages that are not read yet are about to expire",
		Why:  "What expires is lost: Defender does not send it again.",
		Mend: "Raise the retention of the hub now (the hub, Settings, Configuration: up to 7 days on Standard), and see why reading is behind: is Penstock running, is the disk slow, are there too few processors?",
	}
	readingExpired = doctor.Kind{
		ID: "reading.expired", Severity: doctor.Fail, Title: "Messages expired before they were read",
		Why:  "They are lost. Reading goes on with the oldest that is there, and the ledger keeps the gap.",
		Mend: "Raise the retention of the hub (the hub, Settings, Configuration: up to 7 days on Standard), so that it is longer than Penstock is ever down. penstock ledger incidents shows what is missing.",
	}
	readingAhead = doctor.Kind{
		ID: "reading.rebuilt", Severity: doctor.Warn, Title: "The hub was made anew",
		Why:  "Its messages count from the beginning again. Reading goes on there by itself; the ledger tells of it.",
		Mend: "Nothing, if it was meant. Otherwise ask whoever runs the namespace why the hub was deleted.",
	}
)

const (
	// maxBehind is how many messages reading may be behind; each holds up to hundreds of events.
	maxBehind = 1000
	// ending is the part of what the hub keeps in which the next message is near its end.
	ending = 0.15
)

// place is where a partition and its reading are.
type place struct {
	partition             string
	first, last, readUpTo int64
	read                  bool
}

// reading compares the hub with what the journal has.
func (d *diagnosis) reading(ctx context.Context, consumer *azeventhubs.ConsumerClient, hub string, properties azeventhubs.EventHubProperties, tell func(doctor.Finding)) {
	var places []place
	var newest time.Time
	for _, id := range properties.PartitionIDs {
		at, err := consumer.GetPartitionProperties(ctx, id, nil)
		if err != nil {
			tell(d.ofHub(err, hub))
			return
		}
		p := place{partition: id, first: at.BeginningSequenceNumber, last: at.LastEnqueuedSequenceNumber}
		if at.LastEnqueuedOn.After(newest) && p.last >= 0 {
			newest = at.LastEnqueuedOn
		}
		if d.options.Resume != nil {
			var position, ok = d.options.Resume(hub, id)
			p.readUpTo, p.read = position.Sequence, ok
		}
		places = append(places, p)
	}
	f := judgeReading(hub, places)
	if !newest.IsZero() {
		f = f.With("newest message", newest.UTC().Format(time.RFC3339))
	}
	tell(f)
}

func judgeReading(hub string, places []place) doctor.Finding {
	var messages, behind, lost, unread int64
	var expired, ends, anew []string
	for _, p := range places {
		if p.last >= p.first && p.last >= 0 {
			messages += p.last - p.first + 1
		}
		switch {
		case p.last < 0:
		case !p.read:
			unread++
			behind += p.last - p.first + 1
		case p.readUpTo > p.last:
			anew = append(anew, p.partition)
		case p.readUpTo+1 < p.first:
			lost += p.first - p.readUpTo - 1
			expired = append(expired, p.partition)
		default:
			left := p.last - p.readUpTo
			behind += left
			if kept := p.last - p.first + 1; left > maxBehind && float64(p.readUpTo-p.first+1) < ending*float64(kept) {
				ends = append(ends, p.partition)
			}
		}
	}
	facts := func(f doctor.Finding) doctor.Finding {
		return f.With("messages kept", strconv.FormatInt(messages, 10)).With("not read yet", strconv.FormatInt(behind, 10))
	}
	in := func(list []string) string {
		if len(list) == 1 {
			return "partition " + list[0]
		}
		return "the partitions " + strings.Join(list, ", ")
	}
	switch {
	case len(expired) > 0:
		return facts(readingExpired.Found("%d messages of %s of %s expired before they were read.", lost, in(expired), hub))
	case len(ends) > 0:
		return facts(readingEnding.Found("In %s of %s the next message to read is among the oldest that are there; %d are not read yet.", in(ends), hub, behind))
	case len(anew) > 0:
		return facts(readingAhead.Found("The hub %s has fewer messages in %s than were read: it was made anew.", hub, in(anew)))
	case messages == 0:
		return facts(readingEmpty.Found("The hub %s has no message.", hub))
	case unread == int64(len(places)) || unread > 0 && behind == messages:
		return facts(readingNever.Found("Nothing of the %d messages in %s was read yet.", messages, hub))
	case behind > maxBehind:
		return facts(readingBehind.Found("%d messages of %s are not read yet.", behind, hub).Mending("%s", behindHint))
	}
	return facts(readingUp.Found("Reading of %s keeps up: %s.", hub, few(behind)))
}

const behindHint = "See whether Penstock runs, and whether the disk is slow (below). After a time of standing still it catches up by itself; if the number grows in another run, give it more processors."

func few(n int64) string {
	switch n {
	case 0:
		return "everything is read"
	case 1:
		return "1 message is left"
	}
	return fmt.Sprintf("%d messages are left", n)
}
