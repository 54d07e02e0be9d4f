package scalar

import (
	"encoding/hex"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

var addressFunctions = map[string]Function{
	"ipv4_compare":            {"ssl?", 'l', strict2(compareIPv4)},
	"ipv4_is_match":           {"ssl?", 'b', strict2(func(a []any) any { return isZero(compareIPv4(a)) })},
	"ipv4_is_in_range":        {"ss", 'b', strict(func(a []any) any { return inRange(text(a[0]), text(a[1]), false) })},
	"ipv4_is_in_any_range":    {"sd*", 'b', func(a []any) any { return inAnyRange(text(a[0]), a[1], false) }},
	"ipv4_is_private":         {"s", 'b', strict(ipv4IsPrivate)},
	"ipv4_netmask_suffix":     {"s", 'l', strict(ipv4Suffix)},
	"ipv4_range_to_cidr_list": {"ss", 'd', strict(cidrList)},
	"parse_ipv4":              {"s", 'l', strict(parseIPv4)},
	"parse_ipv4_mask":         {"sl", 'l', strict(parseIPv4Mask)},
	"format_ipv4":             {"dl?", 's', func(a []any) any { return formatIPv4(a[0], long(a[1], 32), false) }},
	"format_ipv4_mask":        {"dl?", 's', func(a []any) any { return formatIPv4(a[0], long(a[1], 32), true) }},
	"ipv6_compare":            {"ssl?", 'l', strict2(compareIPv6)},
	"ipv6_is_match":           {"ssl?", 'b', strict2(func(a []any) any { return isZero(compareIPv6(a)) })},
	"ipv6_is_in_range":        {"ss", 'b', strict(func(a []any) any { return inRange(text(a[0]), text(a[1]), true) })},
	"ipv6_is_in_any_range":    {"sd*", 'b', func(a []any) any { return inAnyRange(text(a[0]), a[1], true) }},
	"parse_ipv6":              {"s", 's', strict(func(a []any) any { return parseIPv6(text(a[0]), 128) })},
	"parse_ipv6_mask":         {"sl", 's', strict(func(a []any) any { return parseIPv6(text(a[0]), int(long(a[1], 128))) })},
	"has_ipv4":                {"ss", 'b', strict(func(a []any) any { return hasAddress(text(a[0]), []any{a[1]}, false) })},
	"has_ipv4_prefix":         {"ss", 'b', strict(func(a []any) any { return hasAddress(text(a[0]), []any{a[1]}, true) })},
	"has_any_ipv4":            {"sd*", 'b', func(a []any) any { return hasAddress(text(a[0]), flat(a[1]), false) }},
	"has_any_ipv4_prefix":     {"sd*", 'b', func(a []any) any { return hasAddress(text(a[0]), flat(a[1]), true) }},
}

// strict2 is strict for the first two arguments.
func strict2(f func([]any) any) func([]any) any {
	return func(a []any) any {
		if a[0] == nil || a[1] == nil {
			return nil
		}
		return f(a)
	}
}

func isZero(v any) any {
	if v == nil {
		return nil
	}
	return v == int64(0)
}

// ipv4 reads an address with an optional prefix length.
func ipv4(s string) (uint32, int, bool) {
	address, suffix, has := strings.Cut(strings.TrimSpace(s), "/")
	length := 32
	if has {
		n, err := strconv.Atoi(suffix)
		if err != nil || n < 0 || n > 32 {
			return 0, 0, false
		}
		length = n
	}
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is4() {
		return 0, 0, false
	}
	b := ip.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), length, true
}

func mask4(length int) uint32 {
	if length <= 0 {
		return 0
	}
	return ^uint32(0) << (32 - length)
}

func compareIPv4(a []any) any {
	x, n, ok1 := ipv4(text(a[0]))
	y, m, ok2 := ipv4(text(a[1]))
	prefix := long(a[2], 32)
	if !ok1 || !ok2 || prefix < 0 || prefix > 32 {
		return nil
	}
	mask := mask4(min(n, m, int(prefix)))
	return compareUint(uint64(x&mask), uint64(y&mask))
}

func compareUint(x, y uint64) any {
	switch {
	case x < y:
		return int64(-1)
	case x > y:
		return int64(1)
	}
	return int64(0)
}

// inRange says whether an address lies in a range such as 10.0.0.0/8.
func inRange(ip, within string, v6 bool) any {
	if !v6 {
		x, _, ok1 := ipv4(ip)
		y, n, ok2 := ipv4(within)
		if !ok1 || !ok2 {
			return nil
		}
		return x&mask4(n) == y&mask4(n)
	}
	x, _, ok1 := ipv6(ip)
	y, n, ok2 := ipv6(within)
	if !ok1 || !ok2 {
		return nil
	}
	return maskAddr(x, n) == maskAddr(y, n)
}

// flat is the items of all arguments, arrays opened.
func flat(v any) []any {
	var out []any
	for _, item := range list(v) {
		if items, ok := item.([]any); ok {
			out = append(out, items...)
		} else {
			out = append(out, item)
		}
	}
	return out
}

func inAnyRange(ip string, ranges any, v6 bool) any {
	valid := false
	for _, item := range flat(ranges) {
		switch inRange(ip, plain(item), v6) {
		case true:
			return true
		case false:
			valid = true
		}
	}
	if !valid {
		return nil
	}
	return false
}

func ipv4IsPrivate(a []any) any {
	x, n, ok := ipv4(text(a[0]))
	if !ok {
		return nil
	}
	for _, r := range []struct {
		net    uint32
		length int
	}{{10 << 24, 8}, {172<<24 | 16<<16, 12}, {192<<24 | 168<<16, 16}} {
		if n >= r.length && x&mask4(r.length) == r.net {
			return true
		}
	}
	return false
}

func ipv4Suffix(a []any) any {
	_, n, ok := ipv4(text(a[0]))
	if !ok {
		return nil
	}
	return int64(n)
}

func parseIPv4(a []any) any {
	x, n, ok := ipv4(text(a[0]))
	if !ok {
		return nil
	}
	return int64(x & mask4(n))
}

func parseIPv4Mask(a []any) any {
	x, n, ok := ipv4(text(a[0]))
	prefix := long(a[1], 32)
	if !ok || prefix < 0 || prefix > 32 {
		return nil
	}
	return int64(x & mask4(min(n, int(prefix))))
}

func formatIPv4(v any, prefix int64, suffix bool) any {
	if prefix < 0 || prefix > 32 {
		return ""
	}
	var x uint32
	length := int(prefix)
	switch v := v.(type) {
	case string:
		ip, n, ok := ipv4(v)
		if !ok {
			return ""
		}
		x, length = ip, min(n, length)
	default:
		i, ok := integer(v)
		if !ok || i < 0 || i > 1<<32-1 {
			return ""
		}
		x = uint32(i)
	}
	x &= mask4(length)
	out := netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)}).String()
	if suffix {
		out += "/" + strconv.Itoa(length)
	}
	return out
}

// cidrList covers a range of addresses with the fewest networks.
func cidrList(a []any) any {
	from, _, ok1 := ipv4(text(a[0]))
	to, _, ok2 := ipv4(text(a[1]))
	if !ok1 || !ok2 || from > to {
		return nil
	}
	out := []any{}
	start, end := uint64(from), uint64(to)
	for start <= end {
		size := bits.TrailingZeros64(start | 1<<32)
		for size > 0 && start+1<<size-1 > end {
			size--
		}
		out = append(out, formatIPv4(int64(start), 32, false).(string)+"/"+strconv.Itoa(32-size))
		start += 1 << size
	}
	return out
}

// ipv6 reads an address of either kind; one of version 4 is mapped into version 6.
func ipv6(s string) (netip.Addr, int, bool) {
	address, suffix, has := strings.Cut(strings.TrimSpace(s), "/")
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ip, 0, false
	}
	length := 128
	if has {
		n, err := strconv.Atoi(suffix)
		if err != nil || n < 0 || n > ip.BitLen() {
			return ip, 0, false
		}
		length = n + 128 - ip.BitLen()
	}
	return netip.AddrFrom16(ip.As16()), length, true
}

func maskAddr(ip netip.Addr, length int) netip.Addr {
	p, err := ip.Prefix(length)
	if err != nil {
		// An address of version 4 within version 6 keeps its form.
		b := ip.As16()
		for i := range b {
			keep := min(max(length-8*i, 0), 8)
			b[i] &= byte(uint16(0xff00) >> keep)
		}
		return netip.AddrFrom16(b)
	}
	return p.Addr()
}

func compareIPv6(a []any) any {
	x, n, ok1 := ipv6(text(a[0]))
	y, m, ok2 := ipv6(text(a[1]))
	prefix := long(a[2], 128)
	if !ok1 || !ok2 || prefix < 0 || prefix > 128 {
		return nil
	}
	length := min(n, m, int(prefix))
	return int64(maskAddr(x, length).Compare(maskAddr(y, length)))
}

// parseIPv6 writes all eight groups with all their digits.
func parseIPv6(s string, prefix int) any {
	ip, n, ok := ipv6(s)
	if !ok || prefix < 0 || prefix > 128 {
		return ""
	}
	b := maskAddr(ip, min(n, prefix)).As16()
	h := hex.EncodeToString(b[:])
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = h[4*i : 4*i+4]
	}
	return strings.Join(groups, ":")
}

// hasAddress looks for addresses in a text; letters, digits and dots must not go on before or after.
func hasAddress(source string, wanted []any, prefix bool) any {
	for _, w := range wanted {
		address := plain(w)
		if !addressForm(address, prefix) {
			continue
		}
		for at := 0; at <= len(source); {
			found := strings.Index(source[at:], address)
			if found < 0 {
				break
			}
			start := at + found
			end := start + len(address)
			if bordered(source, start, end, prefix && strings.HasSuffix(address, ".")) && wholeAddress(source[start:], prefix) {
				return true
			}
			at = start + 1
		}
	}
	return false
}

func addressForm(s string, prefix bool) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return !strings.Contains(s, ":")
	}
	if !prefix || !strings.HasSuffix(s, ".") {
		return false
	}
	groups := strings.Split(strings.TrimSuffix(s, "."), ".")
	for _, g := range groups {
		if n, err := strconv.Atoi(g); err != nil || n < 0 || n > 255 {
			return false
		}
	}
	return len(groups) < 4
}

func bordered(s string, start, end int, open bool) bool {
	border := func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }
	if start > 0 && (!border(s[start-1]) || s[start-1] == '.') {
		return false
	}
	if open || end == len(s) {
		return true
	}
	if !border(s[end]) {
		return false
	}
	return s[end] != '.' || end+1 == len(s) || border(s[end+1])
}

// wholeAddress says that what stands there is an address, not only its beginning.
func wholeAddress(s string, prefix bool) bool {
	if !prefix {
		return true
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end >= 0 {
		s = s[:end]
	}
	_, err := netip.ParseAddr(strings.TrimRight(s, "."))
	return err == nil
}
