package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"penstock/formats"
)

func formatCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "format", Short: "Formats of records: list, write, check, test and document them",
		Long: `A format says what records of a product are: where they are in a message, which tables and columns there are, and what
becomes of them. It is a folder; below the folder that the key formats of the configuration names (formats in the data
folder), intakes may have it. Nothing has to run for these commands.`,
		Example: `  penstock format new "Acme Firewall" --from samples.ndjson
  penstock format check acme-firewall
  penstock format test acme-firewall --update`,
	}
	cmd.AddCommand(formatListCommand(), formatNewCommand(), formatCheckCommand(), formatTestCommand(), formatDocsCommand())
	return cmd
}

// formatsFlag names the folder of the commands that are about formats themselves.
func formatsFlag(cmd *cobra.Command, folder *string) {
	cmd.Flags().StringVar(folder, "formats", envOr("PENSTOCK_FORMATS", filepath.Join("data", "formats")), formatsUsage)
}

func formatListCommand() *cobra.Command {
	var dir, form string
	cmd := &cobra.Command{
		Use: "list", Short: "List the formats that there are", Args: cobra.NoArgs,
		Example: "  penstock format list --formats /etc/penstock/formats",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := formats.Open(dir)
			if err != nil {
				return err
			}
			return listFormats(cmd, c, form)
		},
	}
	formatsFlag(cmd, &dir)
	cmd.Flags().StringVarP(&form, "format", "f", "table", "table or json")
	return cmd
}

// listedFormat is a line of `format list`.
type listedFormat struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	Tables  int    `json:"tables"`
	Samples int    `json:"samples"`
	Folder  string `json:"folder,omitempty"`  // empty: it comes with the program
	Mistake string `json:"mistake,omitempty"` // why it is set aside
}

func listFormats(cmd *cobra.Command, c *formats.Catalogue, form string) error {
	rows := []listedFormat{}
	for _, f := range c.All() {
		rows = append(rows, listedFormat{ID: f.ID, Name: f.Name, Version: f.Version, Tables: len(f.Tables), Samples: len(f.Samples), Folder: f.Dir})
	}
	for _, b := range c.Broken() {
		rows = append(rows, listedFormat{ID: b.ID, Folder: b.Folder, Mistake: b.String()})
	}
	if form == "json" {
		return writeJSON(cmd.OutOrStdout(), rows)
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tVERSION\tTABLES\tSAMPLES\tFOLDER")
	for i := range rows {
		r := &rows[i]
		if r.Mistake == "" {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\n", r.ID, r.Name, r.Version, r.Tables, r.Samples, r.Folder)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	tellBroken(cmd.ErrOrStderr(), c)
	return nil
}

// maxSamples bounds the file that a format is made from.
const maxSamples = 64 << 20

func formatNewCommand() *cobra.Command {
	var from, dir string
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Write the folder of a new format", Args: cobra.ExactArgs(1),
		Long: `Writes a folder that passes its own check. With --from, a file of records (JSON, one a line), columns and their types are
those that occur in it, the first records become samples, and fields of ECS are guessed from the names of columns: each guess
is marked as one, to be looked at.`,
		Example: `  penstock format new "Acme Firewall" --from samples.ndjson
  penstock format check acme-firewall`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var samples []byte
			if from != "" {
				in, err := openRecords(cmd, []string{from})
				if err != nil {
					return err
				}
				defer in.Close()
				if samples, err = io.ReadAll(io.LimitReader(in, maxSamples+1)); err != nil {
					return fmt.Errorf("read the samples: %w", err)
				}
				if len(samples) > maxSamples {
					return errors.New("the samples are larger than 64 MiB: give fewer of them")
				}
			}
			files, err := formats.Scaffold(args[0], samples)
			if err != nil {
				return err
			}
			m, err := formats.ParseManifest(formats.ManifestFile, files[formats.ManifestFile])
			if err != nil {
				return err
			}
			if dir == "" {
				dir = m.ID
			}
			if err := formats.WriteFiles(dir, files); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is the format %s. Look at what is marked as guessed, then: penstock format check %s\n", dir, m.ID, dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "file with records to make it from; - is standard input")
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write; by default the format's id")
	return cmd
}

// formatFolder is a folder of a format as its files name themselves.
func formatFolder(dir string) (string, error) {
	dir = filepath.ToSlash(filepath.Clean(dir))
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	return dir, err
}

func formatCheckCommand() *cobra.Command {
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use: "check DIR", Short: "Find all that is wrong with a format's folder, with file and line", Args: cobra.ExactArgs(1),
		Long: `Tells every mistake, and as warnings what is of no use: columns that are not described, fields that no sample fills, lines of
the mapping that no sample reaches. Exits with status 1 when there are mistakes, with --strict when there are warnings too.`,
		Example: "  penstock format check acme-firewall\n  penstock format check acme-firewall --json | jq -r 'select(.warning | not) | .message'",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := formatFolder(args[0])
			if err != nil {
				return err
			}
			f, found := formats.Check(os.DirFS(dir), dir)
			mistakes := 0
			lines := json.NewEncoder(cmd.OutOrStdout())
			for i := range found {
				if !found[i].Warning {
					mistakes++
				}
				if asJSON {
					err = lines.Encode(&found[i])
				} else {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), found[i].String())
				}
				if err != nil {
					return fmt.Errorf("write what was found: %w", err)
				}
			}
			if f != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d tables, %d samples; %d mistakes, %d warnings\n", f.ID, len(f.Tables), len(f.Samples), mistakes, len(found)-mistakes)
			} else {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d mistakes, %d warnings: the format cannot be used yet\n", mistakes, len(found)-mistakes)
			}
			if mistakes > 0 || strict && len(found) > 0 {
				return exitCode(1)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "a JSON object a line")
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings count as mistakes")
	return cmd
}

func formatTestCommand() *cobra.Command {
	var asJSON, update bool
	cmd := &cobra.Command{
		Use: "test DIR", Short: "Run a format's samples and show what differs", Args: cobra.ExactArgs(1),
		Long: `Runs each record of samples/*.test through the mapping. Lines with - were wanted and do not come, lines with + come. Exits with
status 1 when something differs; --update writes what comes out into the files, to be read before it is kept.`,
		Example: "  penstock format test acme-firewall",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := formatFolder(args[0])
			if err != nil {
				return err
			}
			f, err := formats.ReadDir(dir)
			if err != nil {
				return err
			}
			if update {
				return updateSamples(cmd.OutOrStdout(), f)
			}
			trials, err := f.Try()
			if err != nil {
				return err
			}
			return showTrials(cmd, trials, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "a JSON object a line, one a sample")
	cmd.Flags().BoolVar(&update, "update", false, "write what comes out into the samples")
	return cmd
}

func showTrials(cmd *cobra.Command, trials []formats.Trial, asJSON bool) error {
	out, failed := cmd.OutOrStdout(), 0
	lines := json.NewEncoder(out)
	for i := range trials {
		t := &trials[i]
		if !t.Passed {
			failed++
		}
		if asJSON {
			if err := lines.Encode(t); err != nil {
				return fmt.Errorf("write the outcome: %w", err)
			}
			continue
		}
		if t.Passed {
			continue
		}
		fmt.Fprintf(out, "%s:%d: %s\n", t.File, t.Line, t.Title)
		for _, d := range t.Differences {
			fmt.Fprintf(out, "  %s %s\n", d.Sign, d.Line)
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d samples, %d as wanted, %d not\n", len(trials), len(trials)-failed, failed)
	if failed > 0 {
		return exitCode(1)
	}
	return nil
}

func updateSamples(out io.Writer, f *formats.Format) error {
	files, err := f.Updated()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.FromSlash(name), text, 0o644); err != nil { //nolint:gosec // it holds no secret
			return fmt.Errorf("write samples: %w", err)
		}
		fmt.Fprintf(out, "%s is written\n", name)
	}
	return nil
}
