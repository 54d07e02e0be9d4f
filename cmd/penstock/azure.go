package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"penstock/azure"
	"penstock/config"
	"penstock/format/defender"
	"penstock/server"
	"penstock/server/backend"
)

func azureCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "azure", Short: "Set up what Penstock reads from: how large, the deployment, the steps in Defender's portal",
		Long: `Helps from an empty Azure subscription to the first events. Nothing is asked of Azure: plan tells how large the Event Hub must
be, template writes a deployment, guide tells the steps, namespace-id looks at what is to be pasted into Defender's portal.`,
		Example: "  penstock azure plan --devices 2000 --users 1500 --mailboxes 1800\n  penstock azure template --project acme --format bicep > penstock.bicep\n  penstock azure guide --project acme",
	}
	cmd.AddCommand(azurePlanCommand(), azureTemplateCommand(), azureGuideCommand(), azureIDCommand())
	return cmd
}

// deploymentFlags are the options of a deployment.
type deploymentFlags struct {
	options azure.DeploymentOptions
	config  string // file with clouds of one's own; empty: those that are built in
}

// complete takes the clouds of the configuration.
func (f *deploymentFlags) complete() error {
	if f.config == "" {
		return nil
	}
	c, err := config.Load(f.config)
	if err != nil {
		return err
	}
	f.options.Clouds = c.Clouds
	return nil
}

func (f *deploymentFlags) add(cmd *cobra.Command) {
	o, flags := &f.options, cmd.Flags()
	flags.StringVar(&o.Project, "project", "", "prefix of every name: 2 to 22 small letters and digits, a letter first")
	flags.StringVar(&o.Cloud, "cloud", "", "commercial, gcc, gcc-high, dod, china, or a cloud of --config (default commercial)")
	flags.StringVarP(&f.config, "config", "c", "", "penstock.yaml with clouds of your own (keys cloud and clouds; default: none)")
	flags.StringVar(&o.Location, "location", "", "region (default: one of the cloud's)")
	flags.StringVar(&o.ResourceGroup, "resource-group", "", "resource group (default: the project with rg behind it)")
	flags.StringVar(&o.Tier, "tier", "", "Basic, Standard or Premium (default Standard; Basic is discouraged: one day of retention, no consumer group of one's own)")
	flags.IntVar(&o.Units, "units", 0, "throughput units, 1 to 40; with Premium processing units (default 1)")
	flags.IntVar(&o.MaxUnits, "max-units", 0, "with Standard: up to how many units the namespace grows by itself (default: it does not)")
	flags.IntVar(&o.Partitions, "partitions", 0, "1 to 32, with Premium up to 100 (default 4, or as many as throughput units where one hub takes all tables)")
	flags.IntVar(&o.RetentionDays, "retention-days", 0, "1 to 7, with Premium up to 90 (default 7)")
	flags.StringSliceVar(&o.Tables, "tables", nil, "tables that have a hub each (default: one hub takes all)")
	flags.BoolVar(&o.Entra, "entra", false, "Penstock signs in with Entra ID: no policy, no key")
	flags.BoolVar(&o.LocalAuth, "local-auth", false, "with --entra: the namespace goes on to take keys, for others")
	flags.StringVar(&o.PrincipalID, "principal-id", "", "with --entra: object ID of what Penstock runs as (default: a managed identity is made)")
	flags.StringVar(&o.PrincipalType, "principal-type", "", "of --principal-id: ServicePrincipal, User or Group (default ServicePrincipal, which a managed identity is too)")
	flags.StringSliceVar(&o.Addresses, "addresses", nil, "public IPv4 addresses and ranges that reach namespace and storage (default: everybody)")
	flags.StringVar(&o.Subnet, "subnet", "", "resource ID of the subnet for private endpoints")
	flags.BoolVar(&o.PrivateDNS, "private-dns", false, "with --subnet: make the private DNS zones too, linked to its network")
	flags.StringVar(&o.KeyURI, "key-uri", "", "with Premium: address of the customer-managed key in a key vault")
	flags.StringVar(&o.KeyIdentity, "key-identity", "", "with --key-uri: resource ID of the managed identity that may use the key")
	flags.StringVar(&o.KeyVault, "key-vault", "", "with --key-uri: resource ID of the key vault, to give the identity its role there (default: it has the role)")
	flags.StringVar(&o.Workspace, "workspace", "", "resource ID of the Log Analytics workspace for diagnostics (default: none)")
	flags.StringVar(&o.Redundancy, "redundancy", "", "of the storage account: LRS, ZRS or GRS (default LRS)")
	flags.BoolVar(&o.HideSecrets, "hide-secrets", false, "leave the connection strings out of the outputs; the commands that tell them are printed")
}

func azureTemplateCommand() *cobra.Command {
	var flags deploymentFlags
	var language, out string
	cmd := &cobra.Command{
		Use: "template", Short: "Write a deployment of an Event Hub and its storage: ARM, Bicep, Terraform or a script for the Azure CLI", Args: cobra.NoArgs,
		Long: `Writes a deployment to standard output, and on standard error how it is run and what is to be known of it. When it has been run
it tells the settings of the intake as JSON, which the form of a new intake takes as it is.`,
		Example: "  penstock azure template --project acme --format az > penstock.sh\n  penstock azure template --project acme --format terraform --units 2 --max-units 10\n  penstock azure template --project acme --format bicep --entra",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.complete(); err != nil {
				return err
			}
			d, err := azure.Deploy(language, flags.options)
			if err != nil {
				return azureMistakes(err)
			}
			if out == "json" {
				return writeJSON(cmd.OutOrStdout(), d)
			}
			explainDeployment(cmd.ErrOrStderr(), d)
			_, err = io.WriteString(cmd.OutOrStdout(), d.Text)
			return err
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVarP(&language, "format", "f", azure.Bicep, strings.Join(azure.Languages(), ", "))
	cmd.Flags().StringVar(&out, "output", "text", "text: the deployment alone; json: with its notes, commands and rights")
	return cmd
}

func explainDeployment(w io.Writer, d *azure.Deployment) {
	fmt.Fprintf(w, "Save it as %s and run:\n", d.File)
	for _, c := range d.Commands {
		fmt.Fprintln(w, "  "+c)
	}
	fmt.Fprintln(w, "It needs:")
	for _, n := range d.Needs {
		fmt.Fprintln(w, "  "+n)
	}
	for _, n := range d.Notes {
		fmt.Fprintln(w, "Note: "+n)
	}
}

// flagOf are the flags of fields that are not called alike.
var flagOf = map[string]string{
	"resourceGroup": "resource-group", "maxUnits": "max-units", "retentionDays": "retention-days", "localAuth": "local-auth", "principalId": "principal-id",
	"principalType": "principal-type", "privateDns": "private-dns", "keyUri": "key-uri", "keyIdentity": "key-identity", "keyVault": "key-vault", "peakFactor": "peak-factor",
	"prices.unitHour": "price-unit-hour", "prices.millionEvents": "price-million-events", "prices.storageGB": "price-storage-gb", "prices.egressGB": "price-egress-gb",
}

// azureMistakes tells what is wrong by the names of the flags.
func azureMistakes(err error) error {
	var list []*azure.Mistake
	switch e := err.(type) { //nolint:errorlint // it comes from the package as it is
	case azure.Mistakes:
		list = e
	case *azure.Mistake:
		list = []*azure.Mistake{e}
	default:
		return err
	}
	var all []string
	for _, m := range list {
		flag := flagOf[m.Field]
		if flag == "" {
			flag = m.Field
		}
		all = append(all, "--"+flag+": "+m.Message)
	}
	return fmt.Errorf("%s", strings.Join(all, "\n  "))
}

func azureGuideCommand() *cobra.Command {
	var flags deploymentFlags
	var format string
	cmd := &cobra.Command{
		Use: "guide", Short: "Tell the steps from nothing to events, with the names of your project, and what each table is good for", Args: cobra.NoArgs,
		Example: "  penstock azure guide --project acme\n  penstock azure guide --project acme --cloud gcc-high",
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan, err := defender.Plan()
			if err != nil {
				return err
			}
			router, err := defender.Pipeline(plan)
			if err != nil {
				return err
			}
			if err := flags.complete(); err != nil {
				return err
			}
			g, err := backend.Azure(router, flags.options.Clouds).Guide(flags.options)
			if err != nil {
				return azureMistakes(err)
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), g)
			}
			return printGuide(cmd.OutOrStdout(), g)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

func printGuide(w io.Writer, g *server.AzureGuide) error {
	var b strings.Builder
	for i, s := range g.Steps {
		fmt.Fprintf(&b, "%d. %s\n   Where: %s\n   Right: %s\n   %s\n", i+1, s.Title, s.Where, s.Right, s.Text)
		for _, v := range s.Values {
			fmt.Fprintf(&b, "     %s: %s\n", v.Label, v.Value)
		}
		b.WriteString("\n")
	}
	b.WriteString("Tables, with their part of the volume (measured at the simulator's mix) and the built-in rules that look at them:\n\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "TABLE\tVOLUME\tRULES\tGOOD FOR")
	for _, t := range g.Tables {
		fmt.Fprintf(tab, "%s\t%.1f %%\t%d\t%s\n", t.Name, 100*t.Share, t.Rules, t.Use)
	}
	return tab.Flush()
}

func azureIDCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "namespace-id [TEXT]", Short: "Say whether a text is the resource ID that Defender's streaming settings want, and what it is otherwise", Args: cobra.MaximumNArgs(1),
		Long:    "Looks at a resource ID before it is pasted into Defender's portal. Without an argument it is read from standard input, so that it does not stay in the shell's history.",
		Example: "  penstock azure namespace-id /subscriptions/…/providers/Microsoft.EventHub/namespaces/acmeehns",
		RunE: func(cmd *cobra.Command, args []string) error {
			text := strings.Join(args, "")
			if len(args) == 0 {
				data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 64<<10))
				if err != nil {
					return fmt.Errorf("read standard input: %w", err)
				}
				text = strings.TrimRight(string(data), "\r\n")
			}
			c := azure.CheckNamespaceID(text)
			var err error
			if format == "json" {
				err = writeJSON(cmd.OutOrStdout(), c)
			} else {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), c.Message)
			}
			if err == nil && !c.Valid {
				return exitCode(1)
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

// openOrStdin opens a file; - is standard input.
func openOrStdin(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}
