// Package hunt runs queries in KQL over the lake: with limits, within the intakes that whoever asks may see, cancellable, and with an
// account of what was read. What a query means is kql's business, how it is asked in SQL that of kql/duckdb, where the
// rows are the lake's.
//
// Beside hunts that somebody waits for there are schedules: hunts that run by themselves and raise alerts.
package hunt
