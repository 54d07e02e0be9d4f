package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"penstock/format"
)

func normalizeCommand() *cobra.Command {
	var known formatFlags
	var strict bool
	cmd := &cobra.Command{
		Use:   "normalize [file]",
		Short: "Turn records into ECS documents",
		Long: `Read records or messages from a file or from standard input, and write one ECS document a line, in the order of the
input. What is no record goes to standard error with its line and the reason; a summary closes. Records of a format of your own
need --record-format, and --formats or --config to find it.`,
		Example: `  penstock normalize records.ndjson > events.ndjson
  az storage blob download … | penstock normalize --strict
  penstock normalize --mapping my.yaml records.ndjson.gz
  penstock normalize --formats /etc/penstock/formats --record-format acme-firewall lines.ndjson`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := known.open("", cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			in, err := openRecords(cmd, args)
			if err != nil {
				return err
			}
			defer in.Close()
			summary, err := k.plan.Stream(cmd.Context(), in, cmd.OutOrStdout(), cmd.ErrOrStderr(), format.StreamOptions{Framer: k.framer})
			if err != nil {
				return err
			}
			if strict && summary.RejectedTotal() > 0 {
				return exitCode(1)
			}
			return nil
		},
	}
	known.recordFlags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 if anything was rejected")
	return cmd
}

// openRecords opens the file that an argument names, or standard input.
func openRecords(cmd *cobra.Command, args []string) (io.ReadCloser, error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return f, nil
}
