package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"penstock/format"
	"penstock/formats"
	"penstock/rules"
)

func formatDocsCommand() *cobra.Command {
	var folder, out string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "docs DIR|ID", Short: "Write the documentation of a format: Markdown, or JSON", Args: cobra.ExactArgs(1),
		Long: `Writes pages on the format's tables, columns, fields, samples before and after, sentences and the rules that apply (those that
come with the program and with the format), and a layer of the ATT&CK Navigator, into a folder formats/ID below --out.`,
		Example: "  penstock format docs defender --out docs/\n  penstock format docs acme-firewall --json | jq '.fields[].name'",
		RunE: func(cmd *cobra.Command, args []string) error {
			known, err := formats.Open(folder)
			if err != nil {
				return err
			}
			f, err := formatNamed(known, args[0])
			if err != nil {
				return err
			}
			plan, applicable, err := rulesForDocs(f)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), f.Document(plan, applicable))
			}
			pages, err := f.Pages(plan, applicable)
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(pages)) {
				path := filepath.Join(out, "formats", filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // it holds no secret
					return fmt.Errorf("write the documentation: %w", err)
				}
				if err := os.WriteFile(path, pages[name], 0o644); err != nil { //nolint:gosec // it holds no secret
					return fmt.Errorf("write the documentation: %w", err)
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d pages are written to %s\n", len(pages), filepath.Join(out, "formats"))
			return nil
		},
	}
	formatsFlag(cmd, &folder)
	cmd.Flags().StringVar(&out, "out", "docs", "folder to write to")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the documentation as JSON to standard output instead")
	return cmd
}

// rulesForDocs are the rules that come with the program or the format and apply to it.
func rulesForDocs(f *formats.Format) (*format.Plan, []formats.RuleEntry, error) {
	plan, err := f.Plan()
	if err != nil {
		return nil, nil, err
	}
	builtin, err := rules.All()
	if err != nil {
		return nil, nil, err
	}
	own, err := f.OwnRules(plan)
	if err != nil {
		return nil, nil, err
	}
	return plan, append(own, f.RulesThatApply(plan, "builtin", builtin)...), nil
}
