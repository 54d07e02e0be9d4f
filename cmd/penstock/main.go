// Command penstock is a self-hosted intake for Microsoft Defender XDR: it reads the streamed advanced hunting records
// from Azure Event Hubs, keeps them as searchable ECS events, and shows them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the build.
var version = "unknown"

// memoryGoal is what the Go heap is kept below where that can be done; DuckDB has its own share (lake.memory).
const memoryGoal = 960 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	var code exitCode
	if errors.As(err, &code) {
		os.Exit(int(code))
	}
	fmt.Fprintln(os.Stderr, "penstock:", err)
	os.Exit(2)
}

// exitCode ends the program with a status of its own when everything there was to say has been said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "penstock",
		Short: "Self-hosted intake for Microsoft Defender XDR",
		Long: `Penstock reads the records that Microsoft Defender XDR streams into an Azure Event Hub, normalises them to the
Elastic Common Schema, keeps them in an open store, and searches them.`,
		Example: `  penstock demo                                   # a simulated tenant and everything behind it
  penstock check --config penstock.yaml           # is everything that the configuration names there?
  penstock doctor --config penstock.yaml          # what is wrong, and how to mend it
  penstock serve --config penstock.yaml           # run
  penstock query 'process.name: powershell.exe'   # search`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		serveCommand(), demoCommand(), checkCommand(), doctorCommand(), configCommand(),
		normalizeCommand(), queryCommand(), huntCommand(), intakesCommand(), quarantineCommand(), ledgerCommand(), retentionCommand(), azureCommand(),
		rulesCommand(), alertsCommand(), notifyCommand(), detectCommand(), replayCommand(), explainEventCommand(), simulateCommand(), secretsCommand(), usersCommand(), versionCommand(),
		backupCommand(), restoreCommand(),
	)
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  penstock version",
		Args:    cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			b := build()
			fmt.Fprintf(cmd.OutOrStdout(), "penstock %s (%s, DuckDB %s)\n", b.Version, b.Go, b.DuckDB)
		},
	}
}
