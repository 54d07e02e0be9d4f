package azure

import (
	"fmt"
	"math"
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
