// Package kql understands the Kusto Query Language as advanced hunting speaks it: kql/syntax reads a query's text, this
// package binds it to tables and types and makes a Plan of it, and kql/duckdb writes the Plan as SQL.
//
// Source of the language: Microsoft's documentation of KQL and of advanced hunting.
package kql
