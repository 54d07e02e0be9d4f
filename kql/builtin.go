package kql

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"penstock/kql/syntax"
)

// builtIn is a tabular function of advanced hunting that the cloud answers. Here KQL over the stored tables answers as far as they know, and the
// rest is null, with a notice.
type builtIn struct {
	name    string
	summary string
	notice  string
	text    string // a let of the function, in KQL
}

var builtIns = map[string]*builtIn{
	"FileProfile": {
		name: "FileProfile", summary: "Adds what is known of a file, by its hash.",
		notice: "FileProfile knows the certificates of DeviceFileCertificateInfo; prevalence, first and last seen in the world, threat and publisher are known to the cloud alone and null here",
		text: `let FileProfile = (T:(*)) {
			let certificates = DeviceFileCertificateInfo
			| where isnotempty(SHA1)
			| summarize arg_max(Timestamp, Signer, Issuer, SignerHash, IsSigned, IsTrusted, IsRootSignerMicrosoft) by ["$sha1"] = tolower(SHA1)
			| project ["$sha1"], ["$Signer"] = Signer, ["$Issuer"] = Issuer, ["$SignerHash"] = SignerHash, ["$IsCertificateValid"] = IsTrusted,
				["$IsRootSignerMicrosoft"] = IsRootSignerMicrosoft, ["$SignatureState"] = iff(IsTrusted, "SignedValid", iff(IsSigned, "SignedInvalid", "Unsigned"));
			T | lookup kind=leftouter certificates on $left.["$hash"] == $right.["$sha1"]
		};`,
	},
	"DeviceFromIP": {
		name: "DeviceFromIP", summary: "The devices that had an IP address at a time.",
		notice: "DeviceFromIP is answered from DeviceNetworkInfo",
		text: `let DeviceFromIP = (IP:string, Timestamp:datetime = datetime(null)) {
			let at = coalesce(Timestamp, now());
			DeviceNetworkInfo
			| where Timestamp between ((at - 1d) .. (at + 15m)) and IPAddresses has IP
			| mv-expand address = todynamic(IPAddresses)
			| where tostring(address.IPAddress) == IP
			| summarize Timestamp = max(Timestamp) by DeviceId
			| project IP, DeviceId
		};`,
	},
	"AssignedIPAddresses": {
		name: "AssignedIPAddresses", summary: "The IP addresses that a device had at a time.",
		notice: "AssignedIPAddresses is answered from DeviceNetworkInfo",
		text: `let AssignedIPAddresses = (Device:string, Timestamp:datetime = datetime(null)) {
			let at = coalesce(Timestamp, now());
			DeviceNetworkInfo
			| where (DeviceId == Device or DeviceName =~ Device) and Timestamp between ((at - 1d) .. at)
			| summarize arg_max(Timestamp, IPAddresses, NetworkAdapterType, ConnectedNetworks) by DeviceId, MacAddress
			| mv-expand address = todynamic(IPAddresses)
			| project Timestamp, IPAddress = tostring(address.IPAddress), IPType = tostring(address.AddressType), NetworkAdapterType,
				ConnectedNetworks = todynamic(ConnectedNetworks)
		};`,
	},
	"SeenBy": {
		name: "SeenBy", summary: "The devices that discovered a device.",
		notice: "which devices discovered another is known to the cloud alone: SeenBy gives no rows here",
		text: `let SeenBy = (Device:string) {
			DeviceInfo | where DeviceId == Device and false | distinct DeviceId, DeviceName
		};`,
	},
}

func builtInNames() []string { return slices.Sorted(maps.Keys(builtIns)) }

// builtInFunctions are the functions of the texts, which are read once.
var builtInFunctions = sync.OnceValue(func() map[string]*syntax.Function {
	list := make(map[string]*syntax.Function, len(builtIns))
	for name, f := range builtIns {
		parsed := syntax.Parse(f.text)
		if len(parsed.Errors) > 0 {
			panic(name + ": " + parsed.Errors[0].Message)
		}
		list[name] = parsed.Statements[0].(*syntax.Let).Value.(*syntax.Function)
	}
	return list
})

// expandBuiltIn puts the answer of a built-in function in a call's place.
func (b *binder) expandBuiltIn(f *builtIn, x *syntax.Call, in Node, s *scope) Node {
	b.notice(x.Span, f.notice)
	if f.name == "FileProfile" {
		return b.fileProfile(f, x, in, s)
	}
	e := &entity{name: f.name, fn: builtInFunctions()[f.name], in: &scope{}}
	inner, ok := b.arm(e, x, in, &env{scope: s})
	if !ok {
		return lost{}
	}
	return b.inBuiltIn(x.Span, func() Node { return b.table(e.fn.Body, inner) })
}

// inBuiltIn binds a built-in function's own text: mistakes in it, as for want of a table, are told of at the call, and in Defender's dialect.
func (b *binder) inBuiltIn(span Span, bind func() Node) Node {
	outer, dialect, watch := b.inside, b.opt.Dialect, b.watch
	if b.inside == nil {
		b.inside = &span
	}
	b.opt.Dialect, b.watch = "defender", nil
	node := bind()
	b.inside, b.opt.Dialect, b.watch = outer, dialect, watch
	return node
}

// profileColumns are the columns that FileProfile adds where the table does not have them.
var profileColumns = []Column{{"SHA1", String}, {"SHA256", String}, {"MD5", String}, {"FileSize", Long}, {"GlobalPrevalence", Long}, {"GlobalFirstSeen", DateTime},
	{"GlobalLastSeen", DateTime}, {"Signer", String}, {"Issuer", String}, {"SignerHash", String}, {"IsCertificateValid", Bool}, {"IsRootSignerMicrosoft", Bool},
	{"SignatureState", String}, {"IsExecutable", Bool}, {"ThreatName", String}, {"Publisher", String}, {"SoftwareName", String}, {"ProfileAvailability", String}}

// fileProfile is invoke FileProfile(SHA1, 1000): the first argument is a column of the input, or its name as a text.
func (b *binder) fileProfile(f *builtIn, x *syntax.Call, in Node, s *scope) Node {
	if in == nil {
		b.report(x.Span, "write … | invoke FileProfile(SHA1)", "FileProfile works on a table")
		return lost{}
	}
	if isLost(in) {
		return in
	}
	var column syntax.Expr = &syntax.Ident{Span: x.Span, Name: "SHA1"}
	if len(x.Args) > 0 {
		column = x.Args[0]
		if l, ok := column.(*syntax.Literal); ok && l.Type == "string" {
			column = &syntax.Ident{Span: l.Span, Name: l.Value.(string)}
		}
	}
	hash := b.scalar(column, b.rowOf(in, s))
	if isBad(hash) {
		return lost{}
	}
	cols := in.Columns()
	keyed := &Project{in, append(refs(cols), Item{"$hash", b.call("tolower", String, b.convert(hash, String))})}
	node := b.certificates(f, x, keyed)
	have := &env{cols: node.Columns()}
	items := make([]Item, 0, len(cols)+len(profileColumns))
	for i, c := range cols {
		items = append(items, Item{c.Name, ref(have.cols, i)})
	}
	own := &env{cols: cols}
	for _, c := range profileColumns {
		if _, ok := own.column(c.Name); ok {
			continue
		}
		items = append(items, Item{c.Name, b.profileColumn(c, column, have)})
	}
	result := &Project{node, items}
	b.open[result] = b.open[in]
	return result
}

// certificates joins what the stored certificates say; without that table there is nothing to join.
func (b *binder) certificates(f *builtIn, x *syntax.Call, keyed Node) Node {
	if _, ok := b.tableNamed("DeviceFileCertificateInfo"); !ok {
		return keyed
	}
	fn := builtInFunctions()[f.name]
	inner := &scope{function: fn}
	inner.add(&entity{name: "T", table: keyed})
	node := b.inBuiltIn(x.Span, func() Node {
		for _, l := range fn.Lets {
			b.statement(l, inner)
		}
		return b.table(fn.Body, inner)
	})
	if isLost(node) {
		return keyed
	}
	return node
}

// profileColumn is a column that FileProfile adds: from a certificate, the hash itself, or null.
func (b *binder) profileColumn(c Column, hash syntax.Expr, have *env) Expr {
	if i, ok := have.column("$" + c.Name); ok {
		return b.convert(ref(have.cols, i), c.Type)
	}
	if i, ok := have.column("$hash"); ok && strings.HasSuffix(resultName(hash), c.Name) {
		return ref(have.cols, i)
	}
	if c.Name == "ProfileAvailability" {
		if i, ok := have.column("$sha1"); ok {
			return b.call("iff", String, b.call("isempty", Bool, ref(have.cols, i)), Const{String, "Missing"}, Const{String, "Available"})
		}
		if i, ok := have.column("$Signer"); ok {
			return b.call("iff", String, b.call("isempty", Bool, ref(have.cols, i)), Const{String, "Missing"}, Const{String, "Available"})
		}
		return Const{String, "Missing"}
	}
	return missing(c.Type)
}

// seenBy is DeviceInfo | invoke SeenBy(), which adds the devices that discovered each: the cloud alone knows them.
func (b *binder) seenBy(x *syntax.Call, in Node) Node {
	b.notice(x.Span, "which devices discovered another is known to the cloud alone: SeenBy is null here")
	cols := in.Columns()
	if _, ok := (&env{cols: cols}).column("SeenBy"); ok {
		return in
	}
	return &Project{in, append(refs(cols), Item{"SeenBy", Const{Dynamic, nil}})}
}
