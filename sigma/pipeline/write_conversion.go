package pipeline

import (
	"strconv"
	"strings"
)

// The conversions backwards: what arguments make a conversion give a value.

// writeSame is for conversions that leave a value as it is where it has the right form already.
func writeSame(w *writer, args []*expression, value string) bool { return w.set(args[0], value) }

func writePath(w *writer, args []*expression, value string) bool {
	if name := value[strings.LastIndexAny(value, `\/`)+1:]; name != "" && name != value && !w.set(args[1], name) {
		return false
	}
	return w.set(args[0], value)
}

func writeBareName(w *writer, args []*expression, value string) bool {
	return w.set(args[0], strings.TrimLeft(value, `\/`))
}

func writeAccount(w *writer, args []*expression, value string) bool {
	domain, name, both := strings.Cut(value, `\`)
	if !both || domain == "" {
		return w.set(args[1], strings.TrimPrefix(value, `\`))
	}
	return w.set(args[0], domain) && (name == "" || w.set(args[1], name))
}

func writeHex(w *writer, args []*expression, value string) bool {
	n, ok := number([]byte(value))
	if !ok {
		return w.set(args[0], value)
	}
	return w.set(args[0], strconv.FormatUint(n, 10))
}

func writeHashes(w *writer, args []*expression, value string) bool {
	for hash := range strings.SplitSeq(value, ",") {
		name, digits, named := strings.Cut(hash, "=")
		written := false
		for i, known := range hashNames {
			if named && strings.EqualFold(name+"=", known) || !named && len(hash) == hashLengths[i] {
				if !named {
					digits = hash
				}
				written = digits != "" && w.set(args[i], digits)
			}
		}
		if !written {
			return false
		}
	}
	return true
}

// hashLengths are the digits of the algorithms in hashNames.
var hashLengths = [...]int{32, 40, 64}

func writeRegistryObject(w *writer, args []*expression, value string) bool {
	action := w.settleAction()
	if action == "" {
		action = "RegistryValueSet"
		w.columns[columnAction] = action
	}
	switch {
	case strings.HasSuffix(action, "Renamed"):
		return w.set(args[3], longKey(value))
	case !strings.HasPrefix(action, "RegistryValue"):
		return w.set(args[1], longKey(value))
	}
	at := strings.LastIndexByte(value, '\\')
	key, name := "HKEY_LOCAL_MACHINE", value
	if at > 0 {
		key, name = longKey(value[:at]), value[at+1:]
	} else if at == 0 {
		name = value[1:]
	}
	return w.set(args[1], key) && (name == "" || name == "(Default)" || w.set(args[2], name))
}

func writeRegistryKey(w *writer, args []*expression, value string) bool {
	return w.set(args[0], longKey(value))
}

func writeRegistryNewName(w *writer, args []*expression, value string) bool {
	return w.put(columnAction, "RegistryKeyRenamed") && w.set(args[1], longKey(value))
}

// longKey is a key with its hive as Defender writes it.
func longKey(key string) string {
	h, rest := cutHive([]byte(key))
	if h == nil {
		return key
	}
	return h.long + string(rest)
}

func writeRegistryData(w *writer, args []*expression, value string) bool {
	kind, rest, _ := strings.Cut(value, " (0x")
	digits := strings.ReplaceAll(strings.TrimSuffix(rest, ")"), "-0x", "")
	n, err := strconv.ParseUint(digits, 16, 64)
	switch {
	case err == nil && strings.EqualFold(kind, "DWORD"):
		return w.set(args[0], "Dword") && w.set(args[1], strconv.FormatUint(n, 10))
	case err == nil && strings.EqualFold(kind, "QWORD"):
		return w.set(args[0], "Qword") && w.set(args[1], strconv.FormatUint(n, 10))
	case strings.EqualFold(value, "Binary Data"):
		return w.set(args[0], "Binary")
	case strings.EqualFold(value, "(Empty)"):
		return w.set(args[0], "String")
	}
	return w.set(args[0], "String") && w.set(args[1], value)
}

func writeIsIPv6(w *writer, args []*expression, value string) bool {
	if strings.EqualFold(value, "true") {
		return w.set(args[0], "2001:db8::1")
	}
	return strings.EqualFold(value, "false") && w.set(args[0], "192.0.2.1")
}

func writeURL(w *writer, args []*expression, value string) bool {
	_, rest, scheme := strings.Cut(value, "://")
	at := strings.IndexByte(rest, '/')
	if !scheme || at <= 0 {
		return w.set(args[1], value)
	}
	return w.set(args[0], rest[:at]) && w.set(args[1], rest[at:])
}

func writeURIQuery(w *writer, args []*expression, value string) bool {
	return w.set(args[0], "/?"+value)
}

func writeURIExtension(w *writer, args []*expression, value string) bool {
	return w.set(args[0], "/file."+value)
}

// writeChoose takes what is chosen where the value that decides is not there.
func writeChoose(w *writer, args []*expression, value string) bool { return w.set(args[3], value) }
