package licences

import (
	"regexp"
	"strings"
)

// marks are sentences that stand in one licence and in no other of those that modules come under, most telling first.
var marks = []struct {
	licence string
	all     []string
}{
	{"Apache-2.0", []string{"apache license", "version 2.0"}},
	{"MPL-2.0", []string{"mozilla public license", "2.0"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "endorse or promote products"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}},
	{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining"}},
	{"MIT-0", []string{"mit no attribution"}},
	{"ISC", []string{"permission to use, copy, modify, and", "distribute this software for any purpose"}},
	{"OFL-1.1", []string{"sil open font license", "version 1.1"}},
	{"CC0-1.0", []string{"cc0 1.0 universal"}},
	{"Unlicense", []string{"this is free and unencumbered software released into the public domain"}},
	{"Public domain", []string{"dedicated to the public domain"}},
	{"Public domain", []string{"in place of a legal notice, here is a blessing"}},
}

var spaces = regexp.MustCompile(`[\s*#>"]+`)

// Identify names the licences whose text a file holds, as SPDX does; none where it holds none that is known.
func Identify(text string) []string {
	plain := spaces.ReplaceAllString(strings.ToLower(text), " ")
	var found []string
	has := map[string]bool{}
	for _, m := range marks {
		holds := !has[m.licence]
		for _, sentence := range m.all {
			holds = holds && strings.Contains(plain, sentence)
		}
		// The sentence of the shorter licence stands in the longer one too.
		if !holds || m.licence == "BSD-2-Clause" && has["BSD-3-Clause"] {
			continue
		}
		has[m.licence] = true
		found = append(found, m.licence)
	}
	return found
}
