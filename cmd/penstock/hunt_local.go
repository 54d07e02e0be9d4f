package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/hunt"
	"penstock/journal"
	"penstock/kql"
	"penstock/lake"
	"penstock/server"
)

// read runs the query over a data folder.
func (h *hunting) read(ctx context.Context, errOut io.Writer, out *huntOutput) (*server.HuntEnd, error) {
	hunts, done, err := h.open(ctx, errOut)
	if err != nil {
		return nil, err
	}
	defer done()
	r := hunt.Request{
		Who: "local", Query: h.order.Query, From: h.order.From, To: h.order.To, Rows: h.order.Rows, Timeout: time.Duration(h.order.Seconds) * time.Second,
	}
	for _, p := range h.order.Parameters {
		r.Parameters = append(r.Parameters, hunt.Parameter{Name: p.Name, Type: p.Type, Value: p.Value})
	}
	s, err := hunts.Run(ctx, r, &localSink{out: out, errOut: errOut})
	if err != nil {
		return nil, err
	}
	total := s.Segments()
	return &server.HuntEnd{
		Rows: s.Rows, Cut: s.Cut != hunt.Whole, CutBy: string(s.Cut),
		Statistics: server.HuntStatistics{Segments: total.Segments, Skipped: total.Skipped, Elapsed: s.Elapsed.Seconds()},
	}, nil
}

// localSink takes a result in this process.
type localSink struct {
	out     *huntOutput
	errOut  io.Writer
	columns []kql.Column
	row     []json.RawMessage
}

func (s *localSink) Begin(o *hunt.Outline) error {
	for _, n := range o.Notices {
		fmt.Fprintln(s.errOut, "note:", n.Message)
	}
	columns := make([]server.HuntColumn, len(o.Columns))
	for i, c := range o.Columns {
		columns[i] = server.HuntColumn{Name: c.Name, Type: c.Type.String()}
	}
	s.columns, s.row = o.Columns, make([]json.RawMessage, len(o.Columns))
	return s.out.begin(columns)
}

func (s *localSink) Row(values []any) error {
	for i, v := range values {
		s.row[i] = hunt.AppendJSON(s.row[i][:0], s.columns[i].Type, v)
	}
	return s.out.row(s.row)
}

// open opens the lake of the data folder; of no folder: an empty one.
func (h *hunting) open(ctx context.Context, errOut io.Writer) (_ *hunt.Hunts, done func(), err error) {
	k, err := h.known.open(h.data, errOut)
	if err != nil {
		return nil, nil, err
	}
	tables, err := k.formats.HuntingTables()
	if err != nil {
		return nil, nil, err
	}
	memory, err := config.ParseBytes(h.memory)
	if err != nil {
		return nil, nil, fmt.Errorf("--memory: %w", err)
	}
	now, err := h.moment()
	if err != nil {
		return nil, nil, err
	}
	data, remove := h.data, func() {}
	if data == "" {
		if data, err = os.MkdirTemp("", "penstock-"); err != nil {
			return nil, nil, fmt.Errorf("make an empty lake: %w", err)
		}
		remove = func() { os.RemoveAll(data) }
	}
	o := lake.Options{Logger: slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	folder, err := openFolder(ctx, data, &o, errOut)
	if err != nil {
		remove()
		return nil, nil, err
	}
	l, err := lake.Open(ctx, filepath.Join(data, "lake"), k.plan, o)
	if err != nil {
		return nil, nil, errors.Join(err, folder.close())
	}
	hunts := hunt.New(l, tables, hunt.Options{
		Limits: hunt.Limits{Rows: 1 << 30, Timeout: 24 * time.Hour, Memory: int64(memory)}, Now: func() time.Time { return now }, Logger: o.Logger,
	})
	if err := folder.catchUp(ctx, l); err != nil {
		return nil, nil, errors.Join(err, hunts.Close(), l.Close(), folder.close())
	}
	return hunts, func() {
		if err := errors.Join(hunts.Close(), l.Close(), folder.close()); err != nil {
			fmt.Fprintln(errOut, "penstock:", err)
		}
		remove()
	}, nil
}

// dataFolder is a data folder that is read without a Penstock.
type dataFolder struct {
	unlock  func()
	journal *journal.Journal // nil: another process has it, or there is none
}

// openFolder takes the folder for this process where nobody has it. Where a Penstock runs on it, the lake can be read
// beside it, without the newest events.
func openFolder(ctx context.Context, dir string, o *lake.Options, errOut io.Writer) (*dataFolder, error) {
	f := &dataFolder{}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	unlock, err := lockData(dir)
	switch {
	case errors.Is(err, errLocked), errors.Is(err, fs.ErrPermission):
		o.ReadOnly = true
		fmt.Fprintln(errOut, "penstock: another Penstock uses this folder: its events of the last minute are not seen. Without --data it is asked itself.")
		return f, nil
	case err != nil:
		return nil, err
	}
	f.unlock = unlock
	if _, err := os.Stat(filepath.Join(dir, "journal")); err != nil {
		return f, nil //nolint:nilerr // nothing waits to be stored
	}
	if f.journal, err = journal.Open(filepath.Join(dir, "journal"), journal.Options{Logger: o.Logger}); err != nil {
		unlock()
		return nil, err
	}
	return f, ctx.Err()
}

// catchUp brings what is only in the journal into the lake.
func (f *dataFolder) catchUp(ctx context.Context, l *lake.Lake) error {
	if f.journal == nil {
		return nil
	}
	reader, err := f.journal.Reader("lake")
	if err != nil {
		return err
	}
	return l.CatchUp(ctx, reader)
}

func (f *dataFolder) close() error {
	var err error
	if f.journal != nil {
		err = f.journal.Close()
	}
	if f.unlock != nil {
		f.unlock()
	}
	return err
}

// tryCorpus tries a file of queries.
func (h *hunting) tryCorpus(cmd *cobra.Command) error {
	in := cmd.InOrStdin()
	if h.corpus != "-" {
		f, err := os.Open(h.corpus)
		if err != nil {
			return fmt.Errorf("--corpus: %w", err)
		}
		defer f.Close()
		in = f
	}
	corpus, err := hunt.ReadCorpus(in)
	if err != nil {
		return err
	}
	now, err := h.moment()
	if err != nil {
		return err
	}
	r := hunt.Request{Rows: h.order.Rows, Timeout: time.Duration(h.order.Seconds) * time.Second}
	if r.From, r.To, err = h.span.bounds(now); err != nil {
		return err
	}
	hunts, done, err := h.open(cmd.Context(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer done()
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	tally, err := hunts.Try(cmd.Context(), corpus, r, h.run, func(v *hunt.Verdict) error { return enc.Encode(v) })
	if err != nil {
		return err
	}
	return tally.Write(cmd.ErrOrStderr())
}
