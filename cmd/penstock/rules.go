package main

import "github.com/spf13/cobra"

func rulesCommand() *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Detection rules: check them, install them, decide which are in force",
		Example: `  penstock rules check sigma_all_rules.zip
  penstock rules install sigma_all_rules.zip --enable-level high --enable-status stable,test
  penstock rules list --technique T1059 --applies yes --enabled false
  penstock rules enable --level critical --level high --pack sigma_all_rules --dry-run`,
	}
	cmd.AddCommand(rulesCheckCommand())
	for _, asking := range []*cobra.Command{
		rulesInstallCommand(c), rulesPacksCommand(c), rulesUninstallCommand(c), rulesListCommand(c), rulesShowCommand(c),
		rulesSwitchCommand(c, true), rulesSwitchCommand(c, false), rulesFitnessCommand(c), rulesCoverageCommand(c), rulesExplainCommand(c),
	} {
		c.flags(asking)
		cmd.AddCommand(asking)
	}
	return cmd
}
