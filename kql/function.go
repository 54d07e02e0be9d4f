package kql

// Function is an entry of the catalogue: an operator, a scalar function or an aggregate, with how it is called. A planner finds its own
// rendering by Name.
type Function struct {
	Name string
}
