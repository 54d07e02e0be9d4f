package intakes

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/doctor"
	"penstock/pasted"
	"penstock/source/http"
)

// What is found of the settings of an intake, and of what it brings.
var (
	settingsRight = doctor.Kind{ID: "settings.right", Severity: doctor.OK, Title: "The settings of the intake are complete"}
	settingsWrong = doctor.Kind{
		ID: "settings.wrong", Severity: doctor.Fail, Title: "A setting of the intake cannot be right",
		Why:  "The intake cannot be run with it.",
		Mend: "Edit the intake on the page, or penstock.yaml.",
	}
	settingsFormat = doctor.Kind{
		ID: "settings.format", Severity: doctor.Fail, Title: "The format of the intake cannot be used",
		Why:  "The intake does not collect: without its format nothing could be kept as it has to be, so nothing is acknowledged. What was taken in before stays and is searched by its columns; what a hub, a topic or a container has waits there as long as they keep it; programs that send are told to try again later.",
		Mend: "Mend the folder of the format, or put it where it was (penstock format check tells every mistake in it), then restart Penstock or send it SIGHUP.",
	}
	settingsStrong = doctor.Kind{
		ID: "settings.too_strong", Severity: doctor.Warn, Title: "The key may do more than is needed",
		Why:  "Whoever gets hold of it can write into the hub or delete it. Penstock needs the claim Listen alone.",
		Mend: "Make a policy with Listen alone (Azure portal, the hub, Settings, Shared access policies, + Add) and use its connection string.",
	}
	settingsEnding = doctor.Kind{
		ID: "settings.ending", Severity: doctor.Warn, Title: "A shared access signature ends soon",
		Why:  "When it has ended nothing is read any more.",
		Mend: "Use the connection string of a policy with Listen, which does not end, or have a new signature made in time.",
	}
	settingsPaused = doctor.Kind{ID: "settings.paused", Severity: doctor.Info, Title: "The intake is paused", Mend: "Resume it when it is to read again; what expires in the hub meanwhile is lost."}
	pushUnused     = doctor.Kind{
		ID: "push.unused", Severity: doctor.Warn, Title: "Nobody has ever used the key of an intake",
		Why:  "No program sends to it: it was not set up, or cannot reach Penstock, or has another key.",
		Mend: "Send something by hand, as the page of the intake shows it; the refusals of Penstock (the same page) tell of wrong keys. If nothing is to come, delete the intake.",
	}
	pushUsed    = doctor.Kind{ID: "push.used", Severity: doctor.OK, Title: "Programs send to the intake"}
	tablesCame  = doctor.Kind{ID: "tables.came", Severity: doctor.OK, Title: "Every table that is expected has come"}
	tablesNever = doctor.Kind{
		ID: "tables.missing", Severity: doctor.Info, Title: "Tables have never come",
		Why: "Rules and searches find nothing in them.",
	}
	tablesChosen = doctor.Kind{
		ID: "tables.chosen_missing", Severity: doctor.Warn, Title: "Tables that are chosen have never come",
		Why: "They are expected here, and Defender does not send them: rules and searches find nothing in them.",
	}
	tablesNone = doctor.Kind{
		ID: "tables.none", Severity: doctor.Warn, Title: "Nothing has ever come",
		Why:  "Defender does not send, sends elsewhere, or what it sends is not read.",
		Mend: "Where the findings above are right: Defender portal, System, Settings, Microsoft Defender XDR, Streaming API. The first messages take up to an hour.",
	}
)

// Kinds are what can be found of intakes.
func Kinds() []doctor.Kind {
	return []doctor.Kind{
		settingsRight, settingsWrong, settingsFormat, settingsStrong, settingsEnding, settingsPaused, pushUnused, pushUsed, tablesCame, tablesNever, tablesChosen, tablesNone,
	}
}

// Table is what the portal has of a table.
type Table struct{ Tick, Without string }

// Probes look at the settings of an intake and at what it has brought, of the tables that may come.
func (k *Known) Probes(subject string, tables map[string]Table) []doctor.Probe {
	return []doctor.Probe{
		{Name: "the settings", Subject: subject, Look: func(_ context.Context, tell func(doctor.Finding)) { k.settings(tell) }},
		{Name: "tables", Subject: subject, Look: func(_ context.Context, tell func(doctor.Finding)) { tell(k.tables(tables, time.Now())) }},
	}
}

func (k *Known) settings(tell func(doctor.Finding)) {
	var wrong Mistakes
	var missing *FormatError
	switch {
	case errors.As(k.Problem, &missing):
		tell(settingsFormat.Found("%s", sentence(missing.Error())).Mending("%s", missing.Hint()))
		return
	case errors.As(k.Problem, &wrong):
		for _, m := range wrong {
			tell(settingsWrong.Found("%s: %s", m.Field, m.Message))
		}
		return
	case k.Problem != nil:
		tell(settingsWrong.Found("The intake cannot be run: %s", k.Problem.Error()))
		return
	}
	clean := true
	hub := k.Secrets[HubConnectionString].Reveal()
	for name, m := range k.ended(time.Now()) {
		clean = false
		tell(settingsWrong.Found("%s: %s", name, m))
	}
	if m := pasted.TooStrong(hub); m != "" {
		clean = false
		tell(settingsStrong.Found("%s: %s", HubConnectionString, m))
	}
	for _, name := range []string{HubConnectionString, StorageConnectionString} {
		if m := pasted.Ending(k.Secrets[name].Reveal(), time.Now(), endsSoon); m != "" && k.ended(time.Now())[name] == "" {
			clean = false
			tell(settingsEnding.Found("%s: %s", name, m))
		}
	}
	if k.Paused {
		tell(settingsPaused.Found("The intake is paused."))
	}
	if k.Source == http.Kind {
		k.keys(tell)
	}
	if clean {
		tell(settingsRight.Found("The settings are complete."))
	}
}

// ended are the connection strings that were right when they were entered, and are not any more.
func (k *Known) ended(now time.Time) map[string]string {
	wrong := map[string]string{}
	if text := k.Secrets[HubConnectionString].Reveal(); text != "" {
		wrong[HubConnectionString] = pasted.HubString(text, now)
	}
	if text := k.Secrets[StorageConnectionString].Reveal(); text != "" {
		use := pasted.Checkpoints
		if k.Config != nil && k.Config.Blob != nil {
			use = pasted.Reading
		}
		wrong[StorageConnectionString] = pasted.StorageString(text, use, now)
	}
	if text := k.Secrets[StorageSAS].Reveal(); text != "" {
		wrong[StorageSAS] = pasted.SAS(text, now)
	}
	maps.DeleteFunc(wrong, func(_, m string) bool { return m == "" })
	return wrong
}

// endsSoon is when the end of a signature is told of.
const endsSoon = 14 * 24 * time.Hour

// unusedAfter is how long a key may wait for its first use.
const unusedAfter = 24 * time.Hour

func (k *Known) keys(tell func(doctor.Finding)) {
	var used time.Time
	unused := false
	for _, key := range k.Keys {
		if key.Used.After(used) {
			used = key.Used
		}
		unused = unused || key.Used.IsZero() && !key.Created.IsZero() && time.Since(key.Created) > unusedAfter
	}
	switch {
	case !used.IsZero():
		tell(pushUsed.Found("A key of the intake was used last at %s.", used.UTC().Format(time.DateTime)))
	case unused:
		tell(pushUnused.Found("The key of the intake was never used."))
	}
}

// tables compares what came with what was expected.
func (k *Known) tables(known map[string]Table, now time.Time) doctor.Finding {
	came := map[string]bool{}
	var events int64
	var first, last time.Time
	for table, a := range k.Arrivals {
		came[strings.ToLower(table)] = true
		events += a.Events
		if !a.First.IsZero() && (first.IsZero() || a.First.Before(first)) {
			first = a.First
		}
		if a.Last.After(last) {
			last = a.Last
		}
	}
	expected := chosen(k.Chosen, slices.Sorted(maps.Keys(known)))
	never := missing(expected, func(table string) bool { return came[strings.ToLower(table)] })
	facts := func(f doctor.Finding) doctor.Finding {
		if !first.IsZero() {
			f = f.With("first event", first.Format(time.RFC3339))
		}
		if !last.IsZero() {
			f = f.With("last event", last.Format(time.RFC3339))
		}
		for _, table := range slices.Sorted(maps.Keys(k.Arrivals)) {
			f = f.With(table, arrivalText(k.Arrivals[table], now))
		}
		return f
	}
	switch {
	case len(came) == 0:
		return tablesNone.Found("No event has ever come.")
	case len(never) == 0:
		return facts(tablesCame.Found("All %d tables that are expected have come.", len(expected)))
	}
	kind := &tablesNever
	if len(k.Chosen) > 0 {
		kind = &tablesChosen
	}
	return facts(kind.Found("%d of %d tables have come; never: %s.", len(expected)-len(never), len(expected), strings.Join(never, ", ")).
		Mending("%s", k.ticks(never, known)))
}

// ticks says where each table is chosen, and what it is worth.
func (k *Known) ticks(never []string, known map[string]Table) string {
	if k.Source == http.Kind {
		return "Have the program that sends here send them too, or take them off the chosen tables of the intake."
	}
	var b strings.Builder
	b.WriteString("Tick them in the Defender portal: System, Settings, Microsoft Defender XDR, Streaming API, the entry that writes to this hub. A table comes only where its product is licensed and something happens. Those that are not wanted can be left out of the chosen tables of the intake.")
	for _, table := range never {
		if t := known[table]; t.Tick != "" {
			b.WriteString("\n" + t.Tick + ": without it " + t.Without + ".")
		}
	}
	return b.String()
}

func arrivalText(a Arrival, now time.Time) string {
	text := "last " + now.Sub(a.Last).Round(time.Second).String() + " ago"
	if !a.First.IsZero() {
		text = "since " + a.First.Format(time.RFC3339) + ", " + text
	}
	if a.Events > 0 {
		text = plural(a.Events) + ", " + text
	}
	return text
}

func plural(n int64) string {
	if n == 1 {
		return "1 event"
	}
	return strconv.FormatInt(n, 10) + " events"
}
