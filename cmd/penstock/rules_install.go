package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"penstock/attack"
	"penstock/catalogue"
	"penstock/server"
)

// maxArchive is what the server takes at most.
const maxArchive = 64 << 20

func rulesInstallCommand(c *client) *cobra.Command {
	var name, level, effort, reason, format string
	var statuses []string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "install FILE|DIR",
		Short: "Install the rules of a zip archive, a folder or a checkout",
		Long: `Installs a pack of Sigma rules in a running Penstock. A pack of the same name is replaced; what was decided about its
rules stays. Rules are disabled unless --enable-level, --enable-status or --enable-effort say which are to be enabled; all of
these that are given must fit.`,
		Example: `  penstock rules install sigma_all_rules.zip --dry-run
  penstock rules install sigma_all_rules.zip --enable-level high --enable-status stable,test
  penstock rules install ./our-rules --name ours --enable-level informational`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			archive, version, err := archiveOf(args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			p := url.Values{"file": {fileName(args[0])}, "dryRun": {strconv.FormatBool(dryRun)}}
			for key, value := range map[string]string{"name": name, "minLevel": level, "maxEffort": effort, "reason": reason, "version": version} {
				if value != "" {
					p.Set(key, value)
				}
			}
			if len(statuses) > 0 {
				p["status"] = statuses
			}
			var r server.InstallReport
			if err := c.upload(cmd.Context(), "/packs", p, "application/zip", bytes.NewReader(archive), &r); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), &r)
			}
			return showInstalled(cmd.OutOrStdout(), &r)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the pack; default: made from the file's or folder's")
	cmd.Flags().StringVar(&level, "enable-level", "", "enable rules of this level and above: informational, low, medium, high, critical")
	cmd.Flags().StringSliceVar(&statuses, "enable-status", nil, "enable rules of these statuses: stable, test, experimental")
	cmd.Flags().StringVar(&effort, "enable-effort", "", "enable rules of this effort and below: elementary, intermediate, advanced, master")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would happen")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// fileName is the last part of a path, of the current folder too.
func fileName(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Base(path)
}

// archiveOf reads a zip archive, or makes one of the rules of a folder or of a single file; of these it tells the version
// and, on errOut, what it leaves out.
func archiveOf(path string, errOut io.Writer) (data []byte, version string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", fmt.Errorf("read rules: %w", err)
	}
	if !info.IsDir() && !isYAML(path) {
		if info.Size() > maxArchive {
			return nil, "", fmt.Errorf("%s has %d MiB, more than the %d that are taken", path, info.Size()>>20, maxArchive>>20)
		}
		if data, err = os.ReadFile(path); err != nil {
			return nil, "", fmt.Errorf("read rules: %w", err)
		}
		return data, "", nil
	}
	files, err := catalogue.ReadFolder(path, catalogue.Bounds{})
	if err != nil {
		return nil, "", err
	}
	for _, p := range files.Problems {
		fmt.Fprintf(errOut, "%s is left out: %s\n", p.File, p.Message)
	}
	if len(files.Rules) == 0 {
		return nil, "", fmt.Errorf("there are no rules in %s: no file .yml or .yaml with a rule", path)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range files.Rules {
		w, err := z.Create(files.Rules[i].Path)
		if err == nil {
			_, err = w.Write(files.Rules[i].Text)
		}
		if err != nil {
			return nil, "", fmt.Errorf("pack the rules of %s: %w", path, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, "", fmt.Errorf("pack the rules of %s: %w", path, err)
	}
	if b.Len() > maxArchive {
		return nil, "", fmt.Errorf("the rules of %s have %d MiB packed, more than the %d that are taken", path, b.Len()>>20, maxArchive>>20)
	}
	return b.Bytes(), files.Version, nil
}

// shownObstacles and shownProblems are how many a report shows in its table; JSON has more.
const (
	shownObstacles = 15
	shownProblems  = 20
)

// placeOf is where a problem is: a whole file, where no line is to blame.
func placeOf(p *server.RuleProblem) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func showInstalled(out io.Writer, r *server.InstallReport) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	title := "installed as"
	if r.DryRun {
		title = "would be installed as"
	}
	fmt.Fprintf(t, "%s\t%s, version %s\n", title, r.Pack, r.Version)
	fmt.Fprintf(t, "files\t%d of rules, %d others\n", r.Files, r.Ignored)
	fmt.Fprintf(t, "rules\t%d, and %d correlations, %d filters\n", r.Rules, r.Correlations, r.Filters)
	fmt.Fprintf(t, "apply to the data\t%d, %d in part, %d not at all\n", r.Yes, r.Partly, r.No)
	fmt.Fprintf(t, "changes\t%d added, %d updated, %d removed, %d unchanged\n", r.Added, r.Updated, r.Removed, r.Unchanged)
	fmt.Fprintf(t, "enabled\t%d\n", r.Enabled)
	if len(r.Obstacles) > 0 {
		fmt.Fprintln(t, "\nRULES\tWHAT STANDS IN THEIR WAY")
	}
	for _, o := range r.Obstacles[:min(len(r.Obstacles), shownObstacles)] {
		fmt.Fprintf(t, "%d\t%s\n", o.Rules, o.Text)
	}
	if len(r.Problems) > 0 {
		fmt.Fprintf(t, "\nPLACE\tPROBLEM\n")
	}
	for _, p := range r.Problems[:min(len(r.Problems), shownProblems)] {
		fmt.Fprintf(t, "%s\t%s\n", placeOf(&p), p.Message)
	}
	if more := len(r.Problems) + r.MoreProblems - shownProblems; more > 0 {
		fmt.Fprintf(t, "…\t%d more; --format json and penstock rules check list them\n", more)
	}
	return t.Flush()
}

func rulesPacksCommand(c *client) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "packs", Short: "List the packs of rules", Args: cobra.NoArgs, Example: "  penstock rules packs",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list server.PackList
			if err := c.get(cmd.Context(), "/packs", nil, &list); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), list.Packs)
			}
			t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "NAME\tVERSION\tRULES\tENABLED\tINSTALLED\tFROM")
			for i := range list.Packs {
				p := &list.Packs[i]
				fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\n", p.Name, p.Version, p.Rules, p.Enabled, p.Installed.Format("2006-01-02 15:04"), p.Origin)
			}
			return t.Flush()
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

func rulesUninstallCommand(c *client) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "uninstall PACK", Short: "Remove a pack; what was decided about its rules is kept", Args: cobra.ExactArgs(1),
		Example: "  penstock rules uninstall sigma_all_rules",
		RunE: func(cmd *cobra.Command, args []string) error {
			p := url.Values{}
			if reason != "" {
				p.Set("reason", reason)
			}
			if err := c.do(cmd.Context(), http.MethodDelete, "/packs/"+url.PathEscape(args[0]), p, nil); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is uninstalled\n", args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

func rulesCoverageCommand(c *client) *cobra.Command {
	var f ruleFilter
	var layer, format string
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Tell how far the rules cover ATT&CK, or write a layer for the ATT&CK Navigator",
		Long: `Counts for each tactic of MITRE ATT&CK the techniques for which a rule is enabled, for which what it needs arrives as well,
and for which such a rule is proven by a test event or by having fired.`,
		Example: "  penstock rules coverage\n  penstock rules coverage --pack builtin --layer layer.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if layer != "" {
				return c.saveLayer(cmd, f.params(), layer)
			}
			var got server.AttackCoverage
			if err := c.get(cmd.Context(), "/coverage", f.params(), &got); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), &got)
			}
			return showCoverage(cmd.OutOrStdout(), &got)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&layer, "layer", "", "write a layer for the ATT&CK Navigator to this file; -: to standard output")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

func (c *client) saveLayer(cmd *cobra.Command, p url.Values, path string) error {
	var layer json.RawMessage
	if err := c.get(cmd.Context(), "/coverage/layer", p, &layer); err != nil {
		return err
	}
	if path == "-" {
		_, err := cmd.OutOrStdout().Write(layer)
		return err
	}
	if err := os.WriteFile(path, layer, 0o644); err != nil { //nolint:gosec // it holds nothing secret, and is made to be handed on
		return fmt.Errorf("write the layer: %w", err)
	}
	return nil
}

func showCoverage(out io.Writer, c *server.AttackCoverage) error {
	byID := map[string]*server.TechniqueCoverage{}
	for i := range c.Techniques {
		byID[c.Techniques[i].ID] = &c.Techniques[i]
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "ATT&CK %s\tTECHNIQUES\tRULE ENABLED\tDATA ARRIVES\tPROVEN\n", c.Version)
	row := func(name string, ids []string) {
		atLeast := func(score int) (n int) {
			for _, id := range ids {
				if byID[id].Score >= score {
					n++
				}
			}
			return n
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\n", name, len(ids), atLeast(attack.ScoreEnabled), atLeast(attack.ScoreData), atLeast(attack.ScoreProven))
	}
	for _, tactic := range c.Tactics {
		row(tactic.Name, tactic.Techniques)
	}
	all := make([]string, 0, len(byID))
	for id := range byID {
		all = append(all, id)
	}
	row("all", all)
	return t.Flush()
}
