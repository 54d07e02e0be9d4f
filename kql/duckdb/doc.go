// Package duckdb writes a bound KQL plan as SQL of DuckDB, and reads what DuckDB answers as values of KQL.
//
// Values while a query runs: bool is BOOLEAN; int, long BIGINT; real DOUBLE; string VARCHAR, never NULL; datetime BIGINT, ticks of 100 ns
// since the year 1; timespan BIGINT, ticks; dynamic VARCHAR, valid JSON text, SQL's NULL where JSON says null; decimal and guid VARCHAR.
// Columns that come straight from storage keep their stored form (strings that may be NULL, TIMESTAMP, unchecked JSON) until an
// expression uses them, so that conditions on them still reach the Parquet files.
//
// Columns have names of their own (c1, c2, …), unique in a statement: KQL tells names apart by case, SQL does not.
package duckdb
