package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"penstock/azure"
)

// planning is `penstock azure plan`.
type planning struct {
	order    azure.PlanOrder
	measured string
	format   string
	query    bool
}

func azurePlanCommand() *cobra.Command {
	p := &planning{}
	cmd := &cobra.Command{
		Use: "plan", Short: "Say how large the Event Hub must be, with the arithmetic, and how your real volume is measured", Args: cobra.NoArgs,
		Long: `Tells tier, units, partitions and retention, and what the price depends on. Without flags it asks.

The numbers are estimates until they are measured: --query prints a query for Hunting, Advanced hunting in Defender's portal; what it finds,
exported as CSV or JSON, is given with --measured.`,
		Example: `  penstock azure plan --devices 2000 --users 1500 --mailboxes 1800
  penstock azure plan --query
  penstock azure plan --measured result.csv --price-unit-hour 0.03 --price-million-events 0.028`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	o, flags := &p.order, cmd.Flags()
	flags.IntVar(&o.Devices, "devices", 0, "devices with Defender for Endpoint")
	flags.IntVar(&o.Users, "users", 0, "users")
	flags.IntVar(&o.Mailboxes, "mailboxes", 0, "mailboxes with Defender for Office 365")
	flags.IntVar(&o.Workloads, "workloads", 0, "machines, containers and accounts in clouds that Defender for Cloud watches")
	flags.StringSliceVar(&o.Tables, "tables", nil, "tables that are streamed (default: all)")
	flags.BoolVar(&o.PerTable, "per-table", false, "each table has a hub of its own")
	flags.StringVar(&p.measured, "measured", "", "file with the result of the measuring query, CSV or JSON; - for standard input")
	flags.BoolVar(&p.query, "query", false, "print the measuring query alone")
	flags.IntVar(&o.RetentionDays, "retention-days", 0, "for how long the hub keeps what is not read yet (default 7)")
	flags.Float64Var(&o.PeakFactor, "peak-factor", 0, "how many times the mean the busiest hour has (default 3; measured tables tell their own)")
	flags.Float64Var(&o.Growth, "growth", 0, "by how many times it will grow (default 1.25)")
	flags.IntVar(&o.Readers, "readers", 0, "programs that read everything, Penstock among them (default 1)")
	flags.Float64Var(&o.Prices.UnitHour, "price-unit-hour", 0, "price of a throughput or processing unit for an hour")
	flags.Float64Var(&o.Prices.MillionEvents, "price-million-events", 0, "price of a million messages taken in")
	flags.Float64Var(&o.Prices.StorageGB, "price-storage-gb", 0, "price of a GB stored beyond what is included, for a month")
	flags.Float64Var(&o.Prices.EgressGB, "price-egress-gb", 0, "price of a GB that leaves the region")
	flags.StringVarP(&p.format, "format", "f", "text", "text or json")
	return cmd
}

func (p *planning) run(cmd *cobra.Command) error {
	if p.format != "text" && p.format != "json" {
		return fmt.Errorf("--format %q: expected text or json", p.format)
	}
	if p.query {
		query, err := azure.MeasureQuery(p.order.Tables)
		if err != nil {
			return azureMistakes(err)
		}
		_, err = io.WriteString(cmd.OutOrStdout(), query)
		return err
	}
	if p.measured != "" {
		f, err := openOrStdin(cmd, p.measured)
		if err != nil {
			return fmt.Errorf("--measured: %w", err)
		}
		defer f.Close()
		if p.order.Measured, err = azure.ReadMeasured(f); err != nil {
			return azureMistakes(err)
		}
	}
	said := false
	for _, name := range []string{"devices", "users", "mailboxes", "workloads", "measured", "tables"} {
		said = said || cmd.Flags().Changed(name)
	}
	if !said {
		if err := p.ask(cmd.InOrStdin(), cmd.ErrOrStderr()); err != nil {
			return err
		}
	}
	plan, err := azure.MakePlan(p.order)
	if err != nil {
		return azureMistakes(err)
	}
	if p.format == "json" {
		return writeJSON(cmd.OutOrStdout(), plan)
	}
	return printPlan(cmd.OutOrStdout(), plan)
}

// ask asks for what no flag has said. An answer is tried again until it can be understood.
func (p *planning) ask(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for _, q := range []struct {
		text string
		take func(answer string) error
	}{
		{"Devices with Defender for Endpoint", takeNumber(&p.order.Devices)},
		{"Users", takeNumber(&p.order.Users)},
		{"Mailboxes with Defender for Office 365", takeNumber(&p.order.Mailboxes)},
		{"Cloud workloads that Defender for Cloud watches", takeNumber(&p.order.Workloads)},
		{"Tables, with commas between (empty: all)", func(answer string) error {
			p.order.Tables = strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' })
			_, err := azure.MeasureQuery(p.order.Tables)
			return err
		}},
	} {
		for {
			fmt.Fprint(out, q.text+": ")
			if !lines.Scan() {
				fmt.Fprintln(out)
				if err := lines.Err(); err != nil {
					return fmt.Errorf("read the answer: %w", err)
				}
				return errors.New("the answers ended too early; say it by flags: --devices, --users, --mailboxes (penstock azure plan --help)")
			}
			err := q.take(strings.TrimSpace(lines.Text()))
			if err == nil {
				break
			}
			var m *azure.Mistake
			if errors.As(err, &m) {
				err = errors.New(m.Message)
			}
			fmt.Fprintln(out, err)
		}
	}
	return nil
}

func takeNumber(into *int) func(string) error {
	return func(answer string) error {
		if answer == "" {
			*into = 0
			return nil
		}
		n, err := strconv.Atoi(strings.NewReplacer(",", "", "'", "", " ", "").Replace(answer))
		if err != nil || n < 0 || n > 10_000_000 {
			return errors.New("expected a number up to 10,000,000; empty: none")
		}
		*into = n
		return nil
	}
}

func printPlan(w io.Writer, p *azure.CapacityPlan) error {
	var b strings.Builder
	units := fmt.Sprint(p.Units)
	if p.MaxUnits > 0 {
		units = fmt.Sprintf("%d, growing by itself to %d", p.Units, p.MaxUnits)
	}
	what := "Throughput units"
	if p.Tier == azure.Premium {
		what = "Processing units"
	}
	fmt.Fprintf(&b, "Tier               %s\n%-18s %s\nHubs               %d\nPartitions         %d\nRetention          %d days\n", p.Tier, what, units, p.Hubs, p.Partitions, p.RetentionDays)
	fmt.Fprintf(&b, "A day              %.1f GB, %.0f records\nBusiest hour       %.2f MB/s, %.0f records a second\n\n", p.DailyGB, p.DailyEvents, p.PeakMBps, p.PeakEvents)
	for _, r := range p.Reasons {
		b.WriteString("- " + r + "\n")
	}
	b.WriteString("\nThe arithmetic (GB and MB of 1,000):\n")
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, l := range p.Lines {
		fmt.Fprintf(tab, "  %s\t%s\t= %s\n", l.What, l.How, l.Is)
	}
	tab.Flush() //nolint:errcheck // into memory
	b.WriteString("\nWhat the price depends on, in a month of 730 hours:\n")
	for _, c := range p.Costs {
		fmt.Fprintf(tab, "  %s\t%.1f %s\t%s\t%s\n", c.What, c.Amount, c.Unit, price(c.Monthly), c.Note)
	}
	tab.Flush() //nolint:errcheck // into memory
	if p.Monthly > 0 {
		fmt.Fprintf(&b, "  Sum of what has a price: %.2f\n", p.Monthly)
	}
	fmt.Fprintf(&b, "\nThe deployment:\n  penstock azure template --project PROJECT%s\n", templateFlags(p))
	b.WriteString("\nMeasure your own volume: run this under Hunting, Advanced hunting in Defender's portal, export the result, and give it with --measured FILE.\n\n")
	b.WriteString(p.Query)
	_, err := io.WriteString(w, b.String())
	return err
}

func price(n float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", n)
}

// templateFlags are those of a deployment of the planned size.
func templateFlags(p *azure.CapacityPlan) string {
	o := p.Options
	s := fmt.Sprintf(" --tier %s --units %d", o.Tier, o.Units)
	if o.MaxUnits > 0 {
		s += fmt.Sprintf(" --max-units %d", o.MaxUnits)
	}
	s += fmt.Sprintf(" --partitions %d --retention-days %d", o.Partitions, o.RetentionDays)
	if len(o.Tables) > 0 {
		s += " --tables " + strings.Join(o.Tables, ",")
	}
	return s
}
