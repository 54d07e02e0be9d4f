package main

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"penstock/search"
	"penstock/server"
)

// asking is what `penstock query` is asked for.
type asking struct {
	client  *client
	query   string
	params  url.Values
	limit   int
	format  string
	columns []string
}

func queryCommand() *cobra.Command {
	a := &asking{client: &client{}}
	var r timeRange
	var count bool
	var top, every, split string
	cmd := &cobra.Command{
		Use:   "query [query]",
		Short: "Search events",
		Long: `Searches the events of a running Penstock, newest first, in the language that docs/search.md describes. Without a query
it gives every event of the time range.`,
		Example: `  penstock query 'process.name: powershell.exe and not user.name: (system or root)' --since 7d
  penstock query 'source.ip: 10.0.0.0/8' --format csv --columns @timestamp,host.name,destination.ip > out.csv
  penstock query --count --since 1h
  penstock query 'event.category: authentication' --top user.name
  penstock query --every 1h --split event.dataset --since 24h`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.query = strings.Join(args, "")
			from, to, err := r.bounds(time.Now())
			if err != nil {
				return err
			}
			a.params = url.Values{"q": {a.query}, "from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}
			run := a.search
			switch {
			case count:
				run = a.count
			case top != "":
				run = func(ctx context.Context, out *bufio.Writer) error { return a.top(ctx, out, top) }
			case every != "":
				run = func(ctx context.Context, out *bufio.Writer) error { return a.histogram(ctx, out, every, split) }
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			if err := run(cmd.Context(), out); err != nil {
				return a.explain(err)
			}
			return out.Flush()
		},
	}
	a.client.flags(cmd)
	r.flags(cmd, "24h")
	cmd.Flags().IntVarP(&a.limit, "limit", "n", 100, "events at most; 0: all")
	cmd.Flags().StringVarP(&a.format, "format", "f", "table", "table, json, ndjson or csv")
	cmd.Flags().StringSliceVar(&a.columns, "columns", nil, "fields to show in a table or CSV, or sentence for what an event is")
	cmd.Flags().BoolVar(&count, "count", false, "only say how many there are")
	cmd.Flags().StringVar(&top, "top", "", "most frequent values of a field instead of events")
	cmd.Flags().StringVar(&every, "every", "", "count over time in intervals like 5m, 1h instead of events")
	cmd.Flags().StringVar(&split, "split", "", "with --every: count the values of a field apart")
	return cmd
}

// pageSize is what the API gives at once.
const pageSize = 1000

func (a *asking) search(ctx context.Context, out *bufio.Writer) error {
	renderer, err := search.NewRenderer(out, a.format, a.columns)
	if err != nil {
		return err
	}
	for left := a.limit; a.limit == 0 || left > 0; {
		size := pageSize
		if a.limit > 0 {
			size = min(left, pageSize)
		}
		a.params.Set("limit", strconv.Itoa(size))
		var page server.EventPage
		if err := a.client.get(ctx, "/events", a.params, &page); err != nil {
			return err
		}
		for _, warning := range page.Warnings {
			fmt.Fprintln(os.Stderr, "penstock:", warning)
		}
		for _, e := range page.Events {
			if err := renderer.Add(search.Hit{ID: e.ID, Table: e.Table, Time: e.Time, Document: e.Document}); err != nil {
				return err
			}
		}
		left -= len(page.Events)
		if page.Next == "" {
			break
		}
		a.params.Set("after", page.Next)
	}
	return renderer.Close()
}

func (a *asking) count(ctx context.Context, out *bufio.Writer) error {
	var count server.EventCount
	if err := a.client.get(ctx, "/events/count", a.params, &count); err != nil {
		return err
	}
	fmt.Fprintln(out, count.Count)
	return nil
}

func (a *asking) top(ctx context.Context, out *bufio.Writer, field string) error {
	a.params.Set("field", field)
	if a.limit > 0 {
		a.params.Set("limit", strconv.Itoa(min(a.limit, pageSize)))
	}
	var top server.TopValues
	if err := a.client.get(ctx, "/events/top", a.params, &top); err != nil {
		return err
	}
	for _, v := range top.Values {
		fmt.Fprintf(out, "%10d  %s\n", v.Count, v.Value)
	}
	fmt.Fprintf(out, "%10d  other values\n%10d  without %s\n%10d  in all\n", top.Other, top.Missing, field, top.Total)
	return nil
}

func (a *asking) histogram(ctx context.Context, out *bufio.Writer, every, split string) error {
	a.params.Set("interval", every)
	if split != "" {
		a.params.Set("split", split)
	}
	var h server.Histogram
	if err := a.client.get(ctx, "/events/histogram", a.params, &h); err != nil {
		return err
	}
	for _, b := range h.Buckets {
		fmt.Fprintf(out, "%s  %10d", b.Start.Format(time.RFC3339), b.Count)
		for value, n := range b.Split {
			fmt.Fprintf(out, "  %s=%d", value, n)
		}
		fmt.Fprintln(out)
	}
	return nil
}

// explain points into the query where the server's error does.
func (a *asking) explain(err error) error {
	p, ok := err.(*queryProblem) //nolint:errorlint // the client returns it bare
	if !ok || p.column == 0 {
		return err
	}
	return fmt.Errorf("%w\n  %s\n  %s^", err, a.query, strings.Repeat(" ", p.column-1))
}
