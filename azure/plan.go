package azure

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// PlanOrder says how much there is, and what is wanted.
type PlanOrder struct {
	Devices   int      `json:"devices,omitempty" minimum:"0" maximum:"10000000" doc:"With Defender for Endpoint"`
	Users     int      `json:"users,omitempty" minimum:"0" maximum:"10000000"`
	Mailboxes int      `json:"mailboxes,omitempty" minimum:"0" maximum:"10000000" doc:"With Defender for Office 365"`
	Workloads int      `json:"workloads,omitempty" minimum:"0" maximum:"10000000" doc:"Machines, containers and accounts in clouds that Defender for Cloud watches"`
	Tables    []string `json:"tables,omitempty" maxItems:"100" doc:"That are streamed; none: all that are known"`
	PerTable  bool     `json:"perTable,omitempty" doc:"Each table has a hub of its own"`

	Measured []MeasuredTable `json:"measured,omitempty" maxItems:"500" doc:"Result of the measuring query: it counts instead of the estimates for the tables that are in it"`

	RetentionDays int     `json:"retentionDays,omitempty" minimum:"0" maximum:"90" doc:"For how long the hub keeps what is not read yet, by default 7: it bounds the longest outage without loss"`
	PeakFactor    float64 `json:"peakFactor,omitempty" minimum:"0" maximum:"100" doc:"How many times the mean the busiest hour has, by default 3; what was measured tells its own"`
	Growth        float64 `json:"growth,omitempty" minimum:"0" maximum:"100" doc:"By how many times it will grow, by default 1.25: room for new devices and for outbreaks"`
	Readers       int     `json:"readers,omitempty" minimum:"0" maximum:"20" doc:"That read everything, Penstock among them; by default 1"`

	Prices PlanPrices `json:"prices,omitzero" doc:"Those of your region and contract; none: the drivers of the cost are told without"`
}

// PlanPrices are those of a region and a contract, in whatever currency.
type PlanPrices struct {
	UnitHour      float64 `json:"unitHour,omitempty" minimum:"0" maximum:"1000000" doc:"Of a throughput unit, or processing unit, for an hour"`
	MillionEvents float64 `json:"millionEvents,omitempty" minimum:"0" maximum:"1000000" doc:"Of a million messages taken in, each of up to 64 KB (Standard)"`
	StorageGB     float64 `json:"storageGB,omitempty" minimum:"0" maximum:"1000000" doc:"Of a GB beyond what is included, for a month"`
	EgressGB      float64 `json:"egressGB,omitempty" minimum:"0" maximum:"1000000" doc:"Of a GB that leaves the region, where Penstock is elsewhere"`
}

// CapacityPlan is how large the Event Hub must be, with the arithmetic.
type CapacityPlan struct {
	Tier          string  `json:"tier" enum:"Basic,Standard,Premium"`
	Units         int     `json:"units" doc:"Throughput units, or processing units with Premium"`
	MaxUnits      int     `json:"maxUnits,omitempty" doc:"Up to how many the namespace should grow by itself"`
	Partitions    int     `json:"partitions" doc:"Of each hub"`
	RetentionDays int     `json:"retentionDays"`
	Hubs          int     `json:"hubs"`
	DailyEvents   float64 `json:"dailyEvents"`
	DailyGB       float64 `json:"dailyGB" doc:"Of 1,000,000,000 bytes, as they cross the hub"`
	PeakMBps      float64 `json:"peakMBps" doc:"In the busiest hour, in 1,000,000 bytes a second, with growth"`
	PeakEvents    float64 `json:"peakEventsPerSecond" doc:"In the busiest hour, with growth"`
	HubGB         float64 `json:"hubGB" doc:"That the hub keeps when the retention is full"`

	Tables  []PlannedTable    `json:"tables" nullable:"false" doc:"The largest first"`
	Lines   []PlanLine        `json:"lines" nullable:"false" doc:"The arithmetic, in order"`
	Reasons []string          `json:"reasons" nullable:"false" doc:"Why this tier and these numbers"`
	Costs   []CostDriver      `json:"costs" nullable:"false" doc:"What the price depends on"`
	Monthly float64           `json:"monthly,omitempty" doc:"Sum of the costs whose price was given, for 730 hours"`
	Query   string            `json:"query" doc:"In KQL: measures the tenant's own volume. Its result goes into measured"`
	Options DeploymentOptions `json:"options" doc:"For a deployment of this size; the project is missing"`
}

// PlannedTable is what is expected of a table.
type PlannedTable struct {
	Name        string  `json:"name"`
	DailyEvents float64 `json:"dailyEvents"`
	Bytes       float64 `json:"bytes" doc:"Of a record on the wire"`
	DailyGB     float64 `json:"dailyGB"`
	Measured    bool    `json:"measured" doc:"By the query; otherwise estimated"`
	From        string  `json:"from" doc:"The sum, in words"`
}

// PlanLine is a line of the arithmetic.
type PlanLine struct {
	What string `json:"what"`
	How  string `json:"how" doc:"The sum"`
	Is   string `json:"is" doc:"Its result, with the unit"`
}

// CostDriver is a driver of the cost.
type CostDriver struct {
	What    string  `json:"what"`
	Amount  float64 `json:"amount" doc:"In a month"`
	Unit    string  `json:"unit"`
	Monthly float64 `json:"monthly,omitempty" doc:"By the price that was given"`
	Note    string  `json:"note,omitempty"`
}

// What Event Hubs gives. The megabytes are taken for 1,000,000 bytes, which is on the safe side.
const (
	unitBytes       = 1e6 // a second into a throughput unit
	unitEgress      = 2e6
	unitMessages    = 1000 // a second
	processingBytes = 5e6  // a second into a processing unit: the lower end of what Microsoft tells
	includedBytes   = 84e9 // stored with a throughput unit
	billedMessage   = 64e3
	maxMessage      = 1e6
	monthHours      = 730
	monthDays       = monthHours / 24.0
	// wireFactor is how many times the size by estimate_data_size a record has on the wire: names of columns and the envelope
	// come with each. Users report about twice.
	wireFactor = 2.0
)

var sources = []string{"device", "user", "mailbox", "workload", "alert"}

func (o PlanOrder) complete() (PlanOrder, error) {
	var wrong Mistakes
	for name, n := range map[string]int{"devices": o.Devices, "users": o.Users, "mailboxes": o.Mailboxes, "workloads": o.Workloads} {
		if n < 0 || n > 10_000_000 {
			wrong.add(name, "Expected 0 to 10,000,000.")
		}
	}
	if o.Devices+o.Users+o.Mailboxes+o.Workloads == 0 && len(o.Measured) == 0 {
		wrong.add("devices", "Say how many devices, users or mailboxes there are, or what was measured.")
	}
	def := func(name string, value *float64, usual, least, most float64) {
		if *value == 0 {
			*value = usual
		}
		if math.IsNaN(*value) || *value < least || *value > most {
			wrong.add(name, fmt.Sprintf("Expected %g to %g.", least, most))
		}
	}
	def("peakFactor", &o.PeakFactor, 3, 1, 100)
	def("growth", &o.Growth, 1.25, 1, 100)
	if o.RetentionDays == 0 {
		o.RetentionDays = 7
	}
	if o.RetentionDays < 1 || o.RetentionDays > 90 {
		wrong.add("retentionDays", "Expected 1 to 90 days.")
	}
	if o.Readers == 0 {
		o.Readers = 1
	}
	if o.Readers < 1 || o.Readers > 20 {
		wrong.add("readers", "Expected 1 to 20.")
	}
	if len(o.Measured) > maxMeasuredTables {
		wrong.add("measured", "There are more tables than can be.")
	}
	for _, m := range o.Measured {
		if !tableName.MatchString(m.Table) || m.Days < 1 || m.Events < 0 || m.Bytes < 0 || m.PeakBytes < 0 || m.PeakEvents < 0 {
			wrong.add("measured", fmt.Sprintf("What is said of %.60q cannot be.", m.Table))
			break
		}
	}
	for name, price := range map[string]float64{
		"prices.unitHour": o.Prices.UnitHour, "prices.millionEvents": o.Prices.MillionEvents, "prices.storageGB": o.Prices.StorageGB, "prices.egressGB": o.Prices.EgressGB,
	} {
		if math.IsNaN(price) || price < 0 || price > 1e6 {
			wrong.add(name, "Expected a price, not below 0.")
		}
	}
	return o, wrong.err()
}

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

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// grouped writes a number with its thousands apart.
func grouped(n float64) string {
	digits := fmt.Sprintf("%.0f", n)
	if n < 10 && n != math.Trunc(n) {
		return fmt.Sprintf("%.2g", n)
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func gigabytes(n float64) string {
	switch {
	case n >= 100:
		return grouped(n) + " GB"
	case n >= 1:
		return fmt.Sprintf("%.1f GB", n)
	}
	return grouped(n*1000) + " MB"
}

func megabytes(perSecond float64) string { return fmt.Sprintf("%.2f MB/s", perSecond/1e6) }
