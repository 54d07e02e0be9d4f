package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/saved"
)

// SavedQueries are searches that somebody wants to have again. What others have not shared is ErrNotFound, what others
// have shared and who wants to change a *ConflictError, what makes no sense an *InputError.
type SavedQueries interface {
	// List gives those of a kind (empty: of any) of who, and those that others have shared.
	List(ctx context.Context, who string, kind saved.Kind) ([]SavedQuery, error)
	Add(ctx context.Context, who string, s SavedSearch) (*SavedQuery, error)
	Replace(ctx context.Context, who string, id int64, s SavedSearch) (*SavedQuery, error)
	Delete(ctx context.Context, who string, id int64) error
}

// SavedQuery is a search that was saved.
type SavedQuery saved.Query

// SavedSearch is what there is to save.
type SavedSearch saved.Search

// SavedQueryList is saved queries.
type SavedQueryList struct {
	Queries List[SavedQuery] `json:"queries" doc:"In order of name"`
}

type savedListInput struct {
	ActorInput
	Kind string `query:"kind" enum:"events,hunt" doc:"Only those; absent: of any kind"`
}

type saveInput struct {
	ActorInput
	Body SavedSearch
}

// SavedQueryInput names one of your saved queries.
type SavedQueryInput struct {
	ActorInput
	ID int64 `path:"id" minimum:"1"`
}

type saveAgainInput struct {
	SavedQueryInput
	Body SavedSearch
}

func (s *Server) registerSaved(api huma.API) {
	const what, tag, path = "saved queries", "saved queries", "/saved-queries"
	queries := s.backends.Saved
	huma.Register(api, get(access.EventsRead, "listSavedQueries", path, tag, "Your saved queries, and those that others share"), room(s, queries, what, "list saved queries",
		func(ctx context.Context, q SavedQueries, in *savedListInput) (SavedQueryList, error) {
			list, err := q.List(ctx, in.Actor, saved.Kind(in.Kind))
			return SavedQueryList{list}, err
		}))
	huma.Register(api, change(access.EventsRead, http.MethodPost, "addSavedQuery", path, tag, "Save a query"), room(s, queries, what, "save a query",
		func(ctx context.Context, q SavedQueries, in *saveInput) (*SavedQuery, error) {
			return q.Add(ctx, in.Actor, in.Body)
		}))
	huma.Register(api, change(access.EventsRead, http.MethodPut, "replaceSavedQuery", path+"/{id}", tag, "Save something else in place of one of your queries"), room(s, queries, what, "save a query",
		func(ctx context.Context, q SavedQueries, in *saveAgainInput) (*SavedQuery, error) {
			return q.Replace(ctx, in.Actor, in.ID, in.Body)
		}))
	huma.Register(api, quietly(access.EventsRead, http.MethodDelete, "deleteSavedQuery", path+"/{id}", tag, "Forget one of your saved queries"), deed(s, queries, what, "delete a saved query",
		func(ctx context.Context, q SavedQueries, in *SavedQueryInput) error {
			return q.Delete(ctx, in.Actor, in.ID)
		}))
}
