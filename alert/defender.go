package alert

import (
	"fmt"
	"slices"
	"strings"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
)

const untitled = "Evidence of an alert whose description has not arrived"

// defender adds a record of AlertInfo or AlertEvidence to the alert that it is of, whichever of them comes first.
func (w *writing) defender(s *sighting, alertID string, matches []string) error {
	rec := &w.alerts.rec
	rule, taken := w.integration(column(rec, "ServiceSource"), matches)
	if !taken {
		return nil
	}
	f := Finding{Origin: FromDefender, Events: []Event{s.look().event}}
	f.complete()
	if fresh, err := w.isNew(f.match()); err != nil || !fresh {
		return err
	}
	d, err := w.defendersDraft(&f, rec, alertID)
	if err != nil {
		return err
	}
	d.dirty = true
	d.span(f.First, f.Last)
	d.refer(s.event)
	own := d.Defender
	fill(&own.Service, column(rec, "ServiceSource"))
	fill(&own.Source, column(rec, "DetectionSource"))
	fill(&own.Group, column(rec, "MachineGroup"))
	for _, t := range listColumn(rec, "AttackTechniques") {
		for _, id := range technique.FindAllString(t, maxList) {
			d.Techniques = include(d.Techniques, strings.ToUpper(id))
		}
	}
	if strings.EqualFold(rec.Table, infoTable) {
		d.info(w, rec, &rule)
	} else {
		d.evidence(w, rec, &rule)
		for _, e := range evidenceOf(&w.alerts.event, rec, s.entities) {
			d.meet(&e, f.First, f.Last)
		}
	}
	d.ownDescription()
	return nil
}

// integration finds the rule that speaks for a service. Its alerts are not taken when that rule is disabled.
func (w *writing) integration(service string, matches []string) (r Rule, taken bool) {
	for _, id := range matches {
		if r, known := w.alerts.rule(id); known && r.Integration {
			return r, true
		}
	}
	r, enabled, known := w.alerts.options.Integrations.Integration(service)
	return r, enabled || !known
}

// defendersDraft finds the draft of an alert of Defender's or begins it. Its events belong together however far apart they
// are; what happens after it was closed reopens it, unless it was a false positive.
func (w *writing) defendersDraft(f *Finding, rec *record.Record, alertID string) (*draft, error) {
	key := keyOf(FromDefender, rec.Tenant, []Value{{"AlertId", alertID}})
	drafts, err := w.group(key)
	if err != nil {
		return nil, err
	}
	if len(drafts) == 0 {
		d := w.begin(FromDefender, "", key, f.First, f.Last, false)
		d.Provisional, d.Title, d.Occurrences = true, untitled, 1
		d.Defender = &Defender{AlertID: cut(alertID, maxTerm), Tenant: cut(rec.Tenant, maxTerm)}
		return d, nil
	}
	d := drafts[0]
	d.hear(false)
	if d.Defender == nil {
		d.Defender = &Defender{AlertID: cut(alertID, maxTerm), Tenant: cut(rec.Tenant, maxTerm)}
	}
	if err := w.loadEntities(d); err != nil {
		return nil, err
	}
	if d.Status == StatusClosed {
		if d.Verdict != FalsePositive && f.Last.After(d.Closed) {
			d.reopen(w.now, "Defender saw more of it")
		} else {
			d.late(w.now, f.Last.After(d.Closed))
		}
	}
	return d, nil
}

func fill(field *string, value string) {
	if *field == "" {
		*field = cut(value, maxTitle)
	}
}

// info takes over the description of the alert.
func (d *draft) info(w *writing, rec *record.Record, rule *Rule) {
	own := d.Defender
	severity := column(rec, "Severity")
	level := rule.levelOf(severity)
	title := cut(column(rec, "Title"), maxTitle)
	if title == "" {
		title = "Alert " + own.AlertID
	}
	if d.Provisional {
		if !d.fresh {
			d.note(w.now, "description", d.Title, title, "The description of the alert has arrived.")
			d.Version++
		}
		d.Provisional = false
	} else {
		d.Occurrences++
		if d.Title != title {
			d.note(w.now, "title", d.Title, title, "Defender has described the alert anew.")
		}
	}
	d.grade(level, w.now, "Defender says so.")
	d.Title, own.Severity = title, cut(severity, maxTitle)
	own.Category = cut(column(rec, "Category"), maxTitle)
	if tactic := tacticOf(own.Category); tactic != "" {
		d.Tactics = include(d.Tactics, tactic)
	}
	d.integrated(rule)
}

// evidence takes over what evidence says of its alert, as long as nothing better is known.
func (d *draft) evidence(w *writing, rec *record.Record, rule *Rule) {
	for _, c := range listColumn(rec, "Categories") {
		if tactic := tacticOf(c); tactic != "" {
			d.Tactics = include(d.Tactics, tactic)
		}
	}
	d.integrated(rule)
	if !d.Provisional {
		return
	}
	if title := column(rec, "Title"); title != "" && d.Title == untitled {
		d.Title = cut(title, maxTitle)
	}
	if severity := column(rec, "Severity"); severity != "" && d.Defender.Severity == "" {
		d.Defender.Severity = cut(severity, maxTitle)
	}
	d.grade(rule.levelOf(d.Defender.Severity), w.now, "Evidence says so.")
}

// integrated takes over what the integration rule says. Which techniques it is about Defender knows better.
func (d *draft) integrated(rule *Rule) {
	if rule.ID == "" {
		return
	}
	if d.Rule != rule.ID {
		d.addTags(rule.Tags)
	}
	d.Rule, d.Author = cut(rule.ID, maxTerm), cut(rule.Author, maxTitle)
	d.FalsePositives = cutList(rule.FalsePositives)
	d.References = cutList(rule.References)
}

// levelOf is the level of an alert of that severity.
func (r *Rule) levelOf(severity string) sigma.Level {
	severity = strings.ToLower(severity)
	if level, said := r.Levels[severity]; said {
		return gradeOf(level)
	}
	return gradeOf(sigma.Level(severity))
}

// ownDescription says where the alert comes from; Defender's stream has no description in words.
func (d *draft) ownDescription() {
	own := d.Defender
	from := own.Service
	if from == "" {
		from = "Microsoft Defender"
	}
	text := "Alert of " + from
	if own.Source != "" && own.Source != own.Service {
		text += ", detected by " + own.Source
	}
	if own.Category != "" {
		text += ", category " + own.Category
	}
	text += "."
	if d.Provisional {
		text += " Only evidence of it has arrived so far; its description is completed when that comes."
	}
	d.Description = cut(text, maxText)
}

// evidenceKinds are the kinds of the types of evidence, in lower case.
var evidenceKinds = map[string]Kind{
	"machine": Host, "user": User, "process": Process, "file": File, "ip": IP, "url": URL, "mailmessage": Mail, "mailcluster": Mail,
	"mailbox": Mailbox, "cloudapplication": App, "oauthapplication": App, "registrykey": Registry, "registryvalue": Registry,
	"cloudresource": Resource,
}

var (
	suspicionLevel   = locate("microsoft.defender.threat.suspicion_level")
	remediationState = locate("microsoft.defender.threat.last_remediation_state")
	threatFamily     = locate("microsoft.defender.threat.family")
)

// evidenceOf is the entity that a row of AlertEvidence is about, and those beside it that the row names.
func evidenceOf(ev *ecs.Event, rec *record.Record, list []Entity) []Entity {
	kindName := column(rec, "EntityType")
	kind, known := evidenceKinds[strings.ToLower(kindName)]
	if !known {
		kind = Other
	}
	x := &extraction{ev: ev, rec: rec, list: slices.Clone(list)}
	x.subject(kind, kindName)
	role := strings.ToLower(cut(column(rec, "EvidenceRole"), maxTag))
	direction := strings.ToLower(cut(column(rec, "EvidenceDirection"), maxTag))
	for i := range x.list {
		e := &x.list[i]
		if e.Kind != kind {
			if len(e.Roles) == 0 {
				e.Roles = []string{"related"}
			}
			continue
		}
		about := Entity{EntityFacts: EntityFacts{Roles: []string{role, direction}, Details: map[string]string{
			"suspicion": suspicionLevel.text(ev), "remediation": remediationState.text(ev), "threat": threatFamily.text(ev),
		}}}
		about.Roles = slices.DeleteFunc(about.Roles, func(r string) bool { return r == "" })
		e.take(&about)
	}
	return x.list
}

// subject sees to it that the entity which the row is about is in the list.
func (x *extraction) subject(kind Kind, name string) {
	switch kind {
	case Process:
		x.imageOfProcess()
	case Mailbox:
		x.add(Mailbox, firstOf(x.ev, accountUPN, userEmail, mailTo, userName), accountUPN, "")
	case App:
		if id := column(x.rec, "OAuthApplicationId"); id != "" {
			x.add(App, id, field{name: "OAuthApplicationId"}, "", "id", id)
		}
	case Resource:
		id, short := column(x.rec, "ResourceID"), column(x.rec, "CloudResource")
		if id == "" {
			id = short
		}
		x.add(Resource, id, field{name: "ResourceID"}, "", "name", short, "type", column(x.rec, "ResourceType"), "platform", column(x.rec, "CloudPlatform"))
	}
	if !slices.ContainsFunc(x.list, func(e Entity) bool { return e.Kind == kind }) && name != "" {
		x.add(Other, fmt.Sprintf("%s that is not described", name), field{name: "EntityType"}, "")
	}
}

// imageOfProcess makes the file of a row about a process what it is: the image of that process.
func (x *extraction) imageOfProcess() {
	at := slices.IndexFunc(x.list, func(e Entity) bool { return e.Kind == File })
	if at < 0 {
		return
	}
	image := x.list[at]
	x.list = slices.Delete(x.list, at, at+1)
	about := Entity{EntityFacts: EntityFacts{Details: map[string]string{"executable": image.Value}}}
	for _, k := range []string{"name", "sha256", "sha1", "md5"} {
		about.Details[k] = image.Details[k]
	}
	if i := slices.IndexFunc(x.list, func(e Entity) bool { return e.Kind == Process }); i >= 0 {
		x.list[i].take(&about)
		return
	}
	x.add(Process, image.Value, fileName, "", "name", image.Details["name"], "sha256", image.Details["sha256"], "sha1", image.Details["sha1"])
}
