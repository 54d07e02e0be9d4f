package format

// Expr is an expression of the mapping: what value an assignment gives. The types below are all that there are; a walker
// switches on them.
type Expr interface{ isExpr() }

type (
	// ColumnRef is a column of the record's properties, found without regard to case.
	ColumnRef struct{ Name string }
	// RecordKey is a key beside properties: record.operationName.
	RecordKey struct{ Name string }
	// Parsed is a value that holds JSON, in a string or as it is: parsed(AdditionalFields).
	Parsed struct{ Of Expr }
	// Path descends into an object or an array: parsed(AdditionalFields).Host.Name, VendorIds[0], ["Source Mac"].
	Path struct {
		Of    Expr
		Steps []Step
	}
	// Text is a constant.
	Text struct{ Value string }
	// Texts is a constant list.
	Texts struct{ Values []string }
	// Coalesce is the first that is present, not null, not empty, not 0 and not false, or else the last: A ?? B.
	Coalesce struct{ Of []Expr }
	// List is a list with the one element: [X].
	List struct{ Of Expr }
	// Call applies a function of one value. Functions lists them; Args are the further arguments, all constants.
	Call struct {
		Function string
		Of       Expr
		Args     []string
	}
	// Translate looks a text up: translate(X, "a" -> "b", otherwise "c"). Without Otherwise an unknown text sets nothing.
	Translate struct {
		Of        Expr
		Cases     []Case
		Otherwise Expr // Text, Texts or nil
	}
	// EventTime is the time of the event: that column, or the record's time where there is none, or the arrival.
	EventTime struct{ Column string }
)

// Step is one step of a Path: a key, or the index of an element where Key is empty.
type Step struct {
	Key   string
	Index int
}

// Case is one line of a Translate.
type Case struct {
	From string
	To   Expr // Text or Texts
}

// Functions are the functions that Call knows, with what they give.
var Functions = map[string]string{
	"basename":         "the part of a path behind its last / or \\",
	"dirname":          "the part of a path before its last / or \\",
	"arguments":        "a command line cut at single spaces, without its first piece",
	"first":            "the first element of a list",
	"without_prefix":   "a text without the prefix that is the second argument",
	"without_brackets": "a text without the angle brackets around it",
	"quoted_list":      "a list with the one text, or [\"text\"] as a text where it holds quotation marks",
	"named_values":     "an object made of a list of {Name, Value}",
	"attachments":      "the files of an investigation's entities, with their SHA-256",
}

func (ColumnRef) isExpr() {}
func (RecordKey) isExpr() {}
func (Parsed) isExpr()    {}
func (Path) isExpr()      {}
func (Text) isExpr()      {}
func (Texts) isExpr()     {}
func (Coalesce) isExpr()  {}
func (List) isExpr()      {}
func (Call) isExpr()      {}
func (Translate) isExpr() {}
func (EventTime) isExpr() {}

// Condition says when an assignment applies.
type Condition interface{ isCondition() }

type (
	// And holds when all of its conditions do.
	And struct{ Of []Condition }
	// Or holds when one of its conditions does.
	Or struct{ Of []Condition }
	// Not holds when its condition does not.
	Not struct{ Of Condition }
	// Present holds for a value that is there and not null: present(X).
	Present struct{ Of Expr }
	// IsIP holds for a text that is an IP address: is_ip(X).
	IsIP struct{ Of Expr }
	// StartsWith holds for a text with that prefix: starts_with(X, "http").
	StartsWith struct {
		Of     Expr
		Prefix string
	}
	// HasArguments holds for a command line with more than one piece, which is not just one empty piece: has_arguments(X).
	HasArguments struct{ Of Expr }
	// LongerThan holds for a text of more characters, or a list of more elements: length(X) > 1.
	LongerThan struct {
		Of     Expr
		Length int
	}
	// In holds for a text that is one of those: X == "a", X in ("a", "b").
	In struct {
		Of     Expr
		Values []string
	}
	// TableIn holds for those tables and is decided when the mapping is compiled: table == "DeviceEvents".
	TableIn struct{ Names []string }
)

func (And) isCondition()          {}
func (Or) isCondition()           {}
func (Not) isCondition()          {}
func (Present) isCondition()      {}
func (IsIP) isCondition()         {}
func (StartsWith) isCondition()   {}
func (HasArguments) isCondition() {}
func (LongerThan) isCondition()   {}
func (In) isCondition()           {}
func (TableIn) isCondition()      {}

// Assignment gives a field a value. Assignments of a table apply from top to bottom: one that sets a value replaces what
// an earlier one set.
type Assignment struct {
	Field string
	Value Expr
	When  Condition // nil: always
}
