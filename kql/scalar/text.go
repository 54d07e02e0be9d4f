package scalar

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

var textFunctions = map[string]Function{
	"strcat_array":    {"ds", 's', strict(func(a []any) any { return joinItems(list(a[0]), text(a[1])) })},
	"strrep":          {"sls?", 's', repeatText},
	"indexof":         {"ssl?l?l?", 'l', indexOf},
	"indexof_regex":   {"ssl?l?l?", 'l', indexOfRegex},
	"has_any_index":   {"sd", 'l', hasAnyIndex},
	"has_terms":       {"sdb", 'b', strict(hasTerms)},
	"has_term":        {"ssbb", 'b', strict(func(a []any) any { return hasTerm(text(a[0]), text(a[1]), a[2] == true, a[3] == true) })},
	"countof":         {"sss?", 'l', countOf},
	"translate":       {"sss", 's', strict(translate)},
	"replace_strings": {"sdd", 's', strict(replaceStrings)},
	"split":           {"ssl?", 'd', splitText},
	"trim": {"ss", 's', strict(func(a []any) any {
		all := "(?:" + text(a[0]) + ")+"
		return trimEnd(all, trimStart(all, text(a[1])))
	})},
	"trim_start":  {"ss", 's', strict(func(a []any) any { return trimStart(text(a[0]), text(a[1])) })},
	"trim_end":    {"ss", 's', strict(func(a []any) any { return trimEnd(text(a[0]), text(a[1])) })},
	"extract_all": {"sds", 'd', extractAll},
	"isascii":     {"s", 'b', func(a []any) any { return isASCII(text(a[0])) }},
	"isutf8": {"s", 'b', func(a []any) any {
		return utf8.ValidString(text(a[0])) && !strings.ContainsRune(text(a[0]), utf8.RuneError)
	}},
	"codepoints_of":     {"s", 'd', strict(codepointsOf)},
	"codepoints_to":     {"d", 's', strict(codepointsTo)},
	"first_of_each":     {"d", 'd', strict(func(a []any) any { return distinct(list(a[0])) })},
	"dynamic_to_json":   {"d", 's', func(a []any) any { return Text(sortedKeys(a[0])) }},
	"regex_extract_any": {"sls", 's', strict(extractGroup)},
}

func joinItems(items []any, delimiter string) string {
	parts := make([]string, len(items))
	size := 0
	for i, item := range items {
		parts[i] = plain(item)
		if size += len(parts[i]) + len(delimiter); size > maxResult {
			return ""
		}
	}
	return strings.Join(parts, delimiter)
}

// repeatText repeats up to 1024 times, as KQL does.
func repeatText(a []any) any {
	n := min(max(long(a[1], 0), 0), 1024)
	parts := make([]string, n)
	for i := range parts {
		parts[i] = text(a[0])
	}
	return bounded(strings.Join(parts, text(a[2])))
}

// window cuts a text to start and length, in characters; a negative start counts from the end.
func window(s string, start, length int64) (string, int64, bool) {
	n := int64(runes(s))
	if start < 0 {
		start = max(0, start+n)
	}
	if start > n {
		return "", 0, false
	}
	rest := []rune(s)[start:]
	if length >= 0 && length < int64(len(rest)) {
		rest = rest[:length]
	}
	return string(rest), start, true
}

func indexOf(a []any) any {
	s, start, ok := window(text(a[0]), long(a[2], 0), long(a[3], -1))
	occurrence := long(a[4], 1)
	if !ok || occurrence < 1 {
		return int64(-1)
	}
	sought := text(a[1])
	at := 0
	for i := int64(1); ; i++ {
		found := strings.Index(s[at:], sought)
		if found < 0 {
			return int64(-1)
		}
		at += found
		if i == occurrence {
			return start + int64(runes(s[:at]))
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		if size == 0 {
			return int64(-1)
		}
		at += size
	}
}

func indexOfRegex(a []any) any {
	s, start, ok := window(text(a[0]), long(a[2], 0), long(a[3], -1))
	occurrence := long(a[4], 1)
	re := compile(text(a[1]))
	if !ok || occurrence < 1 || re == nil {
		return int64(-1)
	}
	all := re.FindAllStringIndex(s, int(min(occurrence, maxItems)))
	if int64(len(all)) < occurrence {
		return int64(-1)
	}
	return start + int64(runes(s[:all[occurrence-1][0]]))
}

func hasAnyIndex(a []any) any {
	source := strings.ToLower(text(a[0]))
	for i, item := range list(a[1]) {
		if hasTerm(source, strings.ToLower(plain(item)), true, true) {
			return int64(i)
		}
	}
	return int64(-1)
}

// hasTerms looks for any or all of several terms.
func hasTerms(a []any) any {
	all := a[2] == true
	for _, item := range list(a[1]) {
		if hasTerm(text(a[0]), plain(item), true, true) != all {
			return !all
		}
	}
	return all
}

// hasTerm looks for a term with the case as given: where the text sought has a letter or digit at an edge that counts, none may stand beside it.
func hasTerm(s, term string, atStart, atEnd bool) bool {
	if term == "" {
		return true
	}
	first, _ := utf8.DecodeRuneInString(term)
	last, _ := utf8.DecodeLastRuneInString(term)
	for at := 0; ; {
		found := strings.Index(s[at:], term)
		if found < 0 {
			return false
		}
		start, end := at+found, at+found+len(term)
		before, _ := utf8.DecodeLastRuneInString(s[:start])
		after, _ := utf8.DecodeRuneInString(s[end:])
		if (!atStart || !wordRune(first) || start == 0 || !wordRune(before)) && (!atEnd || !wordRune(last) || end == len(s) || !wordRune(after)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		if at = start + max(size, 1); at > len(s) {
			return false
		}
	}
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// countOf counts texts that may overlap, and matches of a regular expression that do not.
func countOf(a []any) any {
	s, sought := text(a[0]), text(a[1])
	if kind := text(a[2]); kind == "regex" {
		re := compile(sought)
		if re == nil {
			return int64(0)
		}
		return int64(len(re.FindAllStringIndex(s, -1)))
	}
	if sought == "" {
		return int64(0)
	}
	count := int64(0)
	for at := 0; ; count++ {
		found := strings.Index(s[at:], sought)
		if found < 0 {
			return count
		}
		at += found + 1
	}
}

func translate(a []any) any {
	from, to := []rune(text(a[0])), []rune(text(a[1]))
	table := map[rune]rune{}
	for i, r := range from {
		switch {
		case i < len(to):
			table[r] = to[i]
		case len(to) > 0:
			table[r] = to[len(to)-1]
		default:
			table[r] = -1
		}
	}
	return strings.Map(func(r rune) rune {
		if other, ok := table[r]; ok {
			return other
		}
		return r
	}, text(a[2]))
}

func replaceStrings(a []any) any {
	s, lookups, rewrites := text(a[0]), list(a[1]), list(a[2])
	if len(lookups) != len(rewrites) {
		return nil
	}
	for i := range lookups {
		if l := plain(lookups[i]); l != "" {
			s = strings.ReplaceAll(s, l, plain(rewrites[i]))
		}
		if len(s) > maxResult {
			return nil
		}
	}
	return s
}

func splitText(a []any) any {
	s, delimiter := text(a[0]), text(a[1])
	parts := []string{s}
	if delimiter != "" {
		parts = strings.SplitN(s, delimiter, maxItems)
	}
	if a[2] != nil {
		i := long(a[2], 0)
		if i < 0 || i >= int64(len(parts)) {
			return nil
		}
		return []any{parts[i]}
	}
	out := make([]any, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

func trimStart(pattern, s string) string {
	re := compile("^(?:" + pattern + ")")
	if re == nil {
		return s
	}
	return s[len(re.FindString(s)):]
}

func trimEnd(pattern, s string) string {
	re := compile("(?:" + pattern + ")$")
	if re == nil {
		return s
	}
	if at := re.FindStringIndex(s); at != nil {
		return s[:at[0]]
	}
	return s
}

// extractAll gives an array of matches, or of arrays of groups where there are several.
func extractAll(a []any) any {
	re := compile(text(a[0]))
	if re == nil {
		return nil
	}
	groups := make([]int, 0, 8)
	if a[1] == nil {
		for i := range re.NumSubexp() {
			groups = append(groups, i+1)
		}
		if len(groups) == 0 {
			groups = append(groups, 0)
		}
	} else {
		for _, item := range list(a[1]) {
			if i, ok := integer(item); ok && i >= 0 && i <= int64(re.NumSubexp()) {
				groups = append(groups, int(i))
				continue
			}
			for i, name := range re.SubexpNames() {
				if name != "" && name == plain(item) {
					groups = append(groups, i)
				}
			}
		}
	}
	matches := re.FindAllStringSubmatch(text(a[2]), maxItems)
	if len(matches) == 0 || len(groups) == 0 {
		return nil
	}
	out := make([]any, len(matches))
	for i, m := range matches {
		if len(groups) == 1 {
			out[i] = m[groups[0]]
			continue
		}
		row := make([]any, len(groups))
		for j, g := range groups {
			row[j] = m[g]
		}
		out[i] = row
	}
	return out
}

func extractGroup(a []any) any {
	re := compile(text(a[0]))
	group := long(a[1], 0)
	if re == nil || group < 0 || group > int64(re.NumSubexp()) {
		return ""
	}
	m := re.FindStringSubmatch(text(a[2]))
	if m == nil {
		return ""
	}
	return m[group]
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func codepointsOf(a []any) any {
	out := []any{}
	for _, r := range text(a[0]) {
		out = append(out, int64(r))
	}
	return out
}

func codepointsTo(a []any) any {
	var b strings.Builder
	var add func(v any)
	add = func(v any) {
		if items, ok := v.([]any); ok {
			for _, item := range items {
				add(item)
			}
			return
		}
		if i, ok := integer(v); ok && i >= 0 && i <= unicode.MaxRune && b.Len() < maxResult {
			b.WriteRune(rune(i))
		}
	}
	add(a[0])
	return b.String()
}

func sortedKeys(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = sortedKeys(v[i])
		}
		return out
	case *Bag:
		out := newBag()
		for _, name := range sortedNames(v) {
			out.set(name, sortedKeys(v.values[name]))
		}
		return out
	}
	return v
}

// regexCache keeps what was compiled: a query calls with the same few patterns for every row.
var regexCache = struct {
	sync.RWMutex
	byPattern map[string]*regexp.Regexp
}{byPattern: map[string]*regexp.Regexp{}}

// compile gives nil for what is no regular expression.
func compile(pattern string) *regexp.Regexp {
	regexCache.RLock()
	re, ok := regexCache.byPattern[pattern]
	regexCache.RUnlock()
	if ok {
		return re
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		re = nil
	}
	regexCache.Lock()
	defer regexCache.Unlock()
	if len(regexCache.byPattern) > 500 {
		clear(regexCache.byPattern)
	}
	regexCache.byPattern[pattern] = re
	return re
}
