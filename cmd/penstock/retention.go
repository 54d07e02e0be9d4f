package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/server"
)

const retentionPath = "/retention"

func retentionCommand() *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use: "retention", Short: "For how long, and up to what size, a running Penstock keeps events: show, preview, set, reset",
		Example: "  penstock retention show\n  penstock retention preview --age 30d\n  penstock retention set --age 180d --size 500GiB",
	}
	c.flags(cmd)
	cmd.AddCommand(retentionShowCommand(c), retentionPreviewCommand(c), retentionSetCommand(c), retentionResetCommand(c))
	return cmd
}

func retentionShowCommand(c *client) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "show", Short: "Show what is kept, and who said so", Args: cobra.NoArgs, Example: "  penstock retention show",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s server.RetentionSetting
			if err := c.get(cmd.Context(), retentionPath, nil, &s); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), s)
			}
			return printRetention(cmd.OutOrStdout(), &s)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

func printRetention(w io.Writer, s *server.RetentionSetting) error {
	age, size := "off", "off"
	if s.MaxAgeDays > 0 {
		age = config.Duration(s.MaxAgeDays * 24 * float64(time.Hour)).String()
	}
	if s.MaxBytes > 0 {
		size = config.Bytes(s.MaxBytes).String()
	}
	_, err := fmt.Fprintf(w, "age   %s\nsize  %s\n", age, size)
	switch {
	case err != nil:
		return err
	case s.Fixed != "":
		_, err = fmt.Fprintln(w, s.Fixed)
	case s.Who != "":
		_, err = fmt.Fprintf(w, "set by %s, %s\n", s.Who, s.Changed.Format(time.RFC3339))
	default:
		_, err = fmt.Fprintln(w, "the default")
	}
	return err
}

// keepingFlags are what is to be kept, as the configuration writes it.
type keepingFlags struct{ age, size string }

func (k *keepingFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.age, "age", "off", "delete events older than this, as in 90d; off: whatever the age")
	cmd.Flags().StringVar(&k.size, "size", "off", "delete the oldest events when the lake is larger, as in 500GiB; off: whatever the size")
	cmd.MarkFlagsOneRequired("age", "size")
}

func (k *keepingFlags) keeping() (server.Keeping, error) {
	var out server.Keeping
	age, err := config.ParseDuration(k.age)
	if err != nil {
		return out, fmt.Errorf("--age: %w", err)
	}
	out.MaxAgeDays = age.Or0().Hours() / 24
	if k.size == "off" {
		return out, nil
	}
	size, err := config.ParseBytes(k.size)
	if err != nil {
		return out, fmt.Errorf("--size: %w", err)
	}
	out.MaxBytes = int64(size)
	return out, nil
}

func retentionPreviewCommand(c *client) *cobra.Command {
	var flags keepingFlags
	cmd := &cobra.Command{
		Use: "preview", Short: "Tell what a retention would delete now, without setting it", Args: cobra.NoArgs, Example: "  penstock retention preview --age 30d",
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := flags.keeping()
			if err != nil {
				return err
			}
			var p server.RetentionPreview
			params := url.Values{"maxAgeDays": {strconv.FormatFloat(k.MaxAgeDays, 'f', -1, 64)}, "maxBytes": {strconv.FormatInt(k.MaxBytes, 10)}}
			if err := c.get(cmd.Context(), retentionPath+"/preview", params, &p); err != nil {
				return err
			}
			oldest := ""
			if p.Oldest != nil {
				oldest = ", the oldest of " + p.Oldest.Format(time.RFC3339)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "It would delete %d events now (%s in %d segments); %d would stay%s.\n", p.Events, config.Bytes(p.Bytes), p.Segments, p.Left, oldest)
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

func retentionSetCommand(c *client) *cobra.Command {
	var flags keepingFlags
	cmd := &cobra.Command{
		Use: "set", Short: "Keep events for another time or up to another size; what is not given has no limit. What is beyond is deleted at once: look at preview first", Args: cobra.NoArgs,
		Example: "  penstock retention set --age 180d --size 500GiB",
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := flags.keeping()
			if err != nil {
				return err
			}
			return changeRetention(cmd, c, http.MethodPut, k)
		},
	}
	flags.add(cmd)
	return cmd
}

func retentionResetCommand(c *client) *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Keep what is usual again", Args: cobra.NoArgs, Example: "  penstock retention reset",
		RunE: func(cmd *cobra.Command, _ []string) error { return changeRetention(cmd, c, http.MethodDelete, nil) },
	}
}

func changeRetention(cmd *cobra.Command, c *client, method string, body any) error {
	var s server.RetentionSetting
	if err := c.send(cmd.Context(), method, retentionPath, nil, body, &s); err != nil {
		return err
	}
	return printRetention(cmd.OutOrStdout(), &s)
}
