package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"penstock/search"
)

const (
	ndjsonType = "application/x-ndjson"
	csvType    = "text/csv"
)

// huntLine is a line of a result that is streamed; it has one of its members.
type huntLine struct {
	Begin    *HuntBegin    `json:"begin,omitempty" doc:"Comes before any rows"`
	Progress *HuntProgress `json:"progress,omitempty" doc:"Comes every second while nothing else does"`
	Rows     []any         `json:"rows,omitempty" doc:"Some of the rows"`
	End      *HuntEnd      `json:"end,omitempty" doc:"The last line of a result that is whole, or was cut as told"`
	Error    *Problem      `json:"error,omitempty" doc:"The last line of one that failed"`
}

func huntResponses(api huma.API) map[string]*huma.Response {
	schemas := api.OpenAPI().Components.Schemas
	return map[string]*huma.Response{"200": {
		Description: "The result; with application/x-ndjson a line at a time, as HuntLine has it",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(reflect.TypeFor[HuntResult](), true, "HuntResult")},
			ndjsonType:         {Schema: schemas.Schema(reflect.TypeFor[huntLine](), true, "HuntLine")},
			csvType:            {},
		},
	}}
}

// hunt runs a hunt and writes its result in the form that is asked for.
func (s *Server) hunt(ctx context.Context, in *huntInput) (*huma.StreamResponse, error) {
	if s.backends.Hunts == nil {
		return nil, missing("hunts")
	}
	who := huntWho(ctx, in.Actor)
	if in.Body.ID == "" {
		in.Body.ID = rand.Text()
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		out := &huntWriter{context: hc, to: &patientWriter{w, http.NewResponseController(w)}}
		var sink huntSink = &huntDocument{huntWriter: out}
		switch {
		case strings.Contains(in.Accept, ndjsonType):
			sink = &huntLines{huntWriter: out, hunts: s.backends.Hunts, who: who, id: in.Body.ID}
		case strings.Contains(in.Accept, csvType):
			sink = &huntTable{huntWriter: out}
		}
		run, cancel := context.WithCancel(hc.Context())
		done := s.endWithServer(run, cancel)
		defer done()
		stop := sink.watch(run)
		end, err := s.backends.Hunts.Run(run, who, &in.Body, sink)
		stop()
		noteOf(ctx).Detail = huntDetail(&in.Body, end)
		if err != nil {
			var p *Problem
			if problem := s.problem("run a hunt", err); !errors.As(problem, &p) {
				p = newProblem(http.StatusInternalServerError, problem.Error())
			}
			sink.fail(p)
			return
		}
		sink.end(end)
	}}, nil
}

// huntDetail is what the audit log keeps of a hunt.
func huntDetail(o *HuntOrder, end *HuntEnd) string {
	rows := ""
	if end != nil {
		rows = fmt.Sprintf("%d rows of: ", end.Rows)
	}
	return rows + strings.Join(strings.Fields(o.Query), " ")
}

// huntSink writes a result in one form.
type huntSink interface {
	HuntSink
	watch(ctx context.Context) (stop func()) // tells how far it is, until stop
	end(e *HuntEnd)
	fail(p *Problem)
}

// huntWriter is what all forms have in common.
type huntWriter struct {
	context huma.Context
	to      *patientWriter
	begun   bool // something was written
}

func (w *huntWriter) watch(context.Context) func() { return func() {} }

// begin writes the header once.
func (w *huntWriter) begin(contentType, id string) {
	if w.begun {
		return
	}
	w.begun = true
	w.context.SetHeader("Content-Type", contentType)
	if id != "" {
		w.context.SetHeader("Penstock-Hunt", id)
	}
	w.context.SetStatus(http.StatusOK)
}

// fail answers with a problem, where nothing was written yet; else the result ends as it is, without its end.
func (w *huntWriter) fail(p *Problem) {
	if w.begun {
		return
	}
	if p.Status == http.StatusTooManyRequests {
		w.context.SetHeader("Retry-After", "5")
	}
	w.context.SetHeader("Content-Type", "application/problem+json")
	w.context.SetStatus(p.Status)
	_ = json.NewEncoder(w.to).Encode(p) // whoever asked may be gone
}

// huntDocument is a result as one document, which is written when all is known.
type huntDocument struct {
	*huntWriter
	outline *HuntBegin
	rows    bytes.Buffer
	row     []byte
}

func (d *huntDocument) Begin(b *HuntBegin) error {
	d.outline = b
	return nil
}

func (d *huntDocument) Row(r HuntRow) error {
	if d.rows.Len() > 0 {
		d.rows.WriteByte(',')
	}
	d.row = r.AppendJSON(d.row[:0])
	d.rows.Write(d.row)
	return nil
}

func (d *huntDocument) end(e *HuntEnd) {
	head, err := json.Marshal(d.outline)
	tail, err2 := json.Marshal(struct {
		Cut        bool           `json:"cut"`
		CutBy      string         `json:"cutBy,omitempty"`
		Statistics HuntStatistics `json:"statistics"`
	}{e.Cut, e.CutBy, e.Statistics})
	if errors.Join(err, err2) != nil {
		d.fail(newProblem(http.StatusInternalServerError, "The result cannot be written."))
		return
	}
	d.begin("application/json", d.outline.ID)
	for _, part := range [][]byte{head[:len(head)-1], []byte(`,"rows":[`), d.rows.Bytes(), []byte("],"), tail[1:]} {
		if _, err := d.to.Write(part); err != nil {
			return
		}
	}
}

// huntTable is a result in CSV.
type huntTable struct {
	*huntWriter
	csv *csv.Writer
}

// cutTrailer says at the end of a table whether there were more rows.
const cutTrailer = "Penstock-Cut"

func (t *huntTable) Begin(b *HuntBegin) error {
	t.context.SetHeader("Trailer", cutTrailer)
	t.begin(csvType+"; charset=utf-8", b.ID)
	t.csv = csv.NewWriter(t.to)
	names := make([]string, len(b.Columns))
	for i, c := range b.Columns {
		names[i] = search.Harmless(c.Name)
	}
	return t.csv.Write(names)
}

func (t *huntTable) Row(r HuntRow) error {
	texts := r.Texts()
	for i := range texts {
		texts[i] = search.Harmless(texts[i])
	}
	return t.csv.Write(texts)
}

func (t *huntTable) end(e *HuntEnd) {
	t.csv.Flush()
	t.to.Header().Set(cutTrailer, fmt.Sprint(e.Cut))
}

func (t *huntTable) fail(p *Problem) {
	if t.csv != nil {
		t.csv.Flush()
		t.to.Header().Set(cutTrailer, "failed: "+p.Detail)
	}
	t.huntWriter.fail(p)
}

const (
	huntBeat  = time.Second // between lines that tell how far a hunt is
	lineRows  = 500         // of a line of rows
	lineBytes = 256 << 10
)

// huntLines is a result as lines, which come as they are known.
type huntLines struct {
	*huntWriter
	hunts Hunts
	who   HuntWho
	id    string

	mu   sync.Mutex
	rows []byte
	held int
}

// watch tells every moment how far the hunt is. A hunt that nobody gave an id has nothing to tell but that it goes on.
func (l *huntLines) watch(ctx context.Context) func() {
	ctx, cancel := context.WithCancel(ctx)
	began := time.Now()
	var telling sync.WaitGroup
	telling.Go(func() {
		beat := time.NewTicker(huntBeat)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
			}
			p := HuntProgress{ID: l.id, State: "running", Started: began.UTC(), Elapsed: time.Since(began).Seconds()}
			for _, u := range l.hunts.UnderWay(l.who) {
				if u.ID == l.id {
					p = u
				}
			}
			p.Query = ""
			if l.line(&huntLine{Progress: &p}) != nil {
				return
			}
		}
	})
	return func() { cancel(); telling.Wait() }
}

// line writes a line at once.
func (l *huntLines) line(v *huntLine) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(append(text, '\n'))
}

// write writes whole lines. The caller holds mu.
func (l *huntLines) write(lines []byte) error {
	l.begin(ndjsonType, l.id)
	if _, err := l.to.Write(lines); err != nil {
		return err
	}
	if err := l.to.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("send a result: %w", err)
	}
	return nil
}

// Begin writes the outline.
func (l *huntLines) Begin(b *HuntBegin) error { return l.line(&huntLine{Begin: b}) }

// Row keeps a row until there are enough for a line.
func (l *huntLines) Row(r HuntRow) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == 0 {
		l.rows = append(l.rows[:0], `{"rows":[`...)
	} else {
		l.rows = append(l.rows, ',')
	}
	l.rows = r.AppendJSON(l.rows)
	if l.held++; l.held < lineRows && len(l.rows) < lineBytes {
		return nil
	}
	return l.send()
}

// send writes the rows that are kept. The caller holds mu.
func (l *huntLines) send() error {
	if l.held == 0 {
		return nil
	}
	l.held = 0
	return l.write(append(l.rows, "]}\n"...))
}

func (l *huntLines) end(e *HuntEnd) {
	l.mu.Lock()
	err := l.send()
	l.mu.Unlock()
	if err == nil {
		_ = l.line(&huntLine{End: e}) // whoever asked may be gone
	}
}

func (l *huntLines) fail(p *Problem) {
	l.mu.Lock()
	begun := l.begun
	l.mu.Unlock()
	if !begun {
		l.huntWriter.fail(p)
		return
	}
	_ = l.line(&huntLine{Error: p}) // whoever asked may be gone
}
