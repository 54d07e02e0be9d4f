package simulate

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// user is a person with an account in Active Directory, Entra ID and Exchange.
type user struct {
	name, display, given, surname string
	upn, sid, id                  string
	department, title, city       string
	domain                        string // NetBIOS name of the domain
	home                          string // public address when not in the office
	userAgent                     string
	admin                         bool
	manager                       string
}

// account is who a process runs as.
type account struct{ name, domain, sid, upn, id string }

// device is an onboarded machine.
type device struct {
	id, name, aadID, group         string
	short                          string // host part of the name
	platform                       int
	server, controller             bool
	osPlatform, osVersion, version string
	build                          int
	image                          int // which build of every program it has
	ip, publicIP, mac              string
	owner                          *user
	system, user                   account
	boot                           int64
	nextPID                        uint32
	report                         int64
	logon                          int64
	processes                      []process
	resident                       int // first so many processes stay
	turn                           int // which process is replaced next
	clock                          int64
	lag, pinnedUntil               int64
}

// world is who and what there is in the tenant; it depends on the seed alone.
type world struct {
	tenant, domain, netbios string
	domainSID               string
	users                   []*user
	devices                 []*device
	windows                 []*device // workstations
	servers, controllers    []*device
	linux                   []*device
	programs                *catalogue
	libraries               []library
	hosts                   []remote
	subscription            string
}

// library is a DLL or shared object that processes load.
type library struct {
	name, path, md5, sha1, sha256 string
	size                          int64
	signer                        string
	os                            bool
}

// remote is a host in the internet.
type remote struct{ name, ip string }

var givenNames = []string{"Anna", "Ben", "Carla", "David", "Elif", "Farid", "Greta", "Hannah", "Ivan", "Jana", "Karim", "Lena", "Marek", "Nora", "Oskar", "Paula", "Quentin", "Rosa", "Sven", "Tara", "Uwe", "Vera", "Wanda", "Xenia", "Yusuf", "Zoé", "Amélie", "Björn", "Chloe", "Dmitri", "Emil", "Fiona", "Georg", "Hilda", "Ines", "Jonas"}

var surnames = []string{"Albrecht", "Bauer", "Carlsen", "Dvorak", "Eriksson", "Fischer", "Gomez", "Hofmann", "Iversen", "Jansen", "Keller", "Lindgren", "Müller", "Novak", "Olsen", "Petrov", "Quist", "Richter", "Schmidt", "Thomsen", "Ueda", "Vogel", "Weber", "Xu", "Yilmaz", "Zimmer", "Becker", "Costa", "Dubois", "Ekström", "Fontaine", "Grimm", "Haas", "Ivanova", "Jung", "Krämer", "Lopez", "Moreau"}

var departments = []string{"Finance", "Sales", "Engineering", "Legal", "Human Resources", "Logistics", "Purchasing", "Marketing", "IT Operations", "Support"}

var cities = []string{"Berlin", "Hamburg", "Lyon", "Oslo", "Vienna", "Leeds"}

var services = []string{"outlook.office365.com", "login.microsoftonline.com", "graph.microsoft.com", "teams.microsoft.com", "eu-v20.events.data.microsoft.com", "settings-win.data.microsoft.com", "fe3cr.delivery.mp.microsoft.com", "www.google.com", "clients4.google.com", "update.googleapis.com", "www.bing.com", "edge.microsoft.com", "ctldl.windowsupdate.com", "substrate.office.com", "res.cdn.office.net", "github.com", "api.github.com", "cdn.jsdelivr.net", "fonts.gstatic.com", "wdcp.microsoft.com", "winatp-gw-neu.microsoft.com", "nexus.officeapps.live.com"}

var systemDLLs = []string{"ntdll.dll", "kernelbase.dll", "combase.dll", "bcrypt.dll", "cryptsp.dll", "amsi.dll", "winhttp.dll", "wininet.dll", "vaultcli.dll", "samlib.dll", "dbghelp.dll", "dbgcore.dll", "taskschd.dll", "wbemprox.dll", "fastprox.dll", "System.Management.Automation.dll", "clr.dll", "clrjit.dll", "msi.dll", "urlmon.dll", "netapi32.dll", "userenv.dll", "propsys.dll", "windows.storage.dll", "webio.dll", "dnsapi.dll", "rasadhlp.dll", "mswsock.dll", "credui.dll", "schannel.dll"}

func newWorld(c Config) *world {
	rng := rand.New(rand.NewPCG(c.Seed, 0x77_6f_72_6c_64))
	host, _, _ := strings.Cut(c.Domain, ".")
	w := &world{tenant: c.Tenant, domain: c.Domain, netbios: strings.ToUpper(host)}
	if w.tenant == "" {
		w.tenant = randomGUID(rng)
	}
	w.subscription = randomGUID(rng)
	w.domainSID = fmt.Sprintf("S-1-5-21-%d-%d-%d", rng.Uint32(), rng.Uint32(), rng.Uint32())
	w.programs = newCatalogue(rng)
	w.addUsers(rng, c.Users)
	w.addDevices(rng, c.Devices, c.Start.UnixNano())
	w.addLibraries(rng)
	for _, name := range services {
		w.hosts = append(w.hosts, remote{name, publicIP(rng)})
	}
	for range 1500 {
		w.hosts = append(w.hosts, remote{pick(rng, words) + "." + strings.ToLower(pick(rng, vendors)) + "-" + pick(rng, words) + ".example", publicIP(rng)})
	}
	return w
}

func publicIP(rng *rand.Rand) string {
	first := []int{13, 20, 23, 34, 40, 51, 52, 104, 142, 151, 172, 185}
	return fmt.Sprintf("%d.%d.%d.%d", pick(rng, first), 64+rng.IntN(64), rng.IntN(256), 1+rng.IntN(254))
}

func (w *world) addUsers(rng *rand.Rand, n int) {
	agents := []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"}
	titles := []string{"Analyst", "Manager", "Assistant", "Engineer", "Director", "Specialist", "Lead", "Consultant"}
	for i := range n {
		u := &user{given: pick(rng, givenNames), surname: pick(rng, surnames), id: randomGUID(rng), domain: w.netbios, department: pick(rng, departments), city: pick(rng, cities), home: publicIP(rng), userAgent: pick(rng, agents)}
		u.name = ascii(strings.ToLower(u.given)) + "." + ascii(strings.ToLower(u.surname))
		if i >= len(givenNames) {
			u.name += fmt.Sprint(i)
		}
		u.display = u.given + " " + u.surname
		u.upn = u.name + "@" + w.domain
		u.sid = fmt.Sprintf("%s-%d", w.domainSID, 1100+i)
		u.title = u.department + " " + pick(rng, titles)
		u.admin = i%40 == 3
		if i > 0 {
			u.manager = w.users[rng.IntN(i)].upn
		}
		w.users = append(w.users, u)
	}
}

var asciiOf = strings.NewReplacer("ü", "ue", "ö", "oe", "ä", "ae", "é", "e")

func ascii(s string) string { return asciiOf.Replace(s) }

func (w *world) addDevices(rng *rand.Rand, n int, start int64) {
	for i := range n {
		d := &device{id: randomHex(rng, 40), aadID: randomGUID(rng), image: rng.IntN(builds), report: 1 + rng.Int64N(90_000), nextPID: 4000, owner: w.users[i%len(w.users)]}
		city := cities[i%len(cities)]
		d.ip = fmt.Sprintf("10.%d.%d.%d", 20+i%len(cities), i/230%250, 10+i%230)
		d.publicIP = fmt.Sprintf("185.64.%d.%d", 10+i%len(cities), 7)
		mac := binary.BigEndian.AppendUint32(nil, rng.Uint32())
		d.mac = fmt.Sprintf("02-1A-%02X-%02X-%02X-%02X", mac[0], mac[1], mac[2], mac[3])
		d.boot = start - hour*int64(10+rng.IntN(200)) - rng.Int64N(hour)
		w.describe(d, i, strings.ToLower(city[:3]))
		d.name = d.short + "." + w.domain
		d.user = account{d.owner.name, w.netbios, d.owner.sid, d.owner.upn, d.owner.id}
		d.system = account{name: "system", domain: "nt authority", sid: "S-1-5-18"}
		if d.platform != windows {
			d.system = account{name: "root", domain: d.short}
			d.user = account{name: d.owner.name, domain: d.short}
		}
		d.logon = 100_000 + rng.Int64N(90_000_000)
		w.devices = append(w.devices, d)
	}
}

// describe gives the kinds of devices fixed places, so that the smallest tenant has each of them.
func (w *world) describe(d *device, i int, city string) {
	d.osPlatform, d.osVersion, d.version, d.build, d.group = "Windows11", "10.0", "24H2", 26100, "Workstations - remediate threats automatically"
	switch i % 20 {
	case 2:
		d.platform, d.server, d.osPlatform, d.osVersion, d.version, d.build, d.group = linux, true, "Linux", "24.04", "Ubuntu", 0, "Linux Servers"
		d.short = fmt.Sprintf("lx-%s-%03d", city, i)
		w.linux = append(w.linux, d)
	case 5:
		d.platform, d.osPlatform, d.osVersion, d.version, d.build, d.group = macOS, "macOS", "15.6", "Sequoia", 0, "UnassignedGroup"
		d.short = fmt.Sprintf("mac-%s-%04d", city, i)
	case 1, 9:
		d.server, d.osPlatform, d.version, d.build, d.group = true, "WindowsServer2022", "21H2", 20348, "Servers"
		d.short = fmt.Sprintf("srv-%s-%03d", city, i)
		if i%20 == 1 && len(w.controllers) < 3 {
			d.controller = true
			d.short = fmt.Sprintf("dc%02d", 1+len(w.controllers))
			w.controllers = append(w.controllers, d)
			return
		}
		w.servers = append(w.servers, d)
	default:
		if i%3 == 0 {
			d.osPlatform, d.version, d.build = "Windows10", "22H2", 19045
		}
		d.short = fmt.Sprintf("ws-%s-%04d", city, i)
		w.windows = append(w.windows, d)
	}
}

func (w *world) addLibraries(rng *rand.Rand) {
	add := func(name, folder, signer string, os bool) {
		for range 2 {
			w.libraries = append(w.libraries, library{name: name, path: folder + `\` + name, md5: randomHex(rng, 32), sha1: randomHex(rng, 40), sha256: randomHex(rng, 64), size: 8000 + rng.Int64N(3_000_000), signer: signer, os: os})
		}
	}
	for _, name := range systemDLLs {
		add(name, system32, "Microsoft Windows", true)
	}
	for range 600 {
		vendor := pick(rng, vendors)
		add(pick(rng, words)+pick(rng, words)+".dll", `C:\Program Files\`+vendor+`\bin`, vendor+" GmbH", false)
	}
}
