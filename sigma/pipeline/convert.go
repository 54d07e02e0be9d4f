package pipeline

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
)

// function is a conversion: it brings values into the form in which rules expect them.
type function struct {
	least, most int // number of arguments
	arguments   string
	gives       string // for the documentation
	convert     func(r *reader, args []node)
	finite      []string // all values that it can give, nil where there is no list of them
}

// functions are the conversions that expressions may call.
var functions = map[string]*function{
	"path": {2, 2, "a folder and a file's name",
		"the path of the file: the first argument, with the name joined where it does not end in it already", convertPath, nil},
	"bare_name": {1, 2, "a file's name and, optionally, the separator of paths",
		`the name with the separator (\ unless the second argument says otherwise) in front of it; a whole path as it is`, convertBareName, nil},
	"account": {2, 2, "a domain and a name", `DOMAIN\name, or the name alone where there is no domain`, convertAccount, nil},
	"hex":     {1, 1, "a number", "0x3e7 and 999 for 999", convertHex, nil},
	"hashes": {3, 3, "an MD5, a SHA-1 and a SHA-256",
		"MD5=…, SHA1=… and SHA256=…, each a value of its own", convertHashes, nil},
	"registry_object": {5, 5, "ActionType, RegistryKey, RegistryValueName, PreviousRegistryKey and PreviousRegistryValueName",
		`the key joined with the name of the value, (Default) for one without a name: as Sysmon writes it (HKLM\…\CurrentControlSet\…), as Defender does, and as the kernel does (\REGISTRY\MACHINE\…)`,
		convertRegistryObject, nil},
	"registry_key": {1, 1, "a key", "the key in the spellings of registry_object", convertRegistryKey, nil},
	"registry_new_name": {2, 2, "ActionType and RegistryKey", "of a renaming, the key in the spellings of registry_object", convertRegistryNewName, nil},
	"registry_data": {2, 2, "the type and the data of a value",
		`DWORD (0x00000001), QWORD (0x…), Binary Data or (Empty), and the data as they are`, convertRegistryData, nil},
	"protocol": {1, 1, "a protocol", "tcp or udp for Tcp, TcpV4, UdpV6 and so on, anything else in lower case", convertProtocol, nil},
	"address":  {1, 1, "an IP address", "the address, an IPv4 address within an IPv6 one as IPv4", convertAddress, nil},
	"is_ipv6":  {1, 1, "an IP address", "true or false", convertIsIPv6, []string{"true", "false"}},
	"host":     {1, 1, "a URL or a name", "the host in it", convertHost, nil},
	"pipe":     {1, 1, "the path of a named pipe", `\name for \Device\NamedPipe\name`, convertPipe, nil},
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions)) }

func convertPath(r *reader, args []node) {
	folder, name := r.first(args[0]), r.first(args[1])
	if len(folder) == 0 || len(name) == 0 || endsInName(folder, name) {
		r.add(folder)
		if len(folder) == 0 {
			r.add(name)
		}
		return
	}
	from := len(r.arena)
	r.arena = append(r.arena, folder...)
	if last := folder[len(folder)-1]; last != '\\' && last != '/' {
		r.arena = append(r.arena, separatorOf(folder))
	}
	r.arena = append(r.arena, name...)
	r.built(from)
}

// endsInName reports whether a path's last part is name, whatever the case.
func endsInName(path, name []byte) bool {
	if len(path) < len(name) || !bytes.EqualFold(path[len(path)-len(name):], name) {
		return false
	}
	if len(path) == len(name) {
		return true
	}
	before := path[len(path)-len(name)-1]
	return before == '\\' || before == '/'
}

func separatorOf(path []byte) byte {
	if bytes.IndexByte(path, '/') >= 0 && bytes.IndexByte(path, '\\') < 0 {
		return '/'
	}
	return '\\'
}

func convertBareName(r *reader, args []node) {
	name := r.first(args[0])
	if len(name) == 0 || bytes.IndexByte(name, '\\') >= 0 || bytes.IndexByte(name, '/') >= 0 {
		r.add(name)
		return
	}
	from := len(r.arena)
	if len(args) == 2 {
		r.arena = append(r.arena, r.first(args[1])...)
	} else {
		r.arena = append(r.arena, '\\')
	}
	r.arena = append(r.arena, name...)
	r.built(from)
}

func convertAccount(r *reader, args []node) {
	domain, name := r.first(args[0]), r.first(args[1])
	if len(domain) == 0 || len(name) == 0 || bytes.IndexByte(name, '\\') >= 0 {
		r.add(name)
		return
	}
	from := len(r.arena)
	r.arena = append(append(append(r.arena, domain...), '\\'), name...)
	r.built(from)
}

// number reads a decimal number, or a hexadecimal one behind 0x.
func number(text []byte) (uint64, bool) {
	base := 10
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		text, base = text[2:], 16
	}
	if len(text) == 0 || len(text) > 20 {
		return 0, false
	}
	if text[0] == '-' { // a signed number of 32 bits
		n, err := strconv.ParseInt(string(text), base, 64)
		return uint64(uint32(n)), err == nil && n >= -1<<31
	}
	n, err := strconv.ParseUint(string(text), base, 64)
	return n, err == nil
}

func convertHex(r *reader, args []node) {
	text := r.first(args[0])
	n, ok := number(text)
	if !ok {
		r.add(text)
		return
	}
	from := len(r.arena)
	r.arena = strconv.AppendUint(append(r.arena, "0x"...), n, 16)
	r.built(from)
	from = len(r.arena)
	r.arena = strconv.AppendUint(r.arena, n, 10)
	r.built(from)
}

// hashNames are the algorithms that convertHashes names, in the order of its arguments.
var hashNames = [...]string{"MD5=", "SHA1=", "SHA256="}

func convertHashes(r *reader, args []node) {
	for i, arg := range args {
		hash := r.first(arg)
		if len(hash) == 0 {
			continue
		}
		from := len(r.arena)
		r.arena = append(append(r.arena, hashNames[i]...), hash...)
		r.built(from)
	}
}

func convertProtocol(r *reader, args []node) {
	text := r.first(args[0])
	from := len(r.arena)
	r.arena = append(r.arena, text...)
	lower := r.arena[from:]
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	if n := len(lower) - 2; n > 0 && lower[n] == 'v' && (lower[n+1] == '4' || lower[n+1] == '6') {
		r.arena = r.arena[:from+n]
	}
	r.built(from)
}

// mapped is what an IPv4 address within an IPv6 one starts with: the form of connections through a socket of both kinds.
const mapped = "::ffff:"

func convertAddress(r *reader, args []node) {
	text := r.first(args[0])
	if hasFoldPrefix(text, mapped) && bytes.IndexByte(text, '.') >= 0 {
		text = text[len(mapped):]
	}
	r.add(text)
}

var textTrue, textFalse = []byte("true"), []byte("false")

func convertIsIPv6(r *reader, args []node) {
	switch text := r.first(args[0]); {
	case bytes.IndexByte(text, '.') >= 0:
		r.add(textFalse)
	case bytes.IndexByte(text, ':') >= 0:
		r.add(textTrue)
	}
}

func convertHost(r *reader, args []node) {
	text := bytes.TrimPrefix(r.first(args[0]), []byte("uri="))
	if i := bytes.Index(text, []byte("://")); i >= 0 {
		text = text[i+3:]
	}
	if i := bytes.IndexAny(text, "/?#"); i >= 0 {
		text = text[:i]
	}
	if i := bytes.LastIndexByte(text, '@'); i >= 0 {
		text = text[i+1:]
	}
	// A port is behind the last colon; more colons are those of an IPv6 address, which stands in brackets before a port.
	if i := bytes.LastIndexByte(text, ':'); i >= 0 && (bytes.IndexByte(text, ':') == i || i > 0 && text[i-1] == ']') {
		text = text[:i]
	}
	r.add(bytes.TrimSuffix(bytes.TrimPrefix(text, []byte("[")), []byte("]")))
}

var pipeDevice = []byte(`\Device\NamedPipe`)

func convertPipe(r *reader, args []node) {
	text := r.first(args[0])
	if n := len(pipeDevice); len(text) > n && bytes.EqualFold(text[:n], pipeDevice) && text[n] == '\\' {
		text = text[n:]
	}
	r.add(text)
}
