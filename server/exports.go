package server

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"penstock/access"
	"penstock/export"
)

// Exports write what a search finds to files, in the background. Each is its owner's: for anybody else it is ErrNotFound.
type Exports interface {
	Start(ctx context.Context, who string, o export.Order) (*Export, error)
	List(ctx context.Context, who string) ([]Export, error)
	Job(ctx context.Context, who string, id int64) (*Export, error)
	// Open opens the file of an export that is done.
	Open(ctx context.Context, who string, id int64) (*os.File, *Export, error)
	Cancel(ctx context.Context, who string, id int64) error
	Delete(ctx context.Context, who string, id int64) error
}

// Export is an export, and how far it is.
type Export export.Job

// ExportList is exports.
type ExportList struct {
	Exports List[Export] `json:"exports" doc:"Newest first"`
}

type exportStartInput struct {
	ActorInput
	Body export.Order
}

type exportInput struct {
	ActorInput
	ID int64 `path:"id" minimum:"1"`
}

func (s *Server) registerExports(api huma.API) {
	const what, tag, path = "exports", "exports", "/exports"
	exports := s.backends.Exports
	huma.Register(api, change(access.EventsRead, http.MethodPost, "startExport", path, tag, "Write what a search finds to a file, in the background"), room(s, exports, what, "start an export",
		func(ctx context.Context, x Exports, in *exportStartInput) (*Export, error) {
			return x.Start(ctx, in.Actor, in.Body)
		}))
	huma.Register(api, get(access.EventsRead, "listExports", path, tag, "Your exports"), room(s, exports, what, "list exports",
		func(ctx context.Context, x Exports, in *ActorInput) (ExportList, error) {
			list, err := x.List(ctx, in.Actor)
			return ExportList{list}, err
		}))
	huma.Register(api, get(access.EventsRead, "getExport", path+"/{id}", tag, "An export, and how far it is"), room(s, exports, what, "read an export",
		func(ctx context.Context, x Exports, in *exportInput) (*Export, error) {
			return x.Job(ctx, in.Actor, in.ID)
		}))
	huma.Register(api, quietly(access.EventsRead, http.MethodPost, "cancelExport", path+"/{id}/cancel", tag, "End an export that waits or runs"), deed(s, exports, what, "cancel an export",
		func(ctx context.Context, x Exports, in *exportInput) error {
			return x.Cancel(ctx, in.Actor, in.ID)
		}))
	huma.Register(api, quietly(access.EventsRead, http.MethodDelete, "deleteExport", path+"/{id}", tag, "Forget an export that has ended, and delete its file"), deed(s, exports, what, "delete an export",
		func(ctx context.Context, x Exports, in *exportInput) error {
			return x.Delete(ctx, in.Actor, in.ID)
		}))
	file := get(access.EventsRead, "exportFile", path+"/{id}/file", tag, "The file of an export that is done")
	file.Responses = map[string]*huma.Response{"200": {Description: "The file; ranges of it can be asked for", Content: map[string]*huma.MediaType{
		exportTypes[export.CSV]: {}, exportTypes[export.NDJSON]: {}, exportTypes[export.Parquet]: {},
	}}}
	huma.Register(api, file, s.exportFile)
}

// exportTypes are the media types of exported files.
var exportTypes = map[export.Format]string{
	export.CSV: "text/csv; charset=utf-8", export.NDJSON: "application/x-ndjson", export.Parquet: "application/vnd.apache.parquet",
}

func (s *Server) exportFile(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	if s.backends.Exports == nil {
		return nil, missing("exports")
	}
	f, job, err := s.backends.Exports.Open(ctx, in.Actor, in.ID)
	if err != nil {
		return nil, s.problem(fmt.Sprintf("open the file of export %d", in.ID), err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Close()
		r, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", exportTypes[job.Order.Format])
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": (*export.Job)(job).FileName()}))
		http.ServeContent(&patientWriter{w, http.NewResponseController(w)}, r, "", job.Created, f)
	}}, nil
}

// patience is how long a reader may take for a piece of a file.
const patience = time.Minute

// patientWriter puts the end of the time for a response off with every piece that is taken: a large file over a slow line
// takes longer than an answer may.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *patientWriter) Write(p []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, fmt.Errorf("put off the end of a response: %w", err)
	}
	return w.ResponseWriter.Write(p)
}
