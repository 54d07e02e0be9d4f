package sigma

// Options of reading.
type Options struct {
	// Placeholder gives the values that %name% stands for (modifier expand); nil or false: none is defined.
	Placeholder func(name string) ([]string, bool)
}

// Collection is what files of rules hold.
type Collection struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	Problems     []*Problem
}
