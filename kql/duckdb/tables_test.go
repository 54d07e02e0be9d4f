package duckdb

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	"penstock/kql"
)

// tables is a schema of its own, whose tables lie in the test's database.
type tables []kql.Table

func (t tables) Table(name string) (*kql.Table, bool) {
	for i := range t {
		if t[i].Name == name {
			return &t[i], true
		}
	}
	return nil, false
}

func (t tables) Names() []string {
	var out []string
	for _, table := range t {
		out = append(out, table.Name)
	}
	return out
}

var testSchema = tables{
	{Name: "DeviceProcessEvents", Columns: []kql.Column{{Name: "Timestamp", Type: kql.DateTime}, {Name: "DeviceId", Type: kql.String}, {Name: "DeviceName", Type: kql.String},
		{Name: "FileName", Type: kql.String}, {Name: "ProcessCommandLine", Type: kql.String}, {Name: "ProcessId", Type: kql.Long}, {Name: "AccountName", Type: kql.String},
		{Name: "AdditionalFields", Type: kql.Dynamic}, {Name: "IsLocal", Type: kql.Bool}}},
	{Name: "DeviceNetworkEvents", Columns: []kql.Column{{Name: "Timestamp", Type: kql.DateTime}, {Name: "DeviceId", Type: kql.String}, {Name: "DeviceName", Type: kql.String},
		{Name: "RemoteIP", Type: kql.String}, {Name: "RemotePort", Type: kql.Int}, {Name: "RemoteUrl", Type: kql.String}, {Name: "Score", Type: kql.Real}}},
}

// testRelation reads the tables as the lake keeps them: text may be NULL, JSON is text.
func testRelation(scan *kql.Scan) (string, error) {
	if !slices.Contains(testSchema.Names(), scan.Table.Name) {
		return "", errors.New("no such table")
	}
	return "stored." + ident(scan.Table.Name), nil
}

func loadTestTables(t testing.TB, conn *sql.Conn) {
	t.Helper()
	for _, statement := range []string{
		`CREATE SCHEMA stored`,
		`CREATE TABLE stored.DeviceProcessEvents ("Timestamp" TIMESTAMP, DeviceId VARCHAR, DeviceName VARCHAR, FileName VARCHAR, ProcessCommandLine VARCHAR, ProcessId BIGINT,
			AccountName VARCHAR, AdditionalFields VARCHAR, IsLocal BOOLEAN)`,
		`CREATE TABLE stored.DeviceNetworkEvents ("Timestamp" TIMESTAMP, DeviceId VARCHAR, DeviceName VARCHAR, RemoteIP VARCHAR, RemotePort BIGINT, RemoteUrl VARCHAR, Score DOUBLE)`,
		`INSERT INTO stored.DeviceProcessEvents VALUES
			('2024-03-01 10:00:00', 'd1', 'host1', 'cmd.exe', 'cmd.exe /c whoami', 100, 'alice', '{"Tag":"a","N":1,"List":[1,2]}', true),
			('2024-03-01 10:05:00.5', 'd1', 'host1', 'PowerShell.exe', 'powershell -enc AAAA', 101, NULL, '{"Tag":"b","N":2.5}', false),
			('2024-03-01 11:00:00', 'd2', 'host2', 'cmd.exe', NULL, 102, 'bob', NULL, NULL),
			('2024-02-28 09:00:00', 'd3', NULL, 'notepad.exe', 'notepad.exe C:\temp\a.txt', NULL, 'Alice', 'not json', true)`,
		`INSERT INTO stored.DeviceNetworkEvents VALUES
			('2024-03-01 10:01:00', 'd1', 'host1', '10.0.0.1', 443, 'https://a.example/x', 0.5),
			('2024-03-01 10:02:00', 'd1', 'host1', '8.8.8.8', 53, NULL, NULL),
			('2024-03-01 11:30:00', 'd4', 'host4', '1.1.1.1', 443, 'b.example', 2.5)`,
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
