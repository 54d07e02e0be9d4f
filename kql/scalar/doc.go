// Package scalar computes those functions of KQL that a database does not have, on plain Go values. They are pure and bounded: the same arguments
// give the same result, and a result has at most maxResult bytes.
//
// Source of what they do: Microsoft's documentation of KQL's scalar functions.
package scalar
