package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"penstock/server"
)

func quarantineCommand() *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "What could not be decoded: list, show, replay, drop",
		Long:  "Whatever cannot be decoded is kept whole, with its reason, time and origin, until somebody replays or drops it.",
		Example: `  penstock quarantine list
  penstock quarantine show 17 > message.bin
  penstock quarantine replay 17
  penstock quarantine drop --reason empty --all`,
	}
	c.flags(cmd)
	cmd.AddCommand(quarantineList(c), quarantineShow(c),
		quarantineEach(c, "replay", "Put items through intake again; what is understood now leaves the quarantine", replayItem),
		quarantineEach(c, "drop", "Delete items for good", dropItem))
	return cmd
}

func quarantineList(c *client) *cobra.Command {
	var reason, format string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List, newest first, with the counts per reason", Args: cobra.NoArgs,
		Example: "  penstock quarantine list --reason not_json --limit 20",
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := c.quarantine(cmd.Context(), reason, limit, "")
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if format == "json" {
				enc := json.NewEncoder(out)
				enc.SetIndent("", "  ")
				return enc.Encode(page)
			}
			if len(page.Items) == 0 {
				fmt.Fprintln(out, "Nothing is in quarantine.")
				return nil
			}
			t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "ID\tTIME\tREASON\tINTAKE\tPARTITION\tSEQUENCE\tRECORD\tBYTES\tDETAIL")
			for _, i := range page.Items {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", i.ID, i.Time.Format(time.RFC3339), i.Reason, i.Intake,
					i.Partition, i.Sequence, place(i.Index), i.Size, i.Detail)
			}
			fmt.Fprintln(t)
			for _, r := range page.Reasons {
				fmt.Fprintf(t, "%s\t%d\n", r.Reason, r.Count)
			}
			return t.Flush()
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "only what is kept for this reason")
	cmd.Flags().IntVar(&limit, "limit", 100, "items at most (1 to 1000)")
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	return cmd
}

// place says which part of a message an item is.
func place(index int) string {
	if index < 0 {
		return "all"
	}
	return strconv.Itoa(index)
}

func quarantineShow(c *client) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Write an item's bytes to standard output, its origin to standard error", Args: cobra.ExactArgs(1),
		Example: "  penstock quarantine show 17",
		RunE: func(cmd *cobra.Command, args []string) error {
			var item server.QuarantinedBody
			if err := c.get(cmd.Context(), "/quarantine/"+url.PathEscape(args[0]), nil, &item); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s; intake %s, hub %s, partition %s, sequence number %d, record %s, read %s\n",
				item.Reason, item.Detail, item.Intake, item.Hub, item.Partition, item.Sequence, place(item.Index), item.Time.Format(time.RFC3339))
			_, err := cmd.OutOrStdout().Write(item.Body)
			return err
		},
	}
}

// quarantineEach is a command that does something to the items that are named, or to all of a reason.
func quarantineEach(c *client, verb, short string, act func(context.Context, *client, string) (string, error)) *cobra.Command {
	var reason string
	var all bool
	cmd := &cobra.Command{
		Use: verb + " [ID…]", Short: short,
		Example: fmt.Sprintf("  penstock quarantine %s 17 18\n  penstock quarantine %s --all --reason truncated", verb, verb),
		RunE: func(cmd *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return fmt.Errorf("name the items to %s, or say --all", verb)
			}
			if all {
				var err error
				if ids, err = c.quarantined(cmd.Context(), reason); err != nil {
					return err
				}
			}
			for _, id := range ids {
				said, err := act(cmd.Context(), c, "/quarantine/"+url.PathEscape(id))
				if err != nil {
					return fmt.Errorf("%s %s: %w", verb, id, err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", id, said)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all items, or all of --reason")
	cmd.Flags().StringVar(&reason, "reason", "", "with --all: only what is kept for this reason")
	return cmd
}

func replayItem(ctx context.Context, c *client, path string) (string, error) {
	var r server.Replayed
	err := c.do(ctx, http.MethodPost, path+"/replay", nil, &r)
	return fmt.Sprintf("%d kept, %d were there already, %d still not understood", r.Kept, r.Repeated, r.Quarantined), err
}

func dropItem(ctx context.Context, c *client, path string) (string, error) {
	return "dropped", c.do(ctx, http.MethodDelete, path, nil, nil)
}

func (c *client) quarantine(ctx context.Context, reason string, limit int, after string) (*server.QuarantinePage, error) {
	params := url.Values{"limit": {strconv.Itoa(limit)}}
	if reason != "" {
		params.Set("reason", reason)
	}
	if after != "" {
		params.Set("after", after)
	}
	var page server.QuarantinePage
	return &page, c.get(ctx, "/quarantine", params, &page)
}

// quarantined lists the ids of all items kept for a reason, or of all.
func (c *client) quarantined(ctx context.Context, reason string) ([]string, error) {
	var ids []string
	for after := ""; ; {
		page, err := c.quarantine(ctx, reason, 1000, after)
		if err != nil {
			return nil, err
		}
		for _, i := range page.Items {
			ids = append(ids, i.ID)
		}
		if after = page.Next; after == "" {
			return ids, nil
		}
	}
}
