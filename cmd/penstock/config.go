package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/server"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Print an example of the configuration, its JSON Schema, or the API's description",
		Example: "  penstock config example > penstock.yaml\n  penstock config schema > penstock.schema.json\n  penstock config openapi > openapi.json",
	}
	printing := func(name, short string, text func() ([]byte, error)) *cobra.Command {
		return &cobra.Command{
			Use: name, Short: short, Args: cobra.NoArgs, Example: "  penstock config " + name,
			RunE: func(cmd *cobra.Command, _ []string) error {
				b, err := text()
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s", b)
				return err
			},
		}
	}
	cmd.AddCommand(
		printing("example", "A minimal penstock.yaml", func() ([]byte, error) { return config.Example, nil }),
		printing("schema", "JSON Schema of penstock.yaml, for editors", config.Schema),
		printing("openapi", "OpenAPI description of the HTTP API", func() ([]byte, error) { return server.OpenAPI(version) }),
	)
	return cmd
}
