package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/retro"
)

// jobsPath is where jobs are started, with the rules and mappings that they are to try.
const jobsPath = "/api/v1/jobs"

// maxWork is a work's 16 MiB of files with what JSON adds to them.
const maxWork = 32 << 20

// Jobs go back over what is stored. Its methods return ErrNotFound for an id that is none, an *InputError or a
// *QueryError for work that makes no sense, and a *ConflictError where the state of a job does not allow what is asked.
type Jobs interface {
	JobQueue
	JobResults
}

// JobQueue is the jobs that there are.
type JobQueue interface {
	Start(ctx context.Context, w retro.Work) (*retro.Job, error)
	List(ctx context.Context, before int64, limit int) ([]retro.Job, error)
	Job(ctx context.Context, id int64) (*retro.Job, error)
	Cancel(ctx context.Context, id int64) error
	Again(ctx context.Context, id int64) (*retro.Job, error)
	Delete(ctx context.Context, id int64) error
}

// JobResults is what jobs have found.
type JobResults interface {
	Matches(ctx context.Context, id int64, s retro.Selection) (*retro.MatchPage, error)
	Rules(ctx context.Context, id int64) ([]retro.RuleCount, error)
	// Noise tells how often a rule (empty: any) matched over time.
	Noise(ctx context.Context, id int64, rule string) (*JobNoise, error)
	Difference(ctx context.Context, id int64) (*retro.Difference, error)
	// Preview tells what the exception of a job would have hidden of the alerts that its rule has raised.
	Preview(ctx context.Context, id int64) (*ExceptionPreview, error)
}

// JobList is jobs.
type JobList struct {
	Jobs List[retro.Job] `json:"jobs" doc:"Newest first"`
	Next int64           `json:"next,omitempty" doc:"Pass as before to get the following page; absent on the last"`
}

// JobMatches is a page of what a job has found.
type JobMatches struct {
	Matches List[retro.Match] `json:"matches" doc:"In the order in which they were found"`
	Next    int64             `json:"next,omitempty" doc:"Pass as after to get the following page; absent on the last"`
}

// JobRules is how often each rule matched.
type JobRules struct {
	Rules List[retro.RuleCount] `json:"rules" doc:"The most frequent first"`
}

// JobNoise is how often rules matched over time.
type JobNoise struct {
	IntervalSeconds float64           `json:"intervalSeconds" doc:"Width of a bucket"`
	Buckets         List[retro.Count] `json:"buckets" doc:"Those that have matches"`
}

// ExceptionPreview is what an exception would have hidden.
type ExceptionPreview struct {
	Events        int               `json:"events" doc:"Of alerts of the rule, in the job's time range, that are still referred to"`
	HiddenEvents  int               `json:"hiddenEvents"`
	Alerts        int               `json:"alerts" doc:"That the rule has raised"`
	HiddenAlerts  int               `json:"hiddenAlerts" doc:"Of which nothing would be left"`
	SmallerAlerts int               `json:"smallerAlerts" doc:"Of which some would be left"`
	TruePositives List[HiddenAlert] `json:"truePositives" doc:"Alerts with this verdict that would be hidden or smaller: the exception is a mistake, or to be thought over"`
	Verdicts      map[string]int    `json:"verdicts" doc:"Hidden alerts by verdict; empty: they have none yet"`
	More          bool              `json:"more,omitempty" doc:"The rule has raised more alerts than were looked at"`
}

// HiddenAlert is an alert of which an exception would have hidden events.
type HiddenAlert struct {
	Alert  string `json:"alert" doc:"Its id"`
	Title  string `json:"title"`
	Events int    `json:"events"`
	Hidden int    `json:"hidden"`
}

type jobStartInput struct {
	ActorInput
	Body retro.Work
}

type jobListInput struct {
	Before int64 `query:"before" minimum:"0" doc:"Next of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// JobInput names a job.
type JobInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// JobRuleInput names a job and, of what it found, a rule.
type JobRuleInput struct {
	JobInput
	Rule string `query:"rule" maxLength:"256" doc:"Id of a rule; absent: all of them"`
}

type jobMatchesInput struct {
	JobRuleInput
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	After int64 `query:"after" minimum:"0" doc:"Next of the page before"`
}

func (s *Server) registerJobs(api huma.API) {
	const what, tag = "jobs", "jobs"
	jobs := s.backends.Jobs
	start := change(access.JobsRun, http.MethodPost, "startJob", "/jobs", tag, "Run rules over what is stored, try a rule or an exception, or compare versions of mapping and rules")
	start.MaxBodyBytes, start.BodyReadTimeout = maxWork, time.Minute
	huma.Register(api, start, room(s, jobs, what, "start a job",
		func(ctx context.Context, j Jobs, in *jobStartInput) (*retro.Job, error) {
			in.Body.By = in.Actor
			return j.Start(ctx, in.Body)
		}))
	huma.Register(api, get(access.JobsRead, "listJobs", "/jobs", tag, "Jobs"), room(s, jobs, what, "list jobs",
		func(ctx context.Context, j Jobs, in *jobListInput) (*JobList, error) {
			list, err := j.List(ctx, in.Before, in.Limit)
			out := &JobList{Jobs: list}
			if len(list) == in.Limit {
				out.Next = list[len(list)-1].ID
			}
			return out, err
		}))
	huma.Register(api, get(access.JobsRead, "getJob", "/jobs/{id}", tag, "A job, and how far it is"), room(s, jobs, what, "read a job",
		func(ctx context.Context, j Jobs, in *JobInput) (*retro.Job, error) { return j.Job(ctx, in.ID) }))
	huma.Register(api, quietly(access.JobsRun, http.MethodPost, "cancelJob", "/jobs/{id}/cancel", tag, "End a job that waits or runs"), deed(s, jobs, what, "cancel a job",
		func(ctx context.Context, j Jobs, in *JobInput) error { return j.Cancel(ctx, in.ID) }))
	huma.Register(api, change(access.JobsRun, http.MethodPost, "repeatJob", "/jobs/{id}/again", tag, "Start a new job with the work of one that has ended"), room(s, jobs, what, "repeat a job",
		func(ctx context.Context, j Jobs, in *JobInput) (*retro.Job, error) { return j.Again(ctx, in.ID) }))
	huma.Register(api, quietly(access.JobsRun, http.MethodDelete, "deleteJob", "/jobs/{id}", tag, "Forget a job that has ended, and what it found"), deed(s, jobs, what, "delete a job",
		func(ctx context.Context, j Jobs, in *JobInput) error { return j.Delete(ctx, in.ID) }))
	s.registerJobResults(api, jobs, what, tag)
}

// registerJobResults adds the operations that show what a job found.
func (s *Server) registerJobResults(api huma.API, jobs Jobs, what, tag string) {
	huma.Register(api, get(access.JobsRead, "jobMatches", "/jobs/{id}/matches", tag, "What a job has found so far"), room(s, jobs, what, "list the matches of a job",
		func(ctx context.Context, j Jobs, in *jobMatchesInput) (*JobMatches, error) {
			page, err := j.Matches(ctx, in.ID, retro.Selection{Rule: in.Rule, Limit: in.Limit, After: in.After})
			if err != nil {
				return nil, err
			}
			return &JobMatches{page.Matches, page.Next}, nil
		}))
	huma.Register(api, get(access.JobsRead, "jobRules", "/jobs/{id}/rules", tag, "How often each rule matched; once the job has ended"), room(s, jobs, what, "list the rules of a job",
		func(ctx context.Context, j Jobs, in *JobInput) (JobRules, error) {
			list, err := j.Rules(ctx, in.ID)
			return JobRules{list}, err
		}))
	huma.Register(api, get(access.JobsRead, "jobNoise", "/jobs/{id}/noise", tag, "How often rules matched over time; once the job has ended"), room(s, jobs, what, "tell the noise of a job",
		func(ctx context.Context, j Jobs, in *JobRuleInput) (*JobNoise, error) {
			return j.Noise(ctx, in.ID, in.Rule)
		}))
	huma.Register(api, get(access.JobsRead, "jobDifference", "/jobs/{id}/difference", tag, "What a diff found; once it has ended"), room(s, jobs, what, "read the difference of a job",
		func(ctx context.Context, j Jobs, in *JobInput) (*retro.Difference, error) {
			return j.Difference(ctx, in.ID)
		}))
	huma.Register(api, get(access.JobsRead, "jobPreview", "/jobs/{id}/preview", tag, "What the exception of a job would have hidden of the alerts of its rule; once the job has ended"), room(s, jobs, what, "preview an exception",
		func(ctx context.Context, j Jobs, in *JobInput) (*ExceptionPreview, error) {
			return j.Preview(ctx, in.ID)
		}))
}
