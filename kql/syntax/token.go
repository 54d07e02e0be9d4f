package syntax

// Span is a place in a query's text, in bytes: from Start up to, without, End.
type Span struct{ Start, End int }

// Pos is the place itself: whatever embeds a Span knows where it stands.
func (s Span) Pos() Span { return s }

// to is the span from the start of s to the end of other.
func (s Span) to(other Span) Span { return Span{s.Start, max(s.Start, other.End)} }

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	EOF     Kind = iota
	Name         // identifier or keyword: KQL's keywords are names anywhere else
	Text         // string literal, Value is what it says
	Number       // long, real or timespan literal, Value is int64, float64 or a timespan's ticks as Ticks
	Typed        // datetime(…), guid(…), int(…): Value is a *Literal
	Punct        // operator or bracket
	Comment      // only from Tokens
	Unknown      // what no query may hold
)

// Ticks is a timespan in steps of 100 ns.
type Ticks int64

// Token is a piece of a query's text.
type Token struct {
	Kind Kind
	Span
	Text  string // as written; of Punct and Name what they are
	Value any
	// Blank says that white space or a comment stands before the token.
	Blank bool
}

// is says whether the token is this operator or bracket.
func (t Token) is(punct string) bool { return t.Kind == Punct && t.Text == punct }

// word says whether the token is this keyword.
func (t Token) word(keyword string) bool { return t.Kind == Name && t.Text == keyword }
