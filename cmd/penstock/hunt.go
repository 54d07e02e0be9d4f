package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"penstock/hunt"
	"penstock/server"
)

// hunting is what `penstock hunt` is asked for.
type hunting struct {
	client *client
	known  formatFlags
	span   timeRange
	data   string
	format string
	corpus string
	run    bool
	now    string
	params []string
	order  server.HuntOrder
	memory string
}

func huntCommand() *cobra.Command {
	h := &hunting{client: &client{}}
	cmd := &cobra.Command{
		Use:   "hunt [query or file]",
		Short: "Run a query in KQL over stored events",
		Long: `Runs a query in KQL, as advanced hunting speaks it, over the events of a running Penstock, or over a data folder without
one (--data). The time range counts where the query does not restrict Timestamp itself.

With --corpus it tries a whole file of queries (an object of lists, a list, or one a line; each an object with id and query,
or a text) and writes a line of JSON for each: whether it is understood, what columns it gives and, with --run, what came of it.`,
		Example: `  penstock hunt 'DeviceProcessEvents | where FileName =~ "powershell.exe" | summarize count() by DeviceName' --since 90d
  penstock hunt query.kql --format csv > out.csv
  penstock hunt query.kql --param user=anna --data /var/lib/penstock
  penstock hunt 'AcmeTraffic | count' --data /var/lib/penstock --formats /etc/penstock/formats
  penstock hunt --corpus queries.json --run --data /var/lib/penstock > verdicts.ndjson`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if h.corpus != "" {
				return h.tryCorpus(cmd)
			}
			if len(args) == 0 {
				return errors.New("give a query, the name of a file with one, or - for standard input; or --corpus")
			}
			return h.hunt(cmd, args[0])
		},
	}
	h.client.flags(cmd)
	h.known.flags(cmd)
	h.known.only(cmd, "--data or --corpus")
	h.span.flags(cmd, "30d")
	cmd.Flags().StringVar(&h.data, "data", "", "data folder to read, instead of asking a running Penstock")
	cmd.Flags().StringVarP(&h.format, "format", "f", "table", "table, csv, json or ndjson")
	cmd.Flags().IntVarP(&h.order.Rows, "limit", "n", 0, "rows at most; 0: 10,000")
	cmd.Flags().IntVar(&h.order.Seconds, "timeout", 0, "seconds that the hunt may take; 0: what the limits allow")
	cmd.Flags().StringArrayVar(&h.params, "param", nil, "value of a parameter, as name=value or name:type=value")
	cmd.Flags().StringVar(&h.memory, "memory", "512MiB", "with --data: memory of the hunt, which writes to disk beyond it")
	cmd.Flags().StringVar(&h.now, "now", "", "with --data or --corpus: the moment that now() is; default this one")
	cmd.Flags().StringVar(&h.corpus, "corpus", "", "file of queries to try, - for standard input")
	cmd.Flags().BoolVar(&h.run, "run", false, "with --corpus: run them too, over --data or an empty lake")
	return cmd
}

// hunt runs one query.
func (h *hunting) hunt(cmd *cobra.Command, arg string) (err error) {
	if h.order.Query, err = queryText(arg, cmd.InOrStdin()); err != nil {
		return err
	}
	now, err := h.moment()
	if err != nil {
		return err
	}
	if h.order.From, h.order.To, err = h.span.bounds(now); err != nil {
		return err
	}
	for _, text := range h.params {
		p, err := parameter(text)
		if err != nil {
			return err
		}
		h.order.Parameters = append(h.order.Parameters, p)
	}
	out, err := newHuntOutput(cmd.OutOrStdout(), h.format)
	if err != nil {
		return err
	}
	run := h.ask
	if h.data != "" {
		run = h.read
	}
	end, err := run(cmd.Context(), cmd.ErrOrStderr(), out)
	if err != nil {
		return pointAt(h.order.Query, err)
	}
	if err := out.close(end); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	s := &end.Statistics
	fmt.Fprintf(cmd.ErrOrStderr(), "%d rows in %.2f s; %d segments read, %d passed over\n", end.Rows, s.Elapsed, s.Segments, s.Skipped)
	if end.Cut {
		fmt.Fprintf(cmd.ErrOrStderr(), "there are more: the bound of %s was reached (--limit)\n", end.CutBy)
	}
	return nil
}

// moment is what now() is.
func (h *hunting) moment() (time.Time, error) {
	if h.now == "" {
		return time.Now(), nil
	}
	at, err := moment(h.now, time.Now())
	if err != nil {
		return at, fmt.Errorf("--now: %w", err)
	}
	return at, nil
}

// maxHuntText bounds a query that comes from a file.
const maxHuntText = 1 << 20

// queryText is the query itself, or what the file has that is named.
func queryText(arg string, stdin io.Reader) (string, error) {
	from := stdin
	if arg != "-" {
		f, err := os.Open(arg)
		if err != nil {
			return arg, nil //nolint:nilerr // it is no file, then it is the query
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxHuntText))
	if err != nil {
		return "", fmt.Errorf("read the query: %w", err)
	}
	return strings.TrimPrefix(string(text), "\uFEFF"), nil
}

// parameter reads name=value or name:type=value.
func parameter(text string) (server.HuntParameter, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return server.HuntParameter{}, fmt.Errorf("--param %q: write it as name=value", text)
	}
	p := server.HuntParameter{Type: "string", Value: value}
	var typed bool
	if p.Name, p.Type, typed = strings.Cut(name, ":"); !typed {
		p.Type = "string"
	}
	return p, nil
}

// ask runs the query on a running Penstock.
func (h *hunting) ask(ctx context.Context, errOut io.Writer, out *huntOutput) (*server.HuntEnd, error) {
	var end *server.HuntEnd
	err := h.client.lines(ctx, "/hunt", &h.order, func(text []byte) error {
		var line struct {
			Begin *server.HuntBegin   `json:"begin"`
			Rows  [][]json.RawMessage `json:"rows"`
			End   *server.HuntEnd     `json:"end"`
			Error json.RawMessage     `json:"error"`
		}
		if err := json.Unmarshal(text, &line); err != nil {
			return fmt.Errorf("read a line of the answer: %w", err)
		}
		if line.Error != nil {
			return answerError(500, line.Error)
		}
		if line.Begin != nil {
			tellNotices(errOut, line.Begin.Notices)
			if err := out.begin(line.Begin.Columns); err != nil {
				return err
			}
		}
		for _, row := range line.Rows {
			if err := out.row(row); err != nil {
				return err
			}
		}
		if line.End != nil {
			end = line.End
		}
		return nil
	})
	if err == nil && end == nil {
		err = errors.New("the answer was cut off: it has no end")
	}
	return end, err
}

func tellNotices(w io.Writer, notices []server.HuntRemark) {
	for _, n := range notices {
		fmt.Fprintln(w, "note:", n.Message)
	}
}

// pointAt shows where in the query the mistakes are.
func pointAt(query string, err error) error {
	var told *server.HuntError
	var found *hunt.QueryError
	var remarks []server.HuntRemark
	var asked *queryProblem
	switch {
	case errors.As(err, &told):
		remarks = told.Remarks
	case errors.As(err, &found):
		for _, d := range found.Diagnostics {
			remarks = append(remarks, server.HuntRemark{Message: d.Message, Hint: d.Hint, Line: d.Line, Column: d.Column})
		}
	case errors.As(err, &asked):
		remarks = asked.remarks
	}
	if len(remarks) == 0 {
		return err
	}
	lines := strings.Split(query, "\n")
	var b strings.Builder
	for i, r := range remarks {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(r.Message)
		if r.Hint != "" {
			b.WriteString(" (" + r.Hint + ")")
		}
		if r.Line > 0 && r.Line <= len(lines) {
			line := strings.ReplaceAll(strings.TrimRight(lines[r.Line-1], "\r"), "\t", " ")
			fmt.Fprintf(&b, "\n  line %d, column %d\n  %s\n  %s^", r.Line, r.Column, line, strings.Repeat(" ", max(r.Column-1, 0)))
		}
	}
	return errors.New(b.String())
}
