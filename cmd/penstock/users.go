package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"penstock/access"
	"penstock/audit"
	"penstock/config"
	"penstock/secret"
	"penstock/state"
)

func usersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "users", Short: "Users, for whoever stands before the machine: list them, let one in again",
		Example: "  penstock users list\n  penstock users reset anna",
	}
	cmd.AddCommand(usersListCommand(), usersResetCommand())
	return cmd
}

// openUsers opens the users of a Penstock that does not run.
func openUsers(cmd *cobra.Command, path string, do func(db *state.DB, a *access.Access, c *config.Config) error) error {
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	return offline(cmd.Context(), path, func(db *state.DB, data string) error {
		secrets, err := secret.Open(cmd.Context(), db, secretsKey(data))
		if err != nil {
			return err
		}
		a, err := access.New(db, secrets, accessOptions(&c.Server))
		if err != nil {
			return err
		}
		return do(db, a, c)
	})
}

func usersListCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use: "list", Short: "List the users; Penstock must not run", Args: cobra.NoArgs, Example: "  penstock users list --config penstock.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return openUsers(cmd, path, func(_ *state.DB, a *access.Access, _ *config.Config) error {
				users, err := a.Users(cmd.Context())
				if err != nil {
					return err
				}
				t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "NAME\tROLE\tDISABLED\tOPENID\tCODES\tPASSKEYS\tLAST SIGN-IN")
				for i := range users {
					u := &users[i]
					seen := "never"
					if !u.Seen.IsZero() {
						seen = u.Seen.Format("2006-01-02 15:04")
					}
					fmt.Fprintf(t, "%s\t%s\t%v\t%v\t%v\t%d\t%s\n", u.Name, u.Role, u.Disabled, u.External, u.TOTP, u.Passkeys, seen)
				}
				return t.Flush()
			})
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func usersResetCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use: "reset NAME", Short: "Take away what a user signs in with, and print a link to begin anew; Penstock must not run",
		Long: `For an administrator who has lost passphrase or second factor, or is disabled. The account keeps its role; its sessions
end, and whoever opens the link within 24 hours chooses its new passphrase.`,
		Args: cobra.ExactArgs(1), Example: "  penstock users reset anna --config penstock.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			return openUsers(cmd, path, func(db *state.DB, a *access.Access, c *config.Config) error {
				token, err := a.ResetName(cmd.Context(), args[0])
				if errors.Is(err, access.ErrNotFound) {
					return fmt.Errorf("there is no user %s: penstock users list names them", args[0])
				}
				if err != nil {
					return err
				}
				entry := &audit.Entry{Kind: "program", Actor: whoami(), Operation: "users reset", Target: "name=" + args[0], Outcome: audit.Done}
				if err := audit.New(db, audit.Options{}).Write(cmd.Context(), entry); err != nil {
					return err
				}
				page := c.Server.PublicURL
				if page == "" {
					page = "http://" + c.Server.Listen
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Start Penstock, and open this link within 24 hours:\n\n  %s/welcome#%s\n", page, token)
				return nil
			})
		},
	}
	configFlag(cmd, &path)
	return cmd
}
