package kql

// Type is a scalar type of KQL.
type Type uint8

// The scalar types. The zero value is none of them.
const (
	Bool     Type = iota + 1
	Int           // 32 bits by name; stored tables hold more, and so do we
	Long          // 64 bits
	Real          // 64 bits, with NaN and both infinities
	Decimal       // up to 34 significant digits
	String        // never null: what is missing is ""
	DateTime      // UTC, in steps of 100 ns; what is stored has microseconds
	TimeSpan      // in ticks of 100 ns
	Dynamic       // any JSON value
	Guid
)

var typeNames = [...]string{Bool: "bool", Int: "int", Long: "long", Real: "real", Decimal: "decimal", String: "string",
	DateTime: "datetime", TimeSpan: "timespan", Dynamic: "dynamic", Guid: "guid"}

// String is the type's name as queries write it and getschema shows it.
func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return "unknown"
}

// Column is a column of a table or of a result. Names are case-sensitive.
type Column struct {
	Name string
	Type Type
}
