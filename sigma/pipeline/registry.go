package pipeline

import (
	"bytes"
	"strconv"
)

// hive is a root of the registry in its three spellings: Defender's, Sysmon's and the kernel's.
type hive struct{ long, short, kernel string }

var hives = []hive{
	{"HKEY_LOCAL_MACHINE", "HKLM", `\REGISTRY\MACHINE`},
	{"HKEY_USERS", "HKU", `\REGISTRY\USER`},
	{"HKEY_CURRENT_USER", "HKCU", ""},
	{"HKEY_CLASSES_ROOT", "HKCR", ""},
	{"HKEY_CURRENT_CONFIG", "HKCC", ""},
}

func convertRegistryObject(r *reader, args []node) {
	action := r.first(args[0])
	key, name := r.first(args[1]), r.first(args[2])
	// What Sysmon calls the target of a renaming is the name before it; what was deleted may be there as the previous one.
	if renamed := bytes.HasSuffix(action, []byte("Renamed")); renamed || len(key) == 0 {
		if previous := r.first(args[3]); len(previous) > 0 {
			key = previous
		}
	}
	if len(key) == 0 {
		return
	}
	value := bytes.HasPrefix(action, []byte("RegistryValue"))
	if value && len(name) == 0 {
		if name = r.first(args[4]); len(name) == 0 {
			name = []byte("(Default)")
		}
	}
	r.registrySpellings(key, name)
}

func convertRegistryKey(r *reader, args []node) {
	if key := r.first(args[0]); len(key) > 0 {
		r.registrySpellings(key, nil)
	}
}

func convertRegistryNewName(r *reader, args []node) {
	if bytes.HasSuffix(r.first(args[0]), []byte("Renamed")) {
		convertRegistryKey(r, args[1:])
	}
}

// registrySpellings gives the source the ways in which rules may write a key with the name of a value in it.
func (r *reader) registrySpellings(key, name []byte) {
	h, rest := cutHive(key)
	name = bytes.TrimPrefix(name, []byte(`\`))
	if h == nil {
		r.registryName("", key, name, false)
		return
	}
	sid, below := cutSID(rest)
	switch {
	case h.long == "HKEY_CURRENT_USER" && sid != nil: // Defender names the user whose hive it is, as Sysmon does under HKU
		r.registryName("HKU", rest, name, true)
		r.registryUser(below, name)
		r.registryName(`\REGISTRY\USER`, rest, name, true)
	case h.long == "HKEY_USERS":
		r.registryName("HKU", rest, name, true)
		if sid != nil {
			r.registryUser(below, name)
		}
		r.registryName(`\REGISTRY\USER`, rest, name, true)
	default:
		r.registryName(h.short, rest, name, true)
		if h.kernel != "" {
			r.registryName(h.kernel, rest, name, true)
		}
	}
	r.registryClasses(h, rest, name)
	r.registryName(h.long, rest, name, false)
}

// registryUser adds what is below a user's SID as that user sees it.
func (r *reader) registryUser(below, name []byte) {
	if hasFoldPrefix(below, "_Classes") {
		r.registryName(`HKCU\SOFTWARE\Classes`, below[len("_Classes"):], name, true)
		return
	}
	r.registryName("HKCU", below, name, true)
}

const classes = `\SOFTWARE\Classes`

// registryClasses adds the other spelling of what is below Software\Classes: HKEY_CLASSES_ROOT for the machine's classes,
// SID_Classes for a user's.
func (r *reader) registryClasses(h *hive, rest, name []byte) {
	sid, below := cutSID(rest)
	switch {
	case h.long == "HKEY_CLASSES_ROOT":
		from := len(r.arena)
		r.arena = append(append(r.arena, classes...), rest...)
		r.registryName("HKLM", r.arena[from:], name, true)
	case h.long == "HKEY_LOCAL_MACHINE" && hasFoldPrefix(rest, classes):
		r.registryName("HKCR", rest[len(classes):], name, true)
	case sid != nil && hasFoldPrefix(below, classes):
		from := len(r.arena)
		r.arena = append(append(append(append(r.arena, '\\'), sid...), "_Classes"...), below[len(classes):]...)
		r.registryName("HKU", r.arena[from:], name, true)
	case sid != nil && hasFoldPrefix(below, "_Classes"):
		from := len(r.arena)
		r.arena = append(append(append(append(r.arena, '\\'), sid...), classes...), below[len("_Classes"):]...)
		r.registryName("HKU", r.arena[from:], name, true)
	}
}

// registryName gives the source root, key and name as one text; with the control set that is in use, and not a numbered
// one, where current is true.
func (r *reader) registryName(root string, rest, name []byte, current bool) {
	from := len(r.arena)
	r.arena = append(r.arena, root...)
	const system, set = `\SYSTEM\ControlSet`, 3 // digits
	if n := len(system) + set; current && len(rest) >= n && hasFoldPrefix(rest, system) && (len(rest) == n || rest[n] == '\\') {
		r.arena = append(append(r.arena, rest[:len(`\SYSTEM\`)]...), "CurrentControlSet"...)
		rest = rest[n:]
	}
	r.arena = append(r.arena, rest...)
	if len(name) > 0 {
		r.arena = append(append(r.arena, '\\'), name...)
	}
	r.built(from)
}

// cutHive finds the hive that a key starts with, in any spelling; rest is empty or starts with a backslash.
func cutHive(key []byte) (h *hive, rest []byte) {
	for i := range hives {
		h := &hives[i]
		for _, root := range [...]string{h.long, h.short, h.kernel} {
			if n := len(root); n > 0 && hasFoldPrefix(key, root) && (len(key) == n || key[n] == '\\') {
				return h, key[n:]
			}
		}
	}
	return nil, nil
}

// cutSID cuts a user's SID off the start of what is below a hive; below is what follows it, with its backslash.
func cutSID(rest []byte) (sid, below []byte) {
	if !hasFoldPrefix(rest, `\S-1-5-`) && !hasFoldPrefix(rest, `\S-1-12-`) {
		return nil, nil
	}
	end := 1
	for end < len(rest) && rest[end] != '\\' && rest[end] != '_' {
		end++
	}
	return rest[1:end], rest[end:]
}

func hasFoldPrefix(text []byte, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		x, y := text[i], prefix[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

func convertRegistryData(r *reader, args []node) {
	kind, data := r.first(args[0]), r.first(args[1])
	n, isNumber := number(data)
	from := len(r.arena)
	switch {
	case len(kind) == 0:
	case isNumber && hasFoldPrefix(kind, "Dword"):
		r.arena = append(r.arena, "DWORD (0x"...)
		r.arena = append(appendHex(r.arena, n&(1<<32-1), 8), ')')
	case isNumber && hasFoldPrefix(kind, "Qword"):
		r.arena = append(r.arena, "QWORD (0x"...)
		r.arena = appendHex(r.arena, n>>32, 8)
		r.arena = append(r.arena, "-0x"...)
		r.arena = append(appendHex(r.arena, n&(1<<32-1), 8), ')')
		r.built(from)
		from = len(r.arena)
		r.arena = append(r.arena, "QWORD (0x"...)
		r.arena = append(appendHex(r.arena, n, 16), ')')
	case hasFoldPrefix(kind, "Binary"):
		r.arena = append(r.arena, "Binary Data"...)
	case len(data) == 0:
		r.arena = append(r.arena, "(Empty)"...)
	}
	r.built(from)
	r.add(data)
	if bytes.IndexByte(data, '%') >= 0 { // Sysmon doubles it: rules have the one or the other
		from = len(r.arena)
		for _, c := range data {
			if r.arena = append(r.arena, c); c == '%' {
				r.arena = append(r.arena, c)
			}
		}
		r.built(from)
	}
}

func appendHex(dst []byte, n uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift > 0 && n>>shift == 0; shift -= 4 {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, n, 16)
}
