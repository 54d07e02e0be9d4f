package azure

import "strings"

// Mistake is what is wrong with one thing that was asked for.
type Mistake struct {
	Field   string // by the API's name, as project
	Message string // what is wrong and what to do
}

func (m *Mistake) Error() string { return m.Field + ": " + m.Message }

// Mistakes are all that is wrong with what was asked for.
type Mistakes []*Mistake

func (m Mistakes) Error() string {
	var all []string
	for _, one := range m {
		all = append(all, one.Error())
	}
	return strings.Join(all, "; ")
}

// Unwrap gives the single mistakes.
func (m Mistakes) Unwrap() []error {
	var all []error
	for _, one := range m {
		all = append(all, one)
	}
	return all
}

func (m *Mistakes) add(field, message string) { *m = append(*m, &Mistake{field, message}) }

// err is nil when there is no mistake.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}
