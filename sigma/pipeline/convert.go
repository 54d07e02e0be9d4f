package pipeline

import (
	"bytes"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"penstock/sigma"
)

// function is a conversion: it brings values into the form in which rules expect them.
type function struct {
	least, most int // number of arguments
	arguments   string
	gives       string // for the documentation
	convert     func(r *reader, args []node)
	finite      []string                                               // all values that it can give, nil where there is no list of them
	write       func(w *writer, args []*expression, value string) bool // makes it give the value
	// answers reports which patterns a value can be as, nil where any.
	answers func(t *sigma.Test) (ok bool, reason string)
}

// functions are the conversions that expressions may call.
var functions = map[string]*function{
	"path": {write: writePath, least: 2, most: 2, arguments: "a folder and a file's name", convert: convertPath,
		gives: "the path of the file: the first argument, with the name joined where it does not end in it already"},
	"bare_name": {write: writeBareName, least: 1, most: 2, arguments: "a file's name and, optionally, the separator of paths", convert: convertBareName,
		gives: "the name with the separator (`\\` unless the second argument says otherwise) in front of it", answers: answersBareName},
	"account": {write: writeAccount, least: 2, most: 2, arguments: "a domain and a name", convert: convertAccount,
		gives: "`DOMAIN\\name`, or the name alone where there is no domain"},
	"hex": {write: writeHex, least: 1, most: 1, arguments: "a number", convert: convertHex, gives: "`0x3e7` for 999"},
	"hashes": {write: writeHashes, least: 3, most: 3, arguments: "an MD5, a SHA-1 and a SHA-256", convert: convertHashes, answers: answersHash,
		gives: "`MD5=…`, `SHA1=…` and `SHA256=…`, each a value of its own"},
	"registry_object": {write: writeRegistryObject, least: 5, most: 5, convert: convertRegistryObject,
		arguments: "ActionType, RegistryKey, RegistryValueName, PreviousRegistryKey and PreviousRegistryValueName",
		gives: "the key joined with the name of the value, `(Default)` for one without a name: as Sysmon writes it " +
			"(`HKLM\\…\\CurrentControlSet\\…`), as Defender does, and as the kernel does (`\\REGISTRY\\MACHINE\\…`)"},
	"registry_key": {write: writeRegistryKey, least: 1, most: 1, arguments: "a key", convert: convertRegistryKey,
		gives: "the key in the spellings of registry_object"},
	"registry_new_name": {write: writeRegistryNewName, least: 2, most: 2, arguments: "ActionType and RegistryKey", convert: convertRegistryNewName,
		gives: "of a renaming, the key in the spellings of registry_object"},
	"registry_data": {write: writeRegistryData, least: 2, most: 2, arguments: "the type and the data of a value", convert: convertRegistryData,
		gives: "`DWORD (0x00000001)`, `QWORD (0x…)`, `Binary Data` or `(Empty)`, and the data as they are"},
	"protocol": {write: writeSame, least: 1, most: 1, arguments: "a protocol", convert: convertProtocol,
		gives: "tcp or udp for Tcp, TcpV4, UdpV6 and so on, anything else in lower case"},
	"address": {write: writeSame, least: 1, most: 1, arguments: "an IP address", convert: convertAddress,
		gives: "the address, an IPv4 address within an IPv6 one as IPv4"},
	"is_ipv6": {write: writeIsIPv6, least: 1, most: 1, arguments: "an IP address", convert: convertIsIPv6, gives: "true or false",
		finite: []string{"true", "false"}},
	"host": {write: writeSame, least: 1, most: 1, arguments: "a URL or a name", convert: convertHost, gives: "the host in it"},
	"url": {write: writeURL, least: 2, most: 2, arguments: "a host and a request's target", convert: convertURL,
		gives: "`http://host/target`"},
	"uri_path":  {write: writeSame, least: 1, most: 1, arguments: "a request's target", convert: convertURIPath, gives: "its part before the `?`"},
	"uri_query": {write: writeURIQuery, least: 1, most: 1, arguments: "a request's target", convert: convertURIQuery, gives: "its part behind the `?`"},
	"uri_extension": {write: writeURIExtension, least: 1, most: 1, arguments: "a request's target", convert: convertURIExtension,
		gives: "the extension of its last part"},
	"pipe": {write: writeSame, least: 1, most: 1, arguments: "the path of a named pipe", convert: convertPipe,
		gives: "`\\name` for `\\Device\\NamedPipe\\name`"},
	"without_dot": {write: writeSame, least: 1, most: 1, arguments: "a text", convert: convertWithoutDot, gives: "the text without a full stop at its end"},
	"elements": {write: writeSame, least: 1, most: 1, arguments: "a text", convert: convertElements,
		gives: "the elements of a list in JSON; any other text as it is"},
	"choose": {write: writeChoose, least: 4, most: 4, arguments: "a value, a text, what to take where they are equal, and what otherwise",
		convert: convertChoose, gives: "the one or the other"},
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
	name = name[bytes.LastIndexAny(name, `\/`)+1:]
	if len(name) == 0 {
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

// answersBareName reports whether a pattern asks for no more than the last part of a path.
func answersBareName(t *sigma.Test) (bool, string) {
	if t.Kind != sigma.Match {
		return true, ""
	}
	for i, piece := range t.Pattern {
		if at := strings.LastIndexAny(piece.Text, `\/`); at > 0 || at == 0 && i > 0 && !t.Pattern[i-1].Any {
			return false, "only the name of the file is known, not its folder"
		}
	}
	return true, ""
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

// number reads a decimal number, or a hexadecimal one behind 0x; a negative one is the 32 bits of it.
func number(text []byte) (n uint64, ok bool) {
	negative := len(text) > 1 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	base := uint64(10)
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		text, base = text[2:], 16
	}
	if len(text) == 0 || base == 16 && len(text) > 16 || len(text) > 20 {
		return 0, false
	}
	for _, c := range text {
		digit := uint64(c - '0')
		if c|0x20 >= 'a' && c|0x20 <= 'f' {
			digit = uint64(c|0x20-'a') + 10
		}
		high, low := bits.Mul64(n, base)
		sum, carry := bits.Add64(low, digit, 0)
		if digit >= base || high+carry > 0 {
			return 0, false
		}
		n = sum
	}
	if negative {
		return uint64(-uint32(n)), n <= 1<<31
	}
	return n, true
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

func convertWithoutDot(r *reader, args []node) {
	r.add(bytes.TrimSuffix(r.first(args[0]), []byte(".")))
}

func convertURL(r *reader, args []node) {
	host, target := r.first(args[0]), r.first(args[1])
	if len(host) == 0 || bytes.Contains(target, []byte("://")) {
		r.add(target)
		return
	}
	from := len(r.arena)
	r.arena = append(append(append(r.arena, "http://"...), host...), target...)
	r.built(from)
}

func convertURIPath(r *reader, args []node) {
	path, _, _ := bytes.Cut(r.first(args[0]), []byte("?"))
	r.add(path)
}

func convertURIQuery(r *reader, args []node) {
	_, query, _ := bytes.Cut(r.first(args[0]), []byte("?"))
	r.add(query)
}

func convertURIExtension(r *reader, args []node) {
	path, _, _ := bytes.Cut(r.first(args[0]), []byte("?"))
	name := path[bytes.LastIndexByte(path, '/')+1:]
	if dot := bytes.LastIndexByte(name, '.'); dot >= 0 {
		r.add(name[dot+1:])
	}
}

func convertElements(r *reader, args []node) {
	mark := len(r.values)
	args[0].append(r)
	if len(r.values) != mark+1 || !startsLikeJSON(r.values[mark].Text) {
		return
	}
	if from, ok := r.parse(r.values[mark].Text); ok {
		r.values = r.values[:mark]
		r.addNode(from)
	}
}

func convertChoose(r *reader, args []node) {
	if bytes.EqualFold(r.first(args[0]), r.first(args[1])) {
		args[2].append(r)
		return
	}
	args[3].append(r)
}
