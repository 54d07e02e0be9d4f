package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/secret"
	"penstock/state"
)

// secretsKey is where the key of the secrets lies.
func secretsKey(data string) string { return filepath.Join(data, "secrets.key") }

// statePath is where the state lies.
func statePath(data string) string { return filepath.Join(data, "state.db") }

// offline opens the state of a Penstock that does not run, for those commands that change what it must not change
// meanwhile.
func offline(ctx context.Context, configPath string, do func(db *state.DB, data string) error) error {
	c, err := config.Load(configPath)
	if err != nil {
		return err
	}
	unlock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	db, err := state.Open(ctx, statePath(c.Data))
	if err != nil {
		return err
	}
	return errors.Join(do(db, c.Data), db.Close())
}

func secretsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "secrets", Short: "The key under which secrets are kept: rotate it, or forget what it opened",
		Example: "  penstock secrets rotate --config penstock.yaml",
	}
	cmd.AddCommand(secretsRotateCommand(), secretsForgetCommand())
	return cmd
}

func secretsRotateCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use: "rotate", Short: "Make a new key and encrypt every secret with it; Penstock must not run",
		Args: cobra.NoArgs, Example: "  penstock secrets rotate --config penstock.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return offline(cmd.Context(), path, func(db *state.DB, data string) error {
				store, err := secret.Open(cmd.Context(), db, secretsKey(data))
				if err != nil {
					return err
				}
				n, err := store.Rotate(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d secrets are encrypted with a new key, in %s: copy it to where the old one was kept.\n", n, secretsKey(data))
				return nil
			})
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func secretsForgetCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use: "forget", Short: "Delete every secret, when the key file is lost; they have to be entered again",
		Args: cobra.NoArgs, Example: "  penstock secrets forget --config penstock.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return offline(cmd.Context(), path, func(db *state.DB, _ string) error {
				n, err := secret.Forget(cmd.Context(), db)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d secrets are forgotten; enter them again where they were: notification targets, intakes.\n", n)
				return nil
			})
		},
	}
	configFlag(cmd, &path)
	return cmd
}
