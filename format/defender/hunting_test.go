package defender

import (
	"slices"
	"testing"

	"penstock/kql"
)

func TestHuntingTablesHaveEachColumnOnce(t *testing.T) {
	tables, err := HuntingTables()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*kql.Table{}
	for _, table := range tables {
		byName[table.Name] = table
		seen := map[string]bool{}
		for _, c := range slices.Concat(table.Columns, table.Other) {
			if seen[c.Name] || c.Type == 0 {
				t.Errorf("%s has %s twice, or without a type", table.Name, c.Name)
			}
			seen[c.Name] = true
		}
	}
	has := func(columns []kql.Column, name string) bool {
		return slices.ContainsFunc(columns, func(c kql.Column) bool { return c.Name == name })
	}
	events := byName["DeviceEvents"]
	if has(events.Columns, "MachineGroup") || !has(events.Other, "MachineGroup") {
		t.Error("a column that no page names is not set apart")
	}
	signIns := byName["AADSignInEventsBeta"]
	if !has(signIns.Columns, "IsConfidentialClient") || !has(signIns.Other, "AadDeviceId") {
		t.Error("a table does not have the columns of its successor")
	}
	if !has(byName["DeviceLogonEvents"].Columns, "IsLocalLogon") || byName["AppFileEvents"] == nil {
		t.Error("what earlier pages name is not there")
	}
}
