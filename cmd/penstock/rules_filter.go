package main

import (
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

// ruleFilter is which rules the flags of a command choose.
type ruleFilter struct {
	text  string
	lists map[string]*[]string
	bools map[string]*string
	days  int
}

// listFlags are the flags that may name several values, by the parameters of the API.
var listFlags = []struct{ name, usage string }{
	{"kind", "rule, correlation, filter"},
	{"level", "informational, low, medium, high, critical"},
	{"effort", "elementary, intermediate, advanced, master"},
	{"status", "stable, test, experimental, deprecated, unsupported"},
	{"pack", "packs that the rules came with"},
	{"tactic", "of ATT&CK, by name or id"},
	{"technique", "of ATT&CK, with their sub-techniques"},
	{"category", "of the logsource"},
	{"product", "of the logsource"},
	{"service", "of the logsource"},
	{"applies", "whether Defender's data can answer them: yes, partly, no"},
	{"fitness", "whether what arrives can answer them: live, partial, blind, dead"},
}

// boolFlags are those that are true or false, or not asked for.
var boolFlags = []struct{ name, usage string }{
	{"enabled", "true or false"},
	{"exceptions", "true: only those with exceptions; false: only those without"},
	{"faulty", "true: only those with a problem"},
	{"fired", "true: only those that have fired within --fired-within; false: only those that have not"},
	{"noisy", "true: only those that are throttled"},
}

func (f *ruleFilter) flags(cmd *cobra.Command) {
	f.lists, f.bools = map[string]*[]string{}, map[string]*string{}
	cmd.Flags().StringVar(&f.text, "text", "", "words in title, description, id, author, tags, file or a technique's name")
	for _, l := range listFlags {
		f.lists[l.name] = cmd.Flags().StringSlice(l.name, nil, l.usage+"; several with commas")
	}
	for _, b := range boolFlags {
		f.bools[b.name] = cmd.Flags().String(b.name, "", b.usage)
	}
	cmd.Flags().IntVar(&f.days, "fired-within", 30, "days that the figures are about")
}

// params are the parameters of the API.
func (f *ruleFilter) params() url.Values {
	p := url.Values{}
	for name, list := range f.lists {
		if len(*list) > 0 {
			p[name] = *list
		}
	}
	for name, value := range f.bools {
		if *value != "" {
			p.Set(name, *value)
		}
	}
	if f.text != "" {
		p.Set("text", f.text)
	}
	return p
}

// figures adds the time that the figures are about.
func (f *ruleFilter) figures(p url.Values) url.Values {
	p.Set("firedWithin", strconv.Itoa(f.days))
	return p
}
