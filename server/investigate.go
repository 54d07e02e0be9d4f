package server

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Investigator finds what belongs to an event. Its methods return ErrNotFound for an event or alert that is not there.
type Investigator interface {
	Relations(ctx context.Context, event string) ([]Relation, error)
	// Graph joins the relations of an alert's events.
	Graph(ctx context.Context, alert int64) (*EntityGraph, error)
	// Sentences says what an alert's events are, as far as they are still stored, in the order of time.
	Sentences(ctx context.Context, alert int64) ([]EventSentence, error)
	// Processes are those of the event's host around it, siblings and children no further away than window.
	Processes(ctx context.Context, event string, window time.Duration) (*ProcessTree, error)
	// Related are the questions that lead on from an event, with how many events answer them if count is set.
	Related(ctx context.Context, event string, count bool) ([]RelatedEvents, error)
	// Provenance tells where each field of an event came from.
	Provenance(ctx context.Context, event string) (*Provenance, error)
	// Timeline is every event of a host or of a user, newest first.
	Timeline(ctx context.Context, host, user string, from, to time.Time, limit int, after string) (*EventPage, error)
}

// Entity is who or what an event tells of.
type Entity struct {
	Kind  string  `json:"kind" doc:"host, user, process, file, ip, url, domain, mailbox, mail, app, registry, service …" example:"process"`
	Value string  `json:"value" doc:"By which people know it" example:"powershell.exe"`
	Key   string  `json:"key,omitempty" doc:"Tells it from others of the same value, as the device, id and start of a process; absent where the event does not say"`
	Field string  `json:"field,omitempty" doc:"Field that has it" example:"process.name"`
	Raw   *string `json:"raw,omitempty" doc:"Value of the field, to search for; absent where it is too long, or no field has it"`
}

// Relation says that somebody did something to something.
type Relation struct {
	Subject Entity `json:"subject"`
	Verb    string `json:"verb" example:"started"`
	Object  Entity `json:"object"`
}

// Relations are those that an event tells of.
type Relations struct {
	Relations List[Relation] `json:"relations"`
}

// EventSentence is an event of an alert in a sentence.
type EventSentence struct {
	ID       string   `json:"id" doc:"Of the event"`
	Sentence Sentence `json:"sentence"`
}

// EventSentences are an alert's events in a sentence each.
type EventSentences struct {
	Sentences List[EventSentence] `json:"sentences" doc:"In the order of time; events that are not stored any more are left out"`
}

// EntityGraph is who and what the events of an alert connect.
type EntityGraph struct {
	Nodes   List[GraphNode] `json:"nodes" doc:"In the order in which they occurred, 300 at most"`
	Edges   List[GraphEdge] `json:"edges" doc:"In the order in which they occurred, 1000 at most"`
	Events  int             `json:"events" doc:"That it was made of"`
	Missing int             `json:"missing" doc:"Events of the alert that are not stored any more"`
	LeftOut int             `json:"leftOut" doc:"Relations that were too many to show"`
}

// GraphNode is somebody or something.
type GraphNode struct {
	ID string `json:"id" doc:"Within the graph" example:"n1"`
	Entity
	Occurrences int       `json:"occurrences" doc:"In relations"`
	First       time.Time `json:"first"`
	Last        time.Time `json:"last"`
}

// GraphEdge says that one did something to another, however often.
type GraphEdge struct {
	From   string       `json:"from" doc:"Id of the subject"`
	To     string       `json:"to" doc:"Id of the object"`
	Verb   string       `json:"verb"`
	Count  int          `json:"count"`
	First  time.Time    `json:"first"`
	Last   time.Time    `json:"last"`
	Events List[string] `json:"events" doc:"Ids of the first events that tell of it, 10 at most"`
}

// ProcessTree is the processes of a host around one of them.
type ProcessTree struct {
	Host      string            `json:"host,omitempty"`
	Subject   string            `json:"subject,omitempty" doc:"Id of the process that the event is about; absent: it tells of none"`
	Processes List[TreeProcess] `json:"processes" doc:"Ancestors of the subject, what it started, and what its ancestors started; parents before their children, 500 at most"`
	From      time.Time         `json:"from" doc:"Siblings and children are looked for from here"`
	To        time.Time         `json:"to"`
	Truncated bool              `json:"truncated" doc:"There are more processes than are shown"`
}

// TreeProcess is a process, as far as stored events tell of it.
type TreeProcess struct {
	ID          string     `json:"id" doc:"Within the tree" example:"p1"`
	Parent      string     `json:"parent,omitempty" doc:"Id of the process that started it; absent at a root"`
	PID         int64      `json:"pid"`
	Started     *time.Time `json:"started,omitempty"`
	Name        string     `json:"name,omitempty"`
	CommandLine string     `json:"commandLine,omitempty"`
	Executable  string     `json:"executable,omitempty"`
	User        string     `json:"user,omitempty"`
	SHA256      string     `json:"sha256,omitempty"`
	Event       string     `json:"event,omitempty" doc:"Id of the event of its start; absent: that is not stored"`
}

// RelatedEvents is a question that leads from an event to others.
type RelatedEvents struct {
	Name  string    `json:"name" example:"Same process"`
	Group string    `json:"group" doc:"What they have in common" enum:"process,host,user,logon,file,ip,url,mail,registry,alert"`
	Query string    `json:"query"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Count *int64    `json:"count,omitempty" doc:"Events that match; absent: not counted"`
}

// RelatedList is the questions that lead on from an event.
type RelatedList struct {
	Related List[RelatedEvents] `json:"related"`
}

type processesInput struct {
	ID      string `path:"id" pattern:"^[0-9a-f]{32}$" doc:"Identity of the event"`
	Minutes int    `query:"minutes" minimum:"1" maximum:"1440" default:"60" doc:"How far before and after the event siblings and children are looked for"`
}

type relatedInput struct {
	ID    string `path:"id" pattern:"^[0-9a-f]{32}$" doc:"Identity of the event"`
	Count bool   `query:"count" doc:"Count the events of each; takes a query each"`
}

type timelineInput struct {
	Host  string    `query:"host" maxLength:"512" doc:"Name or id of a host; either this or user"`
	User  string    `query:"user" maxLength:"512" doc:"A user: name, domain\\name or address"`
	From  time.Time `query:"from" doc:"Start of the time range, in it; default: 24 hours before its end"`
	To    time.Time `query:"to" doc:"End of the time range, not in it; default: now"`
	Limit int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Events a page"`
	After string    `query:"after" maxLength:"512" doc:"Next of the page before"`
}

// inquire makes the handler of a question of an investigator, which takes a slot as other queries do.
func inquire[I, O any](s *Server, doing string, ask func(context.Context, Investigator, *I) (O, error)) func(context.Context, *I) (*output[O], error) {
	return room(s, s.backends.Investigator, "events", doing, func(ctx context.Context, i Investigator, in *I) (O, error) {
		ctx, done, err := s.running(ctx)
		if err != nil {
			var none O
			return none, err
		}
		defer done()
		return ask(ctx, i, in)
	})
}

func (s *Server) registerInvestigator(api huma.API) {
	huma.Register(api, get(access.EventsRead, "eventRelations", "/events/{id}/relations", "events", "Who did what to whom in an event"), inquire(s, "find the relations of an event",
		func(ctx context.Context, i Investigator, in *eventInput) (Relations, error) {
			list, err := i.Relations(ctx, in.ID)
			return Relations{list}, err
		}))
	huma.Register(api, get(access.EventsRead, "eventProcesses", "/events/{id}/processes", "events", "Process tree of the host around an event"), inquire(s, "find the processes around an event",
		func(ctx context.Context, i Investigator, in *processesInput) (*ProcessTree, error) {
			return i.Processes(ctx, in.ID, time.Duration(in.Minutes)*time.Minute)
		}))
	huma.Register(api, get(access.EventsRead, "relatedEvents", "/events/{id}/related", "events", "Queries that lead from an event to related ones"), inquire(s, "find what is related to an event",
		func(ctx context.Context, i Investigator, in *relatedInput) (RelatedList, error) {
			list, err := i.Related(ctx, in.ID, in.Count)
			return RelatedList{list}, err
		}))
	huma.Register(api, get(access.EventsRead, "timeline", "/timeline", "events", "Every event of a host or a user, newest first"), inquire(s, "read a timeline",
		func(ctx context.Context, i Investigator, in *timelineInput) (*EventPage, error) {
			if (in.Host == "") == (in.User == "") {
				return nil, &InputError{Field: "host", Message: "A timeline is of a host or of a user.", Hint: "Give either host or user."}
			}
			sel, err := SelectionInput{From: in.From, To: in.To}.selection()
			if err != nil {
				return nil, err
			}
			return i.Timeline(ctx, in.Host, in.User, sel.From, sel.To, in.Limit, in.After)
		}))
	huma.Register(api, get(access.AlertsRead, "alertGraph", "/alerts/{id}/graph", "alerts", "Who and what the events of an alert connect"), inquire(s, "join the relations of an alert",
		func(ctx context.Context, i Investigator, in *alertInput) (*EntityGraph, error) {
			return i.Graph(ctx, in.ID)
		}))
	huma.Register(api, get(access.AlertsRead, "alertSentences", "/alerts/{id}/sentences", "alerts", "What the events of an alert are, in a sentence each"), inquire(s, "tell of the events of an alert",
		func(ctx context.Context, i Investigator, in *alertInput) (EventSentences, error) {
			list, err := i.Sentences(ctx, in.ID)
			return EventSentences{list}, err
		}))
}
