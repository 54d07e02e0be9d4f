package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"penstock/server"
)

func notifyCommand() *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use: "notify", Short: "Who is told of alerts: list, test",
		Example: "  penstock notify list\n  penstock notify test soc-channel",
	}
	c.flags(cmd)
	cmd.AddCommand(notifyListCommand(c), notifyTestCommand(c))
	return cmd
}

func (c *client) targets(cmd *cobra.Command) ([]server.NotificationTarget, error) {
	var list server.TargetList
	err := c.get(cmd.Context(), "/notifications/targets", nil, &list)
	return list.Targets, err
}

func notifyListCommand(c *client) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "list", Short: "List the targets of notifications", Args: cobra.NoArgs, Example: "  penstock notify list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			targets, err := c.targets(cmd)
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), targets)
			}
			t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "ID\tNAME\tKIND\tENABLED\tMIN URGENCY\tCHANGES\tTO")
			for i := range targets {
				g := &targets[i]
				to := g.URL
				if len(g.To) > 0 {
					to = strings.Join(g.To, ",")
				}
				changes := "all"
				if len(g.Changes) > 0 {
					changes = strings.Join(g.Changes, ",")
				}
				fmt.Fprintf(t, "%d\t%s\t%s\t%v\t%d\t%s\t%s\n", g.ID, g.Name, g.Kind, g.Enabled, g.MinUrgency, changes, to)
			}
			return t.Flush()
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

func notifyTestCommand(c *client) *cobra.Command {
	return &cobra.Command{
		Use: "test TARGET", Short: "Send a test message to a target, by its name or id", Args: cobra.ExactArgs(1), Example: "  penstock notify test soc-channel",
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := c.targets(cmd)
			if err != nil {
				return err
			}
			for i := range targets {
				id := strconv.FormatInt(targets[i].ID, 10)
				if targets[i].Name != args[0] && id != args[0] {
					continue
				}
				var r server.TargetTest
				if err := c.post(cmd.Context(), "/notifications/targets/"+url.PathEscape(id)+"/test", nil, &r); err != nil {
					return err
				}
				if !r.Sent {
					return fmt.Errorf("the test message was not taken: %s", r.Problem)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s has taken a test message\n", targets[i].Name)
				return nil
			}
			return fmt.Errorf("there is no target %q; penstock notify list shows those that there are", args[0])
		},
	}
}
