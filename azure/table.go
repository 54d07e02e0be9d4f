package azure

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// Table is a table that Defender streams: what it is good for and how much of it there is.
type Table struct {
	Name    string  `yaml:"name"`
	From    string  `yaml:"from"`    // what makes its records: device, user, mailbox, workload, alert
	Daily   float64 `yaml:"daily"`   // records that one of these makes in a day, assumed
	Bytes   int     `yaml:"bytes"`   // of a record on the wire, measured at the simulator
	Share   float64 `yaml:"share"`   // of a hundred records of the simulator's mix, measured
	Listed  bool    `yaml:"listed"`  // Microsoft's list of streamed event types names it
	Use     string  `yaml:"use"`     // what it is good for
	Without string  `yaml:"without"` // what is lost where it is not ticked
}

//go:embed tables.yaml
var tablesText []byte

var readTables = sync.OnceValues(func() ([]Table, error) {
	var list []Table
	if err := yaml.UnmarshalWithOptions(tablesText, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read tables.yaml: %w", err)
	}
	slices.SortFunc(list, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
})

// Tables are those that are known to be streamed, by name. Others that come are taken as well.
func Tables() ([]Table, error) {
	list, err := readTables()
	return slices.Clone(list), err
}

// chosen are the tables of the names given, of none all of them; names may be written in small letters.
func chosen(names []string) ([]Table, error) {
	all, err := Tables()
	if err != nil || len(names) == 0 {
		return all, err
	}
	var list []Table
	for _, name := range names {
		i := slices.IndexFunc(all, func(t Table) bool { return strings.EqualFold(t.Name, strings.TrimSpace(name)) })
		if i < 0 {
			return nil, &Mistake{"tables", fmt.Sprintf("There is no table %q among those that are known to be streamed.", name)}
		}
		if !slices.ContainsFunc(list, func(t Table) bool { return t.Name == all[i].Name }) {
			list = append(list, all[i])
		}
	}
	slices.SortFunc(list, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// VolumeShares are the parts of the bytes of the simulator's mix that each table has, of 1.
func VolumeShares() (map[string]float64, error) {
	all, err := Tables()
	if err != nil {
		return nil, err
	}
	total := 0.0
	for _, t := range all {
		total += t.Share * float64(t.Bytes)
	}
	shares := map[string]float64{}
	for _, t := range all {
		shares[t.Name] = t.Share * float64(t.Bytes) / total
	}
	return shares, nil
}
