package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// HuntSchedules are hunts that run by themselves and raise alerts. Its methods return ErrNotFound for an id that is none, a
// *HuntError or an *InputError for a schedule that makes no sense, and a *ConflictError where somebody else was faster.
type HuntSchedules interface {
	List(ctx context.Context) ([]HuntSchedule, error)
	Find(ctx context.Context, id int64) (*HuntSchedule, error)
	Add(ctx context.Context, who HuntWho, s *HuntStanding) (*HuntSchedule, error)
	Replace(ctx context.Context, who HuntWho, id int64, s *HuntStanding) (*HuntSchedule, error)
	Delete(ctx context.Context, id int64) error
	// Try runs a standing hunt once, and raises nothing.
	Try(ctx context.Context, who HuntWho, s *HuntStanding) (*HuntTrial, error)
	RunNow(ctx context.Context, id int64) (*HuntRun, error)
	Runs(ctx context.Context, id int64, most int) ([]HuntRun, error)
}

// HuntStanding is a hunt that is to run by itself.
type HuntStanding struct {
	Name        string          `json:"name" minLength:"1" maxLength:"100" doc:"No other schedule has it; alerts have it as their title"`
	Description string          `json:"description,omitempty" maxLength:"8192"`
	Query       string          `json:"query" maxLength:"65536" doc:"In KQL; now() is the end of the time that a run looks at"`
	Parameters  []HuntParameter `json:"parameters,omitempty" maxItems:"50"`
	Enabled     bool            `json:"enabled"`
	Every       int64           `json:"everySeconds" minimum:"300" maximum:"604800" doc:"From one run to the next"`
	Lookback    int64           `json:"lookbackSeconds" minimum:"300" maximum:"7776000" doc:"What a run looks at, unless the query restricts Timestamp itself; at least as long as everySeconds"`
	Threshold   HuntThreshold   `json:"threshold"`
	Severity    string          `json:"severity" enum:"informational,low,medium,high,critical"`
	Tactics     []string        `json:"tactics,omitempty" maxItems:"30" doc:"Of ATT&CK, as initial-access"`
	Techniques  []string        `json:"techniques,omitempty" maxItems:"30" doc:"Of ATT&CK, as T1059.001"`
	Entities    []HuntEntity    `json:"entities,omitempty" maxItems:"20" doc:"Which columns of the result hold what"`
	Grouping    string          `json:"grouping" enum:"run,entity,row" doc:"Which rows make an alert: all of a run, those with the same entities, or each"`
	Suppress    int64           `json:"suppressSeconds,omitempty" minimum:"0" maximum:"7776000" doc:"For how long it rests once it has found something"`
	Revision    int64           `json:"revision,omitempty" minimum:"0" doc:"Of the schedule that is changed; 0: whichever"`
}

// HuntThreshold is which numbers of rows are worth an alert.
type HuntThreshold struct {
	Op   string `json:"op" enum:">,>=,=,<"`
	Rows int64  `json:"rows" minimum:"0"`
}

// HuntEntity says what the values of a column are.
type HuntEntity struct {
	Kind   string `json:"kind" enum:"host,user,process,file,ip,url,mailbox,mail,app,registry,resource,other"`
	Column string `json:"column" minLength:"1" maxLength:"256"`
}

// HuntSchedule is a standing hunt with what has come of it.
type HuntSchedule struct {
	ID int64 `json:"id"`
	HuntStanding
	Rule       string     `json:"rule" doc:"Id under which its alerts know it"`
	CreatedBy  string     `json:"createdBy"`
	Created    time.Time  `json:"created"`
	ChangedBy  string     `json:"changedBy"`
	Changed    time.Time  `json:"changed"`
	Next       *time.Time `json:"nextRun,omitempty" doc:"Absent while it is not enabled"`
	Suppressed *time.Time `json:"suppressedUntil,omitempty" doc:"Absent unless it rests"`
	Last       *HuntRun   `json:"lastRun,omitempty" doc:"Absent before the first"`
}

// HuntRun is a run of a schedule.
type HuntRun struct {
	ID      int64     `json:"id"`
	Started time.Time `json:"started"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Seconds float64   `json:"seconds"`
	State   string    `json:"state" enum:"done,failed,missed"`
	Rows    int64     `json:"rows"`
	Alerts  int       `json:"alerts" doc:"Findings that became alerts, or joined such that are there"`
	Error   string    `json:"error,omitempty"`
}

// HuntTrial is what a standing hunt would find at the moment.
type HuntTrial struct {
	Rows   int64        `json:"rows"`
	Alerts int          `json:"alerts"`
	Groups List[string] `json:"groups" doc:"What tells the alerts apart, of the first 20"`
}

// HuntScheduleList is schedules.
type HuntScheduleList struct {
	Schedules List[HuntSchedule] `json:"schedules" doc:"By name"`
}

// HuntRunList is runs of a schedule.
type HuntRunList struct {
	Runs List[HuntRun] `json:"runs" doc:"Newest first; the last 200 are kept"`
}

type huntStandingInput struct {
	ActorInput
	Body HuntStanding
}

// HuntScheduleInput names a schedule.
type HuntScheduleInput struct {
	ActorInput
	ID int64 `path:"id" minimum:"1"`
}

type huntReplaceInput struct {
	HuntScheduleInput
	Body HuntStanding
}

type huntRunsInput struct {
	HuntScheduleInput
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// registerHuntSchedules adds the hunts that run by themselves.
func (s *Server) registerHuntSchedules(api huma.API) {
	const what, tag, path = "scheduled hunts", "hunting", "/hunt/schedules"
	schedules := s.backends.HuntSchedules
	huma.Register(api, get(access.HuntsSchedule, "listHuntSchedules", path, tag, "Hunts that run by themselves"), room(s, schedules, what, "list schedules",
		func(ctx context.Context, h HuntSchedules, _ *ActorInput) (HuntScheduleList, error) {
			list, err := h.List(ctx)
			return HuntScheduleList{list}, err
		}))
	huma.Register(api, change(access.HuntsSchedule, http.MethodPost, "addHuntSchedule", path, tag, "Let a hunt run by itself and raise alerts"), room(s, schedules, what, "make a schedule",
		func(ctx context.Context, h HuntSchedules, in *huntStandingInput) (*HuntSchedule, error) {
			return h.Add(ctx, huntWho(ctx, in.Actor), &in.Body)
		}))
	try := noting(change(access.HuntsSchedule, http.MethodPost, "tryHuntSchedule", path+"/test", tag, "What a schedule would find at the moment; raises nothing"), quietKey)
	huma.Register(api, try, room(s, schedules, what, "try a schedule",
		func(ctx context.Context, h HuntSchedules, in *huntStandingInput) (*HuntTrial, error) {
			return h.Try(ctx, huntWho(ctx, in.Actor), &in.Body)
		}))
	huma.Register(api, get(access.HuntsSchedule, "getHuntSchedule", path+"/{id}", tag, "A hunt that runs by itself"), room(s, schedules, what, "read a schedule",
		func(ctx context.Context, h HuntSchedules, in *HuntScheduleInput) (*HuntSchedule, error) {
			return h.Find(ctx, in.ID)
		}))
	huma.Register(api, change(access.HuntsSchedule, http.MethodPut, "replaceHuntSchedule", path+"/{id}", tag, "Change a hunt that runs by itself"), room(s, schedules, what, "change a schedule",
		func(ctx context.Context, h HuntSchedules, in *huntReplaceInput) (*HuntSchedule, error) {
			return h.Replace(ctx, huntWho(ctx, in.Actor), in.ID, &in.Body)
		}))
	huma.Register(api, quietly(access.HuntsSchedule, http.MethodDelete, "deleteHuntSchedule", path+"/{id}", tag, "End a hunt that runs by itself; its alerts stay"), deed(s, schedules, what, "delete a schedule",
		func(ctx context.Context, h HuntSchedules, in *HuntScheduleInput) error {
			return h.Delete(ctx, in.ID)
		}))
	huma.Register(api, change(access.HuntsSchedule, http.MethodPost, "runHuntSchedule", path+"/{id}/run", tag, "Run it now, and raise alerts of what it finds"), room(s, schedules, what, "run a schedule",
		func(ctx context.Context, h HuntSchedules, in *HuntScheduleInput) (*HuntRun, error) {
			return h.RunNow(ctx, in.ID)
		}))
	huma.Register(api, get(access.HuntsSchedule, "huntScheduleRuns", path+"/{id}/runs", tag, "What its runs came to"), room(s, schedules, what, "list the runs of a schedule",
		func(ctx context.Context, h HuntSchedules, in *huntRunsInput) (HuntRunList, error) {
			list, err := h.Runs(ctx, in.ID, in.Limit)
			return HuntRunList{list}, err
		}))
}
