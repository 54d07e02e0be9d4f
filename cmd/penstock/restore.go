package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"penstock/audit"
	"penstock/backup"
)

func restoreCommand() *cobra.Command {
	var from, name, to string
	var check, shared bool
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "Put a backup into a new data folder, or check one",
		Long: `Puts a backup into a folder that is empty or not there yet, and compares every file with its checksum. The restored Penstock,
started on that folder, goes on where the backup was made: what came since is read again from the hub as far as that still has it, whatever the checkpoints
in a storage container or the offsets of a consumer group say. It waits while another Penstock still reads the same.`,
		Example: `  penstock restore --from /backup/penstock --check
  penstock restore --from /backup/penstock --to /var/lib/penstock
  penstock restore --from penstock.tar.zst --to /var/lib/penstock
  penstock restore --shared --to /var/lib/penstock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case check && from == "":
				return fmt.Errorf("--from names what is to be checked")
			case check:
				return checkBackup(cmd.Context(), from, name, cmd.OutOrStdout())
			case to == "":
				return fmt.Errorf("--to names the data folder to restore to (key data of penstock.yaml); --check only looks")
			case from == "" && !shared:
				return fmt.Errorf("--from names the folder of backups, or the archive")
			}
			if from != "" {
				if err := restore(cmd.Context(), from, name, to, cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
					return err
				}
			}
			if !shared {
				return nil
			}
			return share(to, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "folder of backups, or archive")
	cmd.Flags().StringVar(&name, "backup", "", "which backup of the folder, such as 20261126T093000Z; the newest by default")
	cmd.Flags().StringVar(&to, "to", "", "data folder to restore to; empty or not there yet")
	cmd.Flags().BoolVar(&check, "check", false, "compare every file with its checksum, and write nothing")
	cmd.Flags().BoolVar(&shared, "shared", false, "other Penstocks of the consumer groups live on, and what they have read counts: share with them; without --from for what was restored before")
	return cmd
}

// share gives up what a restore would enforce.
func share(to string, out io.Writer) error {
	unlock, err := lockData(to)
	if err != nil {
		return err
	}
	defer unlock()
	if err := backup.ForgetRestored(to); err != nil {
		return err
	}
	fmt.Fprintln(out, "What other Penstocks of the consumer groups have read counts, and the partitions are shared with them.")
	return nil
}

func checkBackup(ctx context.Context, from, name string, out io.Writer) error {
	m, problems, err := backup.Check(ctx, from, name)
	if err != nil {
		return fmt.Errorf("check the backup: %w", err)
	}
	describe(out, m)
	for _, p := range problems {
		fmt.Fprintln(out, "  "+p)
	}
	if len(problems) > 0 {
		fmt.Fprintf(out, "%d of %d files are not what was written. Take another backup, or an older one (--backup).\n", len(problems), len(m.Files))
		return exitCode(1)
	}
	fmt.Fprintf(out, "All %d files are as they were written.\n", len(m.Files))
	return nil
}

func describe(out io.Writer, m *backup.Manifest) {
	fmt.Fprintf(out, "Made at %s by Penstock %s of %s: %d events in %d segments, %s.\n",
		m.Made.Format(time.RFC3339), m.Penstock, m.Data, m.Events, m.Segments, size(m.Bytes()))
}

func restore(ctx context.Context, from, name, to string, out, errOut io.Writer) error {
	if _, err := os.Stat(filepath.Join(to, "lock")); err == nil {
		unlock, err := lockData(to)
		if err != nil {
			return err
		}
		unlock()
	}
	m, err := backup.Restore(ctx, from, name, to)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	describe(out, m)
	fmt.Fprintf(out, "It is now in %s. What came to be after it was made (%s ago):\n", to, time.Since(m.Made).Round(time.Second))
	fmt.Fprintln(out, "  - events from hubs are read again, from these positions on, as far as the hub still has them; penstock ledger tells of every gap:")
	for _, p := range m.Positions {
		fmt.Fprintf(out, "      %s, %s partition %s: after message %d of %s\n", p.Intake, p.Hub, p.Partition, p.Sequence, p.Enqueued.Format(time.RFC3339))
	}
	fmt.Fprintln(out, "  - what programs pushed by HTTP is gone, unless they send it again")
	fmt.Fprintln(out, "  - changes of rules, users, alerts and settings are gone, with their audit entries")
	fmt.Fprintln(out, "Checkpoints in a storage container, and offsets of Kafka groups, are taken back to these positions at the first start, which waits while another Penstock still reads there.")
	if m.WithoutEvents {
		fmt.Fprintln(out, "The events of before are not in this backup, but for those of its journal.")
	}
	if m.WithoutKey {
		fmt.Fprintf(out, "The key of the secrets is not in this backup: put secrets.key into %s before the start, or penstock secrets forget and enter the secrets again.\n", to)
	}
	fmt.Fprintf(out, "The configuration as it was is in %s.\n", filepath.Join(to, backup.ConfigName))
	if os.Geteuid() == 0 {
		fmt.Fprintf(out, "The files belong to root: chown -R penstock: %s, or whoever Penstock runs as.\n", to)
	}
	note(ctx, to, &audit.Entry{Kind: "program", Actor: whoami(), Operation: "restore", Target: "from=" + from, Outcome: audit.Done}, errOut)
	return nil
}
