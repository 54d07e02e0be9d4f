// Package backend lets the rooms of Penstock answer the questions of its server: it turns what they know into what the
// API says, and nothing else.
package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"penstock/access"
	"penstock/config"
	"penstock/format"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/intakes"
	"penstock/server"
	"penstock/source"
	"penstock/source/blob"
	push "penstock/source/http"
	"penstock/source/kafka"
)

// Walk walks the way to where an intake reads, and tells each step when it begins and when it is over. What is in the way
// is told by a step; the error may say it again.
type Walk func(ctx context.Context, in *config.Intake, tell func(source.Step)) error

// Intakes answers for the intakes of this process.
func Intakes(s *intakes.Supervisor, known *formats.Catalogue, plan *format.Plan, walk Walk, push Pushed) server.Intakes {
	return supervised{s, known, plan, walk, push}
}

// Pushed tells of what programs send.
type Pushed struct {
	// Address is where they send to.
	Address string
	// Traffic is what was sent to an intake.
	Traffic func(intake string) push.Traffic
}

type supervised struct {
	supervisor *intakes.Supervisor
	formats    *formats.Catalogue
	plan       *format.Plan
	walk       Walk
	push       Pushed
}

// intakeError tells the errors of intakes in the words of the API.
func intakeError(err error) error {
	var wrong intakes.Mistakes
	var locked *intakes.LockedError
	switch {
	case errors.As(err, &wrong):
		form := &server.FormError{}
		for _, m := range wrong {
			form.Mistakes = append(form.Mistakes, server.FormMistake{Field: m.Field, Message: m.Message})
		}
		return form
	case errors.As(err, &locked):
		return &server.ConflictError{Message: locked.Reason}
	case errors.Is(err, intakes.ErrStopping):
		return &server.ConflictError{Message: "Penstock is stopping.", Hint: "Try again once it runs."}
	case errors.Is(err, intakes.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return err
}

func (s supervised) answer(st *intakes.State, err error) (*server.Intake, error) {
	if err != nil {
		return nil, intakeError(err)
	}
	in := s.intakeOf(st)
	return &in, nil
}

func (s supervised) Intakes(ctx context.Context) ([]server.Intake, error) {
	var seen []server.Intake
	for _, st := range s.supervisor.List() {
		if access.From(ctx).Sees(st.Intake.Name) {
			in := s.intakeOf(&st)
			withoutStrangers(ctx, &in)
			seen = append(seen, in)
		}
	}
	return seen, nil
}

// withoutStrangers takes out what concerns all intakes where whoever asks sees some alone.
func withoutStrangers(ctx context.Context, in *server.Intake) {
	if who := access.From(ctx); who != nil && len(who.Intakes) > 0 && in.Push != nil {
		in.Push.Unknown = nil
	}
}

func (s supervised) Intake(ctx context.Context, name string) (*server.Intake, error) {
	if !access.From(ctx).Sees(name) {
		return nil, server.ErrNotFound
	}
	in, err := s.answer(s.supervisor.Get(name))
	if err == nil {
		withoutStrangers(ctx, in)
	}
	return in, err
}

func (s supervised) Create(ctx context.Context, in *server.NewIntake) (*server.Intake, error) {
	made := &intakes.Intake{Name: in.Name, Format: in.Format, Secrets: map[string]config.Secret{}}
	made.Source = in.Source
	alter(made, &in.IntakeSettings)
	return s.answer(s.supervisor.Create(ctx, made))
}

func (s supervised) Change(ctx context.Context, name string, settings *server.IntakeSettings) (*server.Intake, error) {
	return s.answer(s.supervisor.Change(ctx, name, func(in *intakes.Intake) { alter(in, settings) }))
}

func (s supervised) Delete(ctx context.Context, name string) error {
	return intakeError(s.supervisor.Delete(ctx, name))
}

func (s supervised) Pause(ctx context.Context, name string) (*server.Intake, error) {
	return s.answer(s.supervisor.Pause(ctx, name))
}

func (s supervised) Resume(ctx context.Context, name string) (*server.Intake, error) {
	return s.answer(s.supervisor.Resume(ctx, name))
}

func (s supervised) Rotate(ctx context.Context, name string, overlap time.Duration) (*server.Intake, error) {
	return s.answer(s.supervisor.Rotate(ctx, name, overlap))
}

func (s supervised) EndOldKeys(ctx context.Context, name string) (*server.Intake, error) {
	return s.answer(s.supervisor.EndOldKeys(ctx, name))
}

func (s supervised) Test(_ context.Context, t *server.IntakeTest) (func(context.Context, func(server.TestStep)) error, error) {
	draft, authentication, err := s.supervisor.Draft(t.Name, func(in *intakes.Intake) {
		if t.Name == "" {
			in.Source = t.Source
		}
		alter(in, &t.IntakeSettings)
	})
	if err != nil {
		return nil, intakeError(err)
	}
	return func(ctx context.Context, tell func(server.TestStep)) error {
		failed := false
		err := s.walk(ctx, draft, func(step source.Step) {
			failed = failed || step.State == source.StepFailed
			tell(stepOf(&step, kindOf(draft), authentication))
		})
		if failed && ctx.Err() == nil {
			return nil // the steps have said it
		}
		return err
	}, nil
}

// kindOf is the key of the configuration under which a source stands.
func kindOf(in *config.Intake) string {
	switch {
	case in.Blob != nil:
		return blob.Kind
	case in.Kafka != nil:
		return kafka.Kind
	}
	return intakes.EventHub
}

func stepOf(s *source.Step, kind, authentication string) server.TestStep {
	out := server.TestStep{Name: s.Name, State: string(s.State), Found: s.Detail, Seconds: s.Took.Seconds()}
	if s.Problem != nil {
		out.Problem, out.Hint, out.Field = s.Problem.Message, s.Problem.Hint, intakes.FieldOf(kind+"."+s.Key, authentication)
	}
	return out
}

func (s supervised) Formats(context.Context) (list server.FormatList, err error) {
	streaming, err := defender.Streaming()
	if err != nil {
		return list, err
	}
	for _, f := range s.formats.All() {
		list.Formats = append(list.Formats, formatOf(f, streaming))
	}
	for _, b := range s.formats.Broken() {
		list.Broken = append(list.Broken, brokenOf(b))
	}
	return list, nil
}

// alter makes what the API was given the settings of an intake. What is left out stays, and so does a secret that is empty.
func alter(in *intakes.Intake, s *server.IntakeSettings) {
	for _, pair := range []struct{ to, from *string }{
		{&in.Entity, s.Entity}, {&in.SilenceAfter, s.SilenceAfter}, {&in.HubName, s.HubName}, {&in.ConsumerGroup, s.ConsumerGroup},
		{&in.Container, s.StorageContainer}, {&in.Authentication, s.Authentication}, {&in.Namespace, s.Namespace},
		{&in.StorageAccount, s.StorageAccount}, {&in.Credential, s.Credential}, {&in.TenantID, s.TenantID}, {&in.ClientID, s.ClientID},
		{&in.Transport, s.Transport}, {&in.Start, s.Start}, {&in.OnGap, s.OnGap},
		{&in.Brokers, s.Brokers}, {&in.Mechanism, s.SASLMechanism}, {&in.Username, s.Username}, {&in.BrokerCA, s.BrokerCA},
	} {
		if pair.from != nil {
			*pair.to = *pair.from
		}
	}
	if s.Tags != nil {
		in.Tags = s.Tags
	}
	if s.Categories != nil {
		in.Categories = s.Categories
	}
	if s.ChosenTables != nil {
		in.Chosen = s.ChosenTables
	}
	if s.Paused != nil {
		in.Paused = *s.Paused
	}
	if s.BrokerTLS != nil {
		in.TLSOff = !*s.BrokerTLS
	}
	if s.Rate != nil {
		in.Rate = *s.Rate
	}
	if s.StorageContainer != nil && *s.StorageContainer == "" && in.Source != blob.Kind { // there is no storage any more
		delete(in.Secrets, intakes.StorageConnectionString)
		if s.StorageAccount == nil {
			in.StorageAccount = ""
		}
	}
	for name, value := range map[string]*string{
		intakes.HubConnectionString: s.HubConnectionString, intakes.StorageConnectionString: s.StorageConnectionString, intakes.StorageSAS: s.StorageSAS, intakes.SASLPassword: s.SASLPassword,
		intakes.ClientSecret: s.ClientSecret, intakes.Certificate: s.Certificate, intakes.Proxy: s.Proxy,
	} {
		if value != nil && *value != "" {
			in.Secrets[name] = config.Secret(*value)
		}
	}
}

const ifPushDeleted = "Its key opens nothing any more, at once. Its events stay until retention deletes them, and keep its name, as do the ledger and the quarantine."

const ifDeleted = "Its events stay until retention deletes them, and keep its name, as do the ledger and the quarantine. "

// ifReadingDeleted is the rest of it, by the kind of source.
var ifReadingDeleted = map[string]string{
	intakes.EventHub: "What the hub has and was not read is not read any more; an intake made anew with this name and namespace goes on where this one ended.",
	blob.Kind:        "What the storage account has and was not read is not read any more; an intake made anew with this name and account goes on where this one ended.",
	kafka.Kind:       "What the topic has and was not read is not read any more; an intake made anew with this name and brokers goes on where this one ended.",
}

// maxUnfit is how many places with values that do not fit are shown of an intake.
const maxUnfit = 500

// intakeOf is an intake with what the plan knows of its values.
func (s supervised) intakeOf(state *intakes.State) server.Intake {
	in := intakeOf(state)
	if state.Intake.Source == push.Kind {
		in.Push, in.IntakeKey = s.pushOf(state), state.NewKey.Reveal()
		if in.IfDeleted != "" {
			in.IfDeleted = ifPushDeleted
		}
	}
	for _, u := range state.Unfit[:min(len(state.Unfit), maxUnfit)] {
		in.Unfit = append(in.Unfit, server.UnfitValues{
			Table: u.Table, Field: u.Field, Columns: s.plan.Table(u.Table).ColumnsOf(u.Field), Values: u.Values, Last: moment(u.Last),
		})
	}
	return in
}

// pushOf is how programs send to an intake, and what they have sent.
func (s supervised) pushOf(state *intakes.State) *server.IntakePush {
	out := &server.IntakePush{Address: s.push.Address}
	for _, k := range state.Keys {
		out.Keys = append(out.Keys, server.IntakeKey{Created: moment(k.Created), Ends: moment(k.Ends), Used: moment(k.Used)})
	}
	if s.push.Traffic == nil {
		return out
	}
	traffic := s.push.Traffic(state.Intake.Name)
	out.Requests, out.Events = traffic.Requests, traffic.Events
	for i := range traffic.Refused {
		out.Refused = append(out.Refused, refusalsOf(&traffic.Refused[i]))
	}
	if traffic.Unknown != nil {
		unknown := refusalsOf(traffic.Unknown)
		out.Unknown = &unknown
	}
	return out
}

func refusalsOf(r *push.Refused) server.PushRefusals {
	return server.PushRefusals{Reason: r.Reason, Count: r.Count, Last: moment(r.Last), From: r.From}
}

func intakeOf(s *intakes.State) server.Intake {
	st := &s.State
	in := server.Intake{
		Name: s.Intake.Name, Origin: string(s.Origin), Locked: s.Locked, Format: s.Format, IntakeSettings: intakeSettings(&s.Intake),
		NeverArrived: s.NeverArrived, Created: moment(s.Created), Changed: moment(s.Changed),
		Source: st.Source.Kind, State: string(st.State), Problem: problemText(st.Source.Problem), Warnings: st.Warnings,
		Since: moment(st.Since), LastMessage: moment(st.LastMessage), EventsPerSecond: st.EventsPerSecond,
		Counts: server.Counts{
			Records: st.Counts.Records, Kept: st.Counts.Kept, Repeated: st.Counts.Repeated, Quarantined: st.Counts.Rejected,
			Filtered: st.Counts.Filtered, Heartbeats: st.Counts.Heartbeats,
		},
	}
	if s.Locked == "" {
		in.IfDeleted = ifDeleted + ifReadingDeleted[st.Source.Kind]
	}
	for _, name := range intakes.Secrets {
		if s.Secrets[name] != "" {
			in.SecretsSet = append(in.SecretsSet, name)
		}
	}
	for i := range st.Source.Partitions {
		in.Partitions = append(in.Partitions, partitionOf(&st.Source.Partitions[i]))
	}
	for _, t := range st.Tables {
		in.Tables = append(in.Tables, server.IntakeTable{
			Table: t.Table, Events: t.Events, EventsPerSecond: t.EventsPerSecond, Unmapped: t.Unmapped, First: moment(s.Arrivals[t.Table].First), Last: moment(t.Last), Total: s.Arrivals[t.Table].Events,
		})
	}
	return in
}

// intakeSettings is what may be shown of the settings: all but the secrets.
func intakeSettings(in *intakes.Intake) server.IntakeSettings {
	text := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	out := server.IntakeSettings{
		Entity: text(in.Entity), Tags: in.Tags, Paused: &in.Paused, Categories: in.Categories, ChosenTables: in.Chosen, SilenceAfter: text(in.SilenceAfter),
		HubName: text(in.HubName), ConsumerGroup: text(in.ConsumerGroup), StorageContainer: text(in.Container),
		Authentication: text(in.Authentication), Namespace: text(in.Namespace), StorageAccount: text(in.StorageAccount),
		Credential: text(in.Credential), TenantID: text(in.TenantID), ClientID: text(in.ClientID),
		Transport: text(in.Transport), Start: text(in.Start), OnGap: text(in.OnGap), Rate: given(in.Rate),
		Brokers: text(in.Brokers), SASLMechanism: text(in.Mechanism), Username: text(in.Username), BrokerCA: text(in.BrokerCA),
	}
	if in.Source == kafka.Kind {
		encrypted := !in.TLSOff
		out.BrokerTLS = &encrypted
	}
	return out
}

// given is nil for a number that nobody has given.
func given(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func partitionOf(p *source.Partition) server.Partition {
	out := server.Partition{
		Hub: p.Hub, Partition: p.Partition, State: string(p.State), Owner: p.Owner, Owned: p.Owned,
		LastSequence: p.LastSequence, HubFirst: p.HubFirst, HubLast: p.HubLast,
		LagMessages: p.LagMessages, LagBytes: p.LagBytes, LagSeconds: p.LagSeconds, RunwaySeconds: p.RunwaySeconds,
		LastMessage: moment(p.LastRead), Error: problemText(p.Problem),
	}
	if p.Problem != nil {
		out.ErrorTime = moment(p.Problem.Time)
	}
	if s := p.Start; s != nil {
		out.Start = &server.Start{
			Checkpoint: s.Checkpoint, HubFirst: s.HubFirst, HubLast: s.HubLast, Begins: s.Begins, Reason: s.Reason, Time: moment(s.Time),
		}
	}
	return out
}

func problemText(p *source.Problem) string {
	if p == nil {
		return ""
	}
	return p.Error()
}

// moment is nil for a time that is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
