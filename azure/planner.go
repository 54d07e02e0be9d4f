package azure

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// planner does the sums, and writes them down.
type planner struct {
	PlanOrder
	plan                CapacityPlan
	meanBytes, meanRate float64 // a second
	peakBytes, peakRate float64
}

// MakePlan says how large the Event Hub must be. What is wrong with the order is a Mistakes, or a Mistake.
func MakePlan(o PlanOrder) (*CapacityPlan, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	p := &planner{PlanOrder: o, plan: CapacityPlan{Tables: []PlannedTable{}}}
	if err := p.volume(); err != nil {
		return nil, err
	}
	p.rates()
	p.size()
	p.costs()
	if p.plan.Query, err = MeasureQuery(p.Tables); err != nil {
		return nil, err
	}
	return &p.plan, nil
}

func (p *planner) line(what, how, is string) {
	p.plan.Lines = append(p.plan.Lines, PlanLine{what, how, is})
}

func (p *planner) why(format string, args ...any) {
	p.plan.Reasons = append(p.plan.Reasons, fmt.Sprintf(format, args...))
}

// sourcesOf is how many there are of what makes records.
func (p *planner) sourcesOf(from string) (n float64, words string) {
	switch from {
	case "device":
		return float64(p.Devices), "devices"
	case "user":
		return float64(p.Users), "users"
	case "mailbox":
		return float64(p.Mailboxes), "mailboxes"
	case "workload":
		return float64(p.Workloads), "cloud workloads"
	}
	return float64(p.Devices+p.Users) / 100, "hundreds of devices and users" // alerts: some, wherever there is anything
}

// volume adds up what a day brings.
func (p *planner) volume() error {
	tables, err := chosen(p.Tables)
	if err != nil {
		return err
	}
	if p.PerTable {
		p.plan.Hubs = len(tables)
	} else {
		p.plan.Hubs = 1
	}
	for _, t := range tables {
		if i := slices.IndexFunc(p.Measured, func(m MeasuredTable) bool { return strings.EqualFold(m.Table, t.Name) }); i >= 0 {
			p.measured(&p.Measured[i])
			continue
		}
		n, words := p.sourcesOf(t.From)
		if n == 0 {
			continue
		}
		events := n * t.Daily
		p.add(PlannedTable{
			Name: t.Name, DailyEvents: events, Bytes: float64(t.Bytes),
			From: fmt.Sprintf("%s %s × %s records × %s bytes", grouped(n), words, grouped(t.Daily), grouped(float64(t.Bytes))),
		})
	}
	for i := range p.Measured { // tables that are not known yet
		m := &p.Measured[i]
		named := func(name string) bool { return strings.EqualFold(name, m.Table) }
		if len(p.Tables) == 0 && !slices.ContainsFunc(tables, func(t Table) bool { return named(t.Name) }) {
			p.measured(m)
		}
	}
	slices.SortStableFunc(p.plan.Tables, func(a, b PlannedTable) int {
		switch {
		case a.DailyGB > b.DailyGB:
			return -1
		case a.DailyGB < b.DailyGB:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, t := range p.plan.Tables {
		p.line(t.Name, t.From, gigabytes(t.DailyGB)+" a day")
	}
	return nil
}

func (p *planner) measured(m *MeasuredTable) {
	size := 0.0
	if m.Events > 0 {
		size = wireFactor * m.Bytes / m.Events
	}
	p.add(PlannedTable{
		Name: m.Table, DailyEvents: m.Events / m.Days, Bytes: size, Measured: true,
		From: fmt.Sprintf("measured: %s bytes × %g on the wire ÷ %g days", grouped(m.Bytes), wireFactor, m.Days),
	})
}

func (p *planner) add(t PlannedTable) {
	t.DailyGB = t.DailyEvents * t.Bytes / 1e9
	p.plan.Tables = append(p.plan.Tables, t)
	p.plan.DailyEvents += t.DailyEvents
	p.plan.DailyGB += t.DailyGB
}

// rates are what comes in a second: on the mean, and in the busiest hour.
func (p *planner) rates() {
	plan := &p.plan
	p.meanBytes, p.meanRate = plan.DailyGB*1e9/86400, plan.DailyEvents/86400
	p.line("All tables", "sum", fmt.Sprintf("%s, %s records a day", gigabytes(plan.DailyGB), grouped(plan.DailyEvents)))
	p.line("Mean rate", gigabytes(plan.DailyGB)+" ÷ 86,400 s", megabytes(p.meanBytes)+", "+grouped(p.meanRate)+" records a second")
	var estimated, estimatedRate, measured, measuredRate float64
	for _, t := range plan.Tables {
		if !t.Measured {
			estimated += t.DailyGB * 1e9 / 86400 * p.PeakFactor
			estimatedRate += t.DailyEvents / 86400 * p.PeakFactor
		}
	}
	for _, m := range p.Measured {
		if slices.ContainsFunc(plan.Tables, func(t PlannedTable) bool { return t.Measured && strings.EqualFold(t.Name, m.Table) }) {
			measured += wireFactor * m.PeakBytes / 3600
			measuredRate += m.PeakEvents / 3600
		}
	}
	p.peakBytes, p.peakRate = (estimated+measured)*p.Growth, (estimatedRate+measuredRate)*p.Growth
	if estimated > 0 {
		p.line("Busiest hour, estimated", fmt.Sprintf("mean × %g", p.PeakFactor), megabytes(estimated))
	}
	if measured > 0 {
		p.line("Busiest hour, measured", fmt.Sprintf("the busiest hour of each table × %g on the wire ÷ 3,600 s", wireFactor), megabytes(measured))
	}
	p.line("With room to grow", fmt.Sprintf("× %g", p.Growth), megabytes(p.peakBytes)+", "+grouped(p.peakRate)+" records a second")
	plan.PeakMBps, plan.PeakEvents = p.peakBytes/1e6, p.peakRate
}

// needed is how many units take an amount.
func needed(amount, unit float64) int { return max(1, int(math.Ceil(amount/unit-1e-9))) }

func (p *planner) size() {
	plan := &p.plan
	in, out := needed(p.peakBytes, unitBytes), needed(p.peakBytes*float64(p.Readers), unitEgress)
	units := max(in, out)
	p.line("Units by what comes in", megabytes(p.peakBytes)+" ÷ 1 MB/s", count(in, "throughput unit"))
	p.line("Units by what goes out", fmt.Sprintf("%s × %s ÷ 2 MB/s", megabytes(p.peakBytes), count(p.Readers, "reader")), count(out, "throughput unit"))
	// A message holds as many records as fit: as few messages as that, and as many as records.
	perMessage := max(1, math.Floor(maxMessage/max(1, plan.DailyGB*1e9/max(1, plan.DailyEvents))))
	p.line("Units by messages", fmt.Sprintf("%s records a second ÷ 1,000 a second", grouped(p.peakRate)),
		fmt.Sprintf("%s if each record were a message; Defender packs up to %s into one of 1 MB, so the bytes bind first", count(needed(p.peakRate, unitMessages), "unit"), grouped(perMessage)))
	plan.RetentionDays = p.RetentionDays
	plan.Tier, plan.Units = Standard, units
	switch {
	case units > maxThroughputUnits:
		p.why("Premium: %d throughput units are needed, and a Standard namespace has 40 at most. Several Standard namespaces, each with some of the tables, are the other way.", units)
	case p.RetentionDays > 7:
		p.why("Premium: a Standard hub keeps messages for 7 days at most, Premium for 90.")
	case plan.Hubs > maxStandardHubs:
		p.why("Premium: a Standard namespace has 10 hubs at most, and these are %d tables. One hub for all tables does without.", plan.Hubs)
	default:
		p.sizeStandard(units)
		p.finish()
		return
	}
	plan.Tier, plan.MaxUnits = Premium, 0
	pu := needed(p.peakBytes, processingBytes)
	i := slices.IndexFunc(premiumUnits, func(n int) bool { return n >= pu })
	if i < 0 {
		i = len(premiumUnits) - 1
		p.why("More than 16 processing units are needed, which is all that a namespace has: share the tables among several, or take a dedicated cluster.")
	}
	plan.Units = premiumUnits[i]
	p.line("Processing units", megabytes(p.peakBytes)+" ÷ 5 MB/s, of which Microsoft tells 5 to 10", count(plan.Units, "processing unit"))
	plan.Partitions = max(4, min(100, 4*plan.Units))
	p.line("Partitions", "4 for each processing unit; with Premium they can grow later", fmt.Sprint(plan.Partitions))
	p.finish()
}

func (p *planner) sizeStandard(units int) {
	plan := &p.plan
	p.why("Standard: Basic has no consumer group of one's own, keeps messages for one day and takes 256 KB a message; Premium is of use from 40 throughput units on, beyond 7 days, or for a key of your own.")
	start := max(1, min(units, needed(p.meanBytes*p.Growth, unitBytes)))
	if units > start {
		plan.Units, plan.MaxUnits = start, units
		p.why("%s to begin with, enough for the mean; the namespace grows to %d by itself when it must, and does not shrink again by itself.", count(start, "throughput unit"), units)
		p.line("To begin with", megabytes(p.meanBytes)+fmt.Sprintf(" × %g ÷ 1 MB/s", p.Growth), count(start, "throughput unit"))
	}
	plan.Partitions = max(4, min(32, units))
	how := "as many as throughput units at most, at least 4; 32 is all there are"
	if plan.Hubs > 1 {
		plan.Partitions, how = 4, "the hubs share the units: 4 each"
	}
	p.line("Partitions", how, fmt.Sprint(plan.Partitions))
}

func (p *planner) finish() {
	plan := &p.plan
	plan.HubGB = plan.DailyGB * float64(plan.RetentionDays)
	p.line("Kept by the hub", fmt.Sprintf("%s × %d days", gigabytes(plan.DailyGB), plan.RetentionDays), gigabytes(plan.HubGB))
	p.why("%d days of retention: so long may Penstock stand still without a loss.", plan.RetentionDays)
	p.why("Partitions cannot be changed later with Standard: rather some more than too few.")
	if !slices.ContainsFunc(plan.Tables, func(t PlannedTable) bool { return t.Measured }) {
		p.why("All this is estimated from the number of sources. Tenants differ by a factor of three and more: measure yours with the query, and plan again with its result.")
	}
	plan.Options = DeploymentOptions{Tier: plan.Tier, Units: plan.Units, MaxUnits: plan.MaxUnits, Partitions: plan.Partitions, RetentionDays: plan.RetentionDays}
	if p.PerTable {
		for _, t := range plan.Tables {
			plan.Options.Tables = append(plan.Options.Tables, t.Name)
		}
	}
}

func (p *planner) costs() {
	plan := &p.plan
	add := func(c CostDriver, price float64) {
		c.Monthly = c.Amount * price
		plan.Monthly += c.Monthly
		plan.Costs = append(plan.Costs, c)
	}
	month := plan.DailyGB * monthDays
	if plan.Tier == Premium {
		add(CostDriver{What: "Processing units", Amount: float64(plan.Units) * monthHours, Unit: "unit hours", Note: "the main driver; what comes in is included"}, p.Prices.UnitHour)
	} else {
		add(CostDriver{What: "Throughput units", Amount: float64(plan.Units) * monthHours, Unit: "unit hours", Note: "the main driver; hours in which the namespace has grown come on top of it"}, p.Prices.UnitHour)
		add(CostDriver{What: "Messages taken in", Amount: month * 1e9 / billedMessage / 1e6, Unit: "million events", Note: "each 64 KB of a message counts as one event: at least so many, more where messages are small"}, p.Prices.MillionEvents)
		included := float64(plan.Units) * includedBytes / 1e9
		p.line("Included in the units", fmt.Sprintf("%d × 84 GB", plan.Units), gigabytes(included))
		add(CostDriver{What: "Stored beyond what is included", Amount: max(0, plan.HubGB-included), Unit: "GB months", Note: "84 GB are included with each throughput unit; retention is what drives it"}, p.Prices.StorageGB)
	}
	add(CostDriver{What: "Leaves the region", Amount: month * float64(p.Readers), Unit: "GB", Note: "only where Penstock runs elsewhere than in the hub's region"}, p.Prices.EgressGB)
}
