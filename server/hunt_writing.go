package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// HuntCheck is what is known of a query without running it.
type HuntCheck struct {
	Valid          bool             `json:"valid"`
	Diagnostics    List[HuntRemark] `json:"diagnostics" doc:"What is wrong with it"`
	Columns        List[HuntColumn] `json:"columns" doc:"Of its result"`
	Render         *HuntRender      `json:"render,omitempty"`
	Notices        List[HuntRemark] `json:"notices"`
	Reads          List[HuntRead]   `json:"reads" doc:"What it would read"`
	TimeSetInQuery bool             `json:"timeSetInQuery" doc:"The query restricts Timestamp itself; the time range of the request does not count"`
	Compiled       float64          `json:"compileSeconds"`
}

// HuntCompletion is what can stand at a place of a query.
type HuntCompletion struct {
	Start int                      `json:"start" doc:"Of what is replaced, in UTF-16 units from 0"`
	End   int                      `json:"end"`
	Items List[HuntCompletionItem] `json:"items" doc:"The best first"`
}

// HuntCompletionItem is one of the things that can stand there.
type HuntCompletionItem struct {
	Label         string `json:"label"`
	Insert        string `json:"insert" doc:"What takes the place of the text between start and end"`
	Kind          string `json:"kind" example:"column" doc:"table, column, function, aggregate, operator, keyword, …"`
	Detail        string `json:"detail,omitempty" doc:"Type or signature"`
	Documentation string `json:"documentation,omitempty"`
}

// HuntHover is what stands at a place of a query.
type HuntHover struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Title string `json:"title" doc:"Signature or type; empty: there is nothing to say"`
	Text  string `json:"text"`
}

// HuntSchema is the tables that queries may name.
type HuntSchema struct {
	Tables List[HuntTable] `json:"tables"`
}

// HuntTable is a table that queries may name.
type HuntTable struct {
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Columns     List[HuntColumn] `json:"columns"`
	Rows        int64            `json:"rows" doc:"That are stored; 0: none ever came, or you see some intakes alone"`
	Oldest      *time.Time       `json:"oldest,omitempty"`
	Newest      *time.Time       `json:"newest,omitempty"`
}

// HuntPlace is a place in a query.
type HuntPlace struct {
	Query  string `json:"query" maxLength:"65536"`
	Offset int    `json:"offset" minimum:"0" maximum:"65536" doc:"In UTF-16 units from 0, as JavaScript counts"`
}

type huntCheckInput struct {
	ActorInput
	Body HuntText
}

type huntPlaceInput struct{ Body HuntPlace }

// registerHuntWriting adds what helps whoever writes a query.
func (s *Server) registerHuntWriting(api huma.API, hunts Hunts, what, tag string) {
	writing := func(id, path, summary string) huma.Operation {
		return noting(change(access.HuntsRun, http.MethodPost, id, path, tag, summary), quietKey)
	}
	huma.Register(api, writing("checkHunt", "/hunt/check", "What is wrong with a query, what it gives and what it would read"), room(s, hunts, what, "check a hunt",
		func(ctx context.Context, h Hunts, in *huntCheckInput) (*HuntCheck, error) {
			return h.Check(ctx, huntWho(ctx, in.Actor), &HuntOrder{HuntText: in.Body})
		}))
	huma.Register(api, writing("completeHunt", "/hunt/complete", "What can stand at a place of a query"), room(s, hunts, what, "complete a query",
		func(ctx context.Context, h Hunts, in *huntPlaceInput) (*HuntCompletion, error) {
			return h.Complete(ctx, in.Body.Query, in.Body.Offset)
		}))
	huma.Register(api, writing("hoverHunt", "/hunt/hover", "What stands at a place of a query"), room(s, hunts, what, "explain a place of a query",
		func(ctx context.Context, h Hunts, in *huntPlaceInput) (*HuntHover, error) {
			return h.Hover(ctx, in.Body.Query, in.Body.Offset)
		}))
	huma.Register(api, get(access.HuntsRun, "huntSchema", "/hunt/schema", tag, "The tables that queries may name, with their columns"), room(s, hunts, what, "describe the tables",
		func(ctx context.Context, h Hunts, in *ActorInput) (*HuntSchema, error) {
			return h.Schema(ctx, huntWho(ctx, in.Actor))
		}))
}

// HuntPast is a hunt that was run.
type HuntPast struct {
	ID      int64     `json:"id"`
	Query   string    `json:"query"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Started time.Time `json:"started"`
	Elapsed float64   `json:"elapsedSeconds"`
	Rows    int64     `json:"rows"`
	Cut     bool      `json:"cut" doc:"There were more rows"`
	Outcome string    `json:"outcome" enum:"done,failed,cancelled"`
	Error   string    `json:"error,omitempty"`
}

// HuntHistory is a page of hunts that were run.
type HuntHistory struct {
	Entries List[HuntPast] `json:"entries" doc:"Newest first; the last 500 are kept"`
	Next    int64          `json:"next,omitempty" doc:"Pass as before to get the following page; absent on the last"`
}

// HuntProgressList is hunts that wait or run.
type HuntProgressList struct {
	Hunts List[HuntProgress] `json:"hunts"`
}

type huntHistoryInput struct {
	ActorInput
	Before int64 `query:"before" minimum:"0" doc:"Next of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// HuntPastInput names a hunt of the history.
type HuntPastInput struct {
	ActorInput
	ID int64 `path:"id" minimum:"1"`
}

// registerHuntHistory adds what was hunted before.
func (s *Server) registerHuntHistory(api huma.API, hunts Hunts, what, tag string) {
	huma.Register(api, get(access.HuntsRun, "huntHistory", "/hunt/history", tag, "The hunts that you have run"), room(s, hunts, what, "read the history of hunts",
		func(ctx context.Context, h Hunts, in *huntHistoryInput) (*HuntHistory, error) {
			list, err := h.History(ctx, huntWho(ctx, in.Actor), in.Before, in.Limit)
			out := &HuntHistory{Entries: list}
			if len(list) == in.Limit {
				out.Next = list[len(list)-1].ID
			}
			return out, err
		}))
	huma.Register(api, noting(quietly(access.HuntsRun, http.MethodDelete, "clearHuntHistory", "/hunt/history", tag, "Forget all hunts that you have run"), quietKey), deed(s, hunts, what, "clear the history of hunts",
		func(ctx context.Context, h Hunts, in *ActorInput) error {
			return h.Forget(ctx, huntWho(ctx, in.Actor), 0)
		}))
	huma.Register(api, noting(quietly(access.HuntsRun, http.MethodDelete, "forgetHunt", "/hunt/history/{id}", tag, "Forget a hunt that you have run"), quietKey), deed(s, hunts, what, "forget a hunt",
		func(ctx context.Context, h Hunts, in *HuntPastInput) error {
			return h.Forget(ctx, huntWho(ctx, in.Actor), in.ID)
		}))
}
