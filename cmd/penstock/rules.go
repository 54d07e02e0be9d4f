package main

import "github.com/spf13/cobra"

func rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "Detection rules: check them, install them, decide which are in force",
		Example: `  penstock rules check sigma_all_rules.zip`,
	}
	cmd.AddCommand(rulesCheckCommand())
	return cmd
}
