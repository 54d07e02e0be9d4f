// Package syntax reads the text of a KQL query: tokens, a tree in which every node knows its place, and mistakes with their
// place and a hint. It knows no tables, no types and no functions.
//
// Source of the grammar: Microsoft's documentation of the Kusto Query Language.
package syntax
