package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"penstock/audit"
	"penstock/backup"
	"penstock/config"
	"penstock/lake"
	"penstock/state"
)

func backupCommand() *cobra.Command {
	var path, to string
	o := backup.Options{Version: version, Segments: lakeFiles}
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy everything that Penstock keeps, while it runs or not",
		Long: `Makes a backup in a folder, where it adds to those that are there and copies only what is new, or in an archive (a name that
ends in .tar.zst). Penstock may run meanwhile: the backup is consistent, and a restored Penstock goes on where it was made.
It is run on the same machine by the user that Penstock runs as, or by root. docs/backup.md says what is in it and what is not.`,
		Example: `  penstock backup --to /backup/penstock --config /etc/penstock/penstock.yaml
  penstock backup --to penstock.tar.zst
  penstock backup --to configuration.tar.zst --without-events`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := config.DataFolder(path)
			if err != nil {
				return err
			}
			o.Data, o.Config = data, path
			return takeBackup(cmd.Context(), to, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&to, "to", "", "folder of backups, or archive NAME.tar.zst")
	cmd.Flags().BoolVar(&o.WithoutEvents, "without-events", false, "leave the lake out: configuration, rules, alerts, users, ledger")
	cmd.Flags().BoolVar(&o.WithoutKey, "without-key", false, "leave secrets.key and certificates out: a restored Penstock starts once the key is put back, or its secrets are forgotten and entered again")
	cmd.Flags().IntVar(&o.Keep, "keep", 7, "backups that stay in the folder; older ones are deleted; 0: all stay")
	cobra.CheckErr(cmd.MarkFlagRequired("to"))
	return cmd
}

// lakeFiles lists what a copy of the catalogue names.
func lakeFiles(ctx context.Context, catalogue string) ([]backup.Segment, error) {
	files, err := lake.StoredFiles(ctx, catalogue)
	if err != nil {
		return nil, err
	}
	list := make([]backup.Segment, len(files))
	for i, f := range files {
		list[i] = backup.Segment{Path: f.Path, Mark: f.Mark, Rows: f.Rows, Spare: f.Index, Primary: !f.Index}
	}
	return list, nil
}

func takeBackup(ctx context.Context, to string, o backup.Options, out, errOut io.Writer) error {
	begun := time.Now()
	result, err := backup.Take(ctx, to, o)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	m := result.Manifest
	fmt.Fprintf(out, "%s: %s, of which %s were written, in %s.\n", result.Name, size(m.Bytes()), size(result.New), time.Since(begun).Round(time.Millisecond))
	fmt.Fprintf(out, "It has %d events in %d segments, what the journal held, and where the sources stood at %s.\n", m.Events, m.Segments, m.Made.Format(time.RFC3339))
	switch {
	case m.WithoutKey:
		fmt.Fprintln(out, "The key of the secrets is not in it: keep a copy of secrets.key elsewhere.")
	default:
		fmt.Fprintln(out, "The key of the secrets is in it: whoever can read the backup can read them.")
	}
	for _, name := range result.Removed {
		fmt.Fprintf(out, "Deleted %s, which --keep no longer covers.\n", name)
	}
	note(ctx, o.Data, &audit.Entry{Kind: "program", Actor: whoami(), Operation: "backup", Target: "to=" + to, Outcome: audit.Done}, errOut)
	return nil
}

// note writes an entry into the audit log of a Penstock that may run. That it cannot be written does not undo what it
// tells of.
func note(ctx context.Context, data string, entry *audit.Entry, errOut io.Writer) {
	db, err := state.Attach(ctx, statePath(data))
	if err == nil {
		err = audit.New(db, audit.Options{}).Write(ctx, entry)
		db.Close() //nolint:errcheck // what counts is committed
	}
	if err != nil {
		fmt.Fprintf(errOut, "penstock: the audit log does not tell of this: %v\n", err)
	}
}

func size(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
