package simulate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// program is an executable that runs in the tenant. The braces in its command lines are filled in when it is started, see
// fill.
type program struct {
	name, folder                    string
	company, product, about, number string
	unsigned                        bool     // nobody has signed it
	system                          bool     // runs as the system, not as the user
	parents                         []string // what starts it; the first that runs
	weight                          int      // how often it starts, against the others of its platform; 0: only with the device
	commands                        []string
	images                          []image // builds in use; a device has one of them
}

// image is one build of a program: what hashes and versions are of.
type image struct {
	program           *program
	path, lowerPath   string
	md5, sha1, sha256 string
	version           string
	size              int64
	internal          string
}

const (
	windows = iota
	linux
	macOS
)

const (
	system32 = `C:\Windows\System32`
	ms       = "Microsoft Corporation"
	osName   = "Microsoft® Windows® Operating System"
)

// windowsResident start with the device, in this order.
var windowsResident = []*program{
	{name: "smss.exe", folder: system32, about: "Windows Session Manager", system: true, commands: []string{"smss.exe"}},
	{name: "wininit.exe", folder: system32, about: "Windows Start-Up Application", system: true, parents: []string{"smss.exe"}, commands: []string{"wininit.exe"}},
	{name: "services.exe", folder: system32, about: "Services and Controller app", system: true, parents: []string{"wininit.exe"}, commands: []string{"services.exe"}},
	{name: "lsass.exe", folder: system32, about: "Local Security Authority Process", system: true, parents: []string{"wininit.exe"}, commands: []string{"lsass.exe"}},
	{name: "svchost.exe", folder: system32, about: "Host Process for Windows Services", system: true, parents: []string{"services.exe"}, weight: 60,
		commands: []string{"svchost.exe -k netsvcs -p -s Schedule", "svchost.exe -k netsvcs -p -s wuauserv", "svchost.exe -k LocalService -p -s WinHttpAutoProxySvc", "svchost.exe -k NetworkService -p -s Dnscache", "svchost.exe -k wsappx -p -s AppXSvc", "svchost.exe -k DcomLaunch -p", "svchost.exe -k UnistackSvcGroup -s CDPUserSvc_{x}"}},
	{name: "winlogon.exe", folder: system32, about: "Windows Logon Application", system: true, parents: []string{"smss.exe"}, commands: []string{"winlogon.exe"}},
	{name: "MsMpEng.exe", folder: `C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.26100.5-0`, about: "Antimalware Service Executable", number: "4.18.26100.5", system: true, parents: []string{"services.exe"}, commands: []string{`"MsMpEng.exe"`}},
	{name: "MsSense.exe", folder: `C:\Program Files\Windows Defender Advanced Threat Protection`, about: "Windows Defender Advanced Threat Protection Service Executable", number: "10.8802.26100.1591", system: true, parents: []string{"services.exe"}, commands: []string{`"MsSense.exe"`}},
	{name: "explorer.exe", folder: `C:\Windows`, about: "Windows Explorer", parents: []string{"winlogon.exe"}, commands: []string{"Explorer.EXE"}},
}

var windowsPrograms = []*program{
	{name: "chrome.exe", folder: `C:\Program Files\Google\Chrome\Application`, company: "Google LLC", product: "Google Chrome", about: "Google Chrome", number: "142.0.7444.176", parents: []string{"chrome.exe", "explorer.exe"}, weight: 120, commands: []string{
		`"chrome.exe" --type=utility --utility-sub-type=network.mojom.NetworkService --lang=en-GB --service-sandbox-type=none --video-capture-use-gpu-memory-buffer --field-trial-handle={n},i,{N},{N},262144 --variations-seed-version={v} --mojo-platform-channel-handle={n} /prefetch:11`,
		`"chrome.exe" --type=renderer --lang=en-GB --device-scale-factor=1.25 --num-raster-threads=4 --renderer-client-id={n} --time-ticks-at-unix-epoch=-{N} --launch-time-ticks={N} --field-trial-handle={n},i,{N},{N},262144 --variations-seed-version={v} --mojo-platform-channel-handle={n} /prefetch:1`}},
	{name: "msedge.exe", folder: `C:\Program Files (x86)\Microsoft\Edge\Application`, product: "Microsoft Edge", about: "Microsoft Edge", number: "142.0.3595.94", parents: []string{"msedge.exe", "explorer.exe"}, weight: 160, commands: []string{
		`"msedge.exe" --type=renderer --string-annotations --video-capture-use-gpu-memory-buffer --lang=de --js-flags=--ms-user-locale= --device-scale-factor=1 --num-raster-threads=4 --renderer-client-id={n} --launch-time-ticks={N} --metrics-shmem-handle={n},i,{N},{N},2097152 --field-trial-handle={n},i,{N},{N},262144 --variations-seed-version --mojo-platform-channel-handle={n} /prefetch:1`,
		`"msedge.exe" --type=utility --utility-sub-type=network.mojom.NetworkService --lang=de --service-sandbox-type=none --metrics-shmem-handle={n},i,{N},{N},524288 --field-trial-handle={n},i,{N},{N},262144 --mojo-platform-channel-handle={n} /prefetch:11`,
		`"msedge.exe" --single-argument https://{w}.{d}/{p}`}},
	{name: "msedgewebview2.exe", folder: `C:\Program Files (x86)\Microsoft\EdgeWebView\Application\142.0.3595.94`, product: "Microsoft Edge WebView2", about: "Microsoft Edge WebView2", number: "142.0.3595.94", parents: []string{"ms-teams.exe", "OUTLOOK.EXE", "explorer.exe"}, weight: 70, commands: []string{
		`"msedgewebview2.exe" --type=renderer --noerrdialogs --user-data-dir="C:\Users\{u}\AppData\Local\Packages\MSTeams_8wekyb3d8bbwe\LocalCache\Microsoft\MSTeams\EBWebView" --webview-exe-name=ms-teams.exe --webview-exe-version=25290.205.4069.4894 --embedded-browser-webview=1 --renderer-client-id={n} --launch-time-ticks={N} --mojo-platform-channel-handle={n} --field-trial-handle={n},i,{N},{N},262144 /prefetch:1`}},
	{name: "OUTLOOK.EXE", folder: `C:\Program Files\Microsoft Office\root\Office16`, product: "Microsoft Outlook", about: "Microsoft Outlook", number: "16.0.19328.20178", parents: []string{"explorer.exe"}, weight: 14, commands: []string{`"OUTLOOK.EXE" `, `"OUTLOOK.EXE" /c ipm.note /m "mailto:{w}@{d}"`}},
	{name: "WINWORD.EXE", folder: `C:\Program Files\Microsoft Office\root\Office16`, product: "Microsoft Office", about: "Microsoft Word", number: "16.0.19328.20178", parents: []string{"explorer.exe", "OUTLOOK.EXE"}, weight: 18, commands: []string{`"WINWORD.EXE" /n "C:\Users\{u}\Documents\{f}.docx" /o ""`, `"WINWORD.EXE" /n "C:\Users\{u}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{X}\{f}.docx" /o ""`}},
	{name: "EXCEL.EXE", folder: `C:\Program Files\Microsoft Office\root\Office16`, product: "Microsoft Office", about: "Microsoft Excel", number: "16.0.19328.20178", parents: []string{"explorer.exe", "OUTLOOK.EXE"}, weight: 22, commands: []string{`"EXCEL.EXE" "C:\Users\{u}\OneDrive\{w}\{f}.xlsx"`, `"EXCEL.EXE" "\\fs01\{w}\{f}.xlsm"`}},
	{name: "ms-teams.exe", folder: `C:\Program Files\WindowsApps\MSTeams_25290.205.4069.4894_x64__8wekyb3d8bbwe`, product: "Microsoft Teams", about: "Microsoft Teams", number: "25290.205.4069.4894", parents: []string{"explorer.exe"}, weight: 12, commands: []string{`"ms-teams.exe" msteams:system-initiated`, `"ms-teams.exe" "msteams:/l/meetup-join/19:meeting_{g}@thread.v2/0"`}},
	{name: "OneDrive.exe", folder: `C:\Program Files\Microsoft OneDrive`, product: "Microsoft OneDrive", about: "Microsoft OneDrive", number: "25.199.1012.0002", parents: []string{"explorer.exe"}, weight: 16, commands: []string{`"OneDrive.exe" /background`, `"OneDrive.exe" /client=Personal --syncId={g}`}},
	{name: "Acrobat.exe", folder: `C:\Program Files\Adobe\Acrobat DC\Acrobat`, company: "Adobe Systems Incorporated", product: "Adobe Acrobat", about: "Adobe Acrobat", number: "25.1.20844.0", parents: []string{"explorer.exe", "OUTLOOK.EXE"}, weight: 14, commands: []string{`"Acrobat.exe" "C:\Users\{u}\Downloads\{f}.pdf"`, `"Acrobat.exe" --type=renderer --lang=en-US --renderer-client-id={n} --launch-time-ticks={N} "C:\Users\{u}\Desktop\{f}.pdf"`}},
	{name: "conhost.exe", folder: system32, about: "Console Window Host", parents: []string{"cmd.exe", "powershell.exe", "svchost.exe"}, weight: 90, commands: []string{"conhost.exe 0xffffffff -ForceV1", "conhost.exe 0x4"}},
	{name: "cmd.exe", folder: system32, about: "Windows Command Processor", parents: []string{"explorer.exe", "svchost.exe"}, weight: 40, commands: []string{`cmd.exe /c ""C:\Program Files\{W}\{w}.cmd" {x}"`, `"cmd.exe" /d /s /c "netstat -ano | findstr {n}"`, `cmd.exe /c del /q "C:\Users\{u}\AppData\Local\Temp\{w}{x}.tmp"`, `cmd /c "wmic logicaldisk get size,freespace,caption > C:\ProgramData\{W}\{x}.txt"`}},
	{name: "powershell.exe", folder: system32 + `\WindowsPowerShell\v1.0`, about: "Windows PowerShell", number: "10.0.26100.5074", parents: []string{"svchost.exe", "explorer.exe"}, system: true, weight: 36, commands: []string{
		`powershell.exe -ExecutionPolicy AllSigned -NoProfile -NonInteractive -Command "& {$OutputEncoding = [Console]::OutputEncoding =[System.Text.Encoding]::UTF8;$scriptFileStream = [System.IO.File]::Open('C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection\DataCollection\{n}.{N}.0.{N}-{X}\{g}.ps1', [System.IO.FileMode]::Open);$calculatedHash = Microsoft.PowerShell.Utility\Get-FileHash 'C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection\DataCollection\{n}.{N}.0.{N}-{X}\{g}.ps1' -Algorithm SHA256;if (!($calculatedHash.Hash -eq '{h}')) { exit 323;};Start-Transcript -Path 'C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection\Temp\PSScriptOutputs\PSScript_Transcript_{{g}}.txt'}"`,
		`powershell.exe -NoProfile -ExecutionPolicy Bypass -File "C:\ProgramData\{W}\scripts\{w}-{w}.ps1" -RunId {g}`}},
	{name: "RuntimeBroker.exe", folder: system32, about: "Runtime Broker", parents: []string{"svchost.exe"}, weight: 40, commands: []string{"RuntimeBroker.exe -Embedding"}},
	{name: "backgroundTaskHost.exe", folder: system32, about: "Background Task Host", parents: []string{"svchost.exe"}, weight: 55, commands: []string{`"backgroundTaskHost.exe" -ServerName:App.AppX{x}{x}.mca`, `"BackgroundTaskHost.exe" -ServerName:BackgroundTaskHost.WebAccountProvider`}},
	{name: "taskhostw.exe", folder: system32, about: "Host Process for Windows Tasks", parents: []string{"svchost.exe"}, weight: 45, commands: []string{"taskhostw.exe", "taskhostw.exe Install $(Arg0)", "taskhostw.exe KEYROAMING"}},
	{name: "dllhost.exe", folder: system32, about: "COM Surrogate", parents: []string{"svchost.exe"}, weight: 60, commands: []string{"DllHost.exe /Processid:{{G}}"}},
	{name: "SearchProtocolHost.exe", folder: system32, about: "Microsoft Windows Search Protocol Host", parents: []string{"svchost.exe"}, weight: 60, system: true, commands: []string{`"SearchProtocolHost.exe" Global\UsGthrFltPipeMssGthrPipe{n}_ Global\UsGthrCtrlFltPipeMssGthrPipe{n} 1 -{N} "Software\Microsoft\Windows Search" "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT; MS Search 4.0 Robot)" "C:\ProgramData\Microsoft\Search\Data\Temp\usgthrsvc" "DownLevelDaemon"`}},
	{name: "MpCmdRun.exe", folder: `C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.26100.5-0`, about: "Microsoft Malware Protection Command Line Utility", number: "4.18.26100.5", parents: []string{"MsMpEng.exe"}, system: true, weight: 40, commands: []string{`"MpCmdRun.exe" SignatureUpdate -ScheduleJob -RestrictPrivileges -Reinvoke`, `"MpCmdRun.exe" Scan -ScheduleJob -RestrictPrivileges -DailyScan -ScanTrigger 54`, `"MpCmdRun.exe" GetDeviceTicket -AccessKey {X}-{g}`}},
	{name: "SenseIR.exe", folder: `C:\Program Files\Windows Defender Advanced Threat Protection`, about: "Windows Defender Advanced Threat Protection Sense IR", number: "10.8802.26100.1591", parents: []string{"MsSense.exe"}, system: true, weight: 24, commands: []string{`"SenseIR.exe" "SenseIR.exe" "tcp-server-{N}" "{X}{X}" "true"`}},
	{name: "SenseNdr.exe", folder: `C:\Program Files\Windows Defender Advanced Threat Protection`, about: "Windows Defender Advanced Threat Protection Sense NDR module", number: "10.8802.26100.1591", parents: []string{"MsSense.exe"}, system: true, weight: 12, commands: []string{`"SenseNdr.exe" {h}`}},
	{name: "WmiPrvSE.exe", folder: system32 + `\wbem`, about: "WMI Provider Host", parents: []string{"svchost.exe"}, system: true, weight: 34, commands: []string{"wmiprvse.exe -secured -Embedding", "wmiprvse.exe -Embedding"}},
	{name: "gpupdate.exe", folder: system32, about: "Microsoft® Group Policy Update Utility", parents: []string{"svchost.exe"}, system: true, weight: 8, commands: []string{`"gpupdate.exe" /target:computer`, `"gpupdate.exe" /target:user`}},
	{name: "MicrosoftEdgeUpdate.exe", folder: `C:\Program Files (x86)\Microsoft\EdgeUpdate`, product: "Microsoft Edge Update", about: "Microsoft Edge Update", number: "1.3.213.11", parents: []string{"svchost.exe"}, system: true, weight: 18, commands: []string{`"MicrosoftEdgeUpdate.exe" /ua /installsource scheduler`, `"MicrosoftEdgeUpdate.exe" /ping {q}{q}{q}`}},
	{name: "Code.exe", folder: `C:\Program Files\Microsoft VS Code`, product: "Visual Studio Code", about: "Visual Studio Code", number: "1.106.2", parents: []string{"Code.exe", "explorer.exe"}, weight: 14, commands: []string{`"Code.exe" --type=utility --utility-sub-type=node.mojom.NodeService --lang=en-US --service-sandbox-type=none --user-data-dir="C:\Users\{u}\AppData\Roaming\Code" --mojo-platform-channel-handle={n} --field-trial-handle={n},i,{N},{N},262144 /prefetch:11`}},
	{name: "git.exe", folder: `C:\Program Files\Git\cmd`, company: "The Git Development Community", product: "Git", about: "Git for Windows", number: "2.51.2.1", parents: []string{"Code.exe", "cmd.exe", "explorer.exe"}, weight: 20, commands: []string{"git.exe show --textconv :src/{w}/{w}_{w}.go", "git.exe for-each-ref --format %(refname)%00%(upstream:short)%00%(objectname)%00%(upstream:track) --ignore-case refs/heads/{w}-{n}", "git.exe cat-file -s {x}{x}{x}{x}{x}"}},
	{name: "CcmExec.exe", folder: `C:\Windows\CCM`, product: "Microsoft Endpoint Configuration Manager", about: "Host Process for Configuration Manager", number: "5.0.9135.1008", parents: []string{"services.exe"}, system: true, weight: 4, commands: []string{"CcmExec.exe"}},
	{name: "rundll32.exe", folder: system32, about: "Windows host process (Rundll32)", parents: []string{"svchost.exe", "explorer.exe"}, weight: 22, commands: []string{`"rundll32.exe" Startupscan.dll,SusRunTask`, `rundll32.exe AppXDeploymentExtensions.OneCore.dll,ShellRefresh`, `"rundll32.exe" shell32.dll,Control_RunDLL {w}.cpl,,{n}`}},
	{name: "reg.exe", folder: system32, about: "Registry Console Tool", parents: []string{"cmd.exe", "explorer.exe"}, weight: 8, commands: []string{`reg query "HKLM\SOFTWARE\{W}\{w}" /v Version`, `reg add HKCU\Software\{W} /v Last{w} /t REG_SZ /d {x} /f`}},
}

// windowsRare are what only attacks start.
var windowsRare = []*program{
	{name: "vssadmin.exe", folder: system32, about: "Command Line Interface for Microsoft® Volume Shadow Copy Service"},
	{name: "bcdedit.exe", folder: system32, about: "Boot Configuration Data Editor"},
	{name: "wbadmin.exe", folder: system32, about: "Command Line Interface for Microsoft® BLB Backup"},
	{name: "wevtutil.exe", folder: system32, about: "Eventing Command Line Utility"},
	{name: "net.exe", folder: system32, about: "Net Command"},
	{name: "nltest.exe", folder: system32, about: "Microsoft® Logon Server Test Utility"},
	{name: "whoami.exe", folder: system32, about: "whoami - displays logged on user information"},
	{name: "PsExec64.exe", folder: `C:\Users\Public`, company: "Sysinternals - www.sysinternals.com", product: "Sysinternals PsExec", about: "Execute processes remotely", number: "2.43"},
	{name: "PSEXESVC.exe", folder: `C:\Windows`, company: "Sysinternals", product: "Sysinternals PsExec", about: "PsExec Service", number: "2.43"},
	{name: "procdump64.exe", folder: `C:\Users\Public`, company: "Sysinternals - www.sysinternals.com", product: "ProcDump", about: "Sysinternals process dump utility", number: "11.0"},
	{name: "updater.exe", folder: `C:\ProgramData\Intel`, unsigned: true, product: "Update helper", about: "Update helper", number: "1.0.0.0"},
	{name: "enc.exe", folder: `C:\Windows\Temp`, unsigned: true, product: "enc", about: "enc", number: "0.9.1.0"},
}

var linuxResident = []*program{
	{name: "systemd", folder: "/usr/lib/systemd", system: true, commands: []string{"/sbin/init splash"}},
	{name: "sshd", folder: "/usr/sbin", system: true, parents: []string{"systemd"}, commands: []string{"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"}},
	{name: "cron", folder: "/usr/sbin", system: true, parents: []string{"systemd"}, commands: []string{"/usr/sbin/cron -f -P"}},
	{name: "wdavdaemon", folder: "/opt/microsoft/mdatp/sbin", system: true, parents: []string{"systemd"}, commands: []string{"/opt/microsoft/mdatp/sbin/wdavdaemon"}},
	{name: "nginx", folder: "/usr/sbin", parents: []string{"systemd"}, commands: []string{"nginx: worker process"}},
}

var linuxPrograms = []*program{
	{name: "bash", folder: "/usr/bin", parents: []string{"sshd", "cron"}, weight: 60, commands: []string{"/bin/bash -c /opt/{w}/bin/{w}.sh --id {n}", "-bash", "/bin/bash /etc/cron.daily/{w}"}},
	{name: "ps", folder: "/usr/bin", system: true, parents: []string{"wdavdaemon", "bash"}, weight: 60, commands: []string{"/bin/ps -A -o comm,pid,pcpu,pmem,rss,etimes --no-headers", "ps -o ppid= -p {n}"}},
	{name: "grep", folder: "/usr/bin", parents: []string{"bash"}, weight: 50, commands: []string{"grep -F {w}_{w}", "grep -c ^processor /proc/{n}/status"}},
	{name: "python3.12", folder: "/usr/bin", parents: []string{"systemd", "cron"}, weight: 30, commands: []string{"/usr/bin/python3 /usr/share/{w}/{w}.py --report {x}", "/usr/bin/python3 -m {w}.worker --queue {w} --job {g}"}},
	{name: "dpkg", folder: "/usr/bin", system: true, parents: []string{"cron", "systemd"}, weight: 12, commands: []string{"dpkg --print-foreign-architectures", "dpkg -s lib{w}{n}"}},
	{name: "curl", folder: "/usr/bin", parents: []string{"bash", "cron"}, weight: 14, commands: []string{"curl -fsS --retry 3 https://{w}.{d}/health?run={x}"}},
	{name: "sudo", folder: "/usr/bin", parents: []string{"bash"}, weight: 14, commands: []string{"sudo systemctl status {w}.service", "sudo -n /usr/sbin/{w} --check {n}"}},
	{name: "logrotate", folder: "/usr/sbin", system: true, parents: []string{"cron"}, weight: 10, commands: []string{"/usr/sbin/logrotate /etc/logrotate.d/{w}"}},
}

var linuxRare = []*program{
	{name: "chmod", folder: "/usr/bin"}, {name: "crontab", folder: "/usr/bin"}, {name: "kworkerd", folder: "/tmp/.x"},
}

var macResident = []*program{
	{name: "launchd", folder: "/sbin", system: true, commands: []string{"/sbin/launchd"}},
	{name: "wdavdaemon", folder: "/Applications/Microsoft Defender.app/Contents/MacOS", system: true, parents: []string{"launchd"}, commands: []string{`"/Applications/Microsoft Defender.app/Contents/MacOS/wdavdaemon_enterprise"`}},
	{name: "Finder", folder: "/System/Library/CoreServices/Finder.app/Contents/MacOS", parents: []string{"launchd"}, commands: []string{"/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder"}},
}

var macPrograms = []*program{
	{name: "Google Chrome Helper (Renderer)", folder: "/Applications/Google Chrome.app/Contents/Frameworks/Google Chrome Framework.framework/Versions/142.0.7444.176/Helpers/Google Chrome Helper (Renderer).app/Contents/MacOS", parents: []string{"launchd"}, weight: 60, commands: []string{`"Google Chrome Helper (Renderer)" --type=renderer --lang=en-GB --num-raster-threads=4 --renderer-client-id={n} --time-ticks-at-unix-epoch=-{N} --launch-time-ticks={N} --shared-files --field-trial-handle={n},r,{N},{N},262144 --seatbelt-client={n}`}},
	{name: "Safari", folder: "/Applications/Safari.app/Contents/MacOS", parents: []string{"launchd"}, weight: 20, commands: []string{"/Applications/Safari.app/Contents/MacOS/Safari"}},
	{name: "mdworker_shared", folder: "/System/Library/Frameworks/CoreServices.framework/Frameworks/Metadata.framework/Versions/A/Support", parents: []string{"launchd"}, weight: 80, commands: []string{"mdworker_shared -s mdworker -c MDSImporterWorker -m com.apple.mdworker.shared.{n}"}},
	{name: "zsh", folder: "/bin", parents: []string{"launchd", "Finder"}, weight: 20, commands: []string{"/bin/zsh -l", "/bin/zsh -c ls -la /Users/{u}/{w}/{w}"}},
}

// catalogue is all that runs in one tenant, per platform.
type catalogue struct {
	resident, noise [3][]*program
	total           [3]int // of the weights
	byName          [3]map[string]*program
}

const builds = 4

func newCatalogue(rng *rand.Rand) *catalogue {
	c := new(catalogue)
	c.add(rng, windows, windowsResident, windowsPrograms, windowsRare)
	c.add(rng, windows, nil, houseSoftware(rng), nil)
	c.add(rng, linux, linuxResident, linuxPrograms, linuxRare)
	c.add(rng, macOS, macResident, macPrograms, nil)
	return c
}

func (c *catalogue) add(rng *rand.Rand, platform int, resident, noise, rare []*program) {
	if c.byName[platform] == nil {
		c.byName[platform] = map[string]*program{}
	}
	all := append(append(append([]*program{}, resident...), noise...), rare...)
	for _, base := range all {
		p := *base
		if platform == windows && p.company == "" && !p.unsigned {
			p.company = ms
		}
		if p.company == ms && p.product == "" {
			p.product = osName
		}
		if p.number == "" && platform == windows {
			p.number = "10.0.26100.5074"
		}
		p.images = buildImages(rng, platform, &p)
		c.byName[platform][p.name] = &p
	}
	for _, p := range resident {
		c.resident[platform] = append(c.resident[platform], c.byName[platform][p.name])
	}
	for _, p := range all {
		if p.weight > 0 {
			c.noise[platform] = append(c.noise[platform], c.byName[platform][p.name])
			c.total[platform] += p.weight
		}
	}
}

func buildImages(rng *rand.Rand, platform int, p *program) []image {
	images := make([]image, builds)
	for i := range images {
		m := &images[i]
		sep := `\`
		if platform != windows {
			sep = "/"
		}
		*m = image{program: p, path: p.folder + sep + p.name, md5: randomHex(rng, 32), sha1: randomHex(rng, 40), sha256: randomHex(rng, 64),
			size: 20_000 + rng.Int64N(6_000_000), internal: strings.TrimSuffix(p.name, ".exe")}
		m.lowerPath = m.path
		if platform == windows {
			m.lowerPath = strings.ToLower(m.path)
			m.version = p.number
			if i > 0 {
				m.version = p.number + fmt.Sprint(i)
			}
		}
	}
	return images
}

// houseSoftware invents programs that only few devices have: rare files are a large part of a real tenant's hashes.
func houseSoftware(rng *rand.Rand) []*program {
	list := make([]*program, 240)
	for i := range list {
		vendor, word := pick(rng, vendors), pick(rng, words)
		name := vendor + pick(rng, []string{"Agent", "Client", "Service", "Sync", "Tray", "Update", "Report", "Launcher"}) + fmt.Sprint(i)
		list[i] = &program{name: name + ".exe", folder: `C:\Program Files\` + vendor + `\` + strings.ToUpper(word[:1]) + word[1:], company: vendor + " GmbH", product: vendor + " " + word,
			about: vendor + " " + word + " module", number: fmt.Sprintf("%d.%d.%d", 1+rng.IntN(20), rng.IntN(30), rng.IntN(9000)), system: i%3 == 0, parents: []string{"services.exe", "explorer.exe"}, weight: 1,
			commands: []string{`"` + name + `.exe" --session {g} --{w}={x}`, `"` + name + `.exe" /` + word + ` "C:\ProgramData\` + vendor + `\{w}\{x}.dat"`, name + `.exe -p {n} -c {w}.{w}.config`}}
		if i%3 == 0 {
			list[i].parents = []string{"services.exe"}
		}
	}
	return list
}

var vendors = []string{"Norden", "Aldera", "Kvasir", "Brisk", "Tellur", "Marlin", "Ostara", "Quillon", "Ferrum", "Halcyon", "Veritas", "Solvent", "Lumen", "Cobalt", "Argent", "Pelikan", "Rivet", "Sable", "Umbra", "Zephyr"}

var words = []string{"account", "archive", "asset", "audit", "balance", "batch", "billing", "board", "budget", "cache", "campaign", "catalogue", "claim", "client", "cluster", "contract", "core", "credit", "customer", "delivery", "design", "draft", "engine", "event", "export", "factor", "feed", "finance", "forecast", "gateway", "graph", "harbour", "image", "import", "index", "invoice", "journal", "ledger", "legal", "license", "logistics", "margin", "market", "matrix", "meeting", "metric", "minutes", "mobile", "model", "notice", "offer", "office", "order", "partner", "payment", "payroll", "person", "plan", "policy", "portal", "price", "print", "product", "profile", "project", "protocol", "purchase", "quality", "quarter", "queue", "quote", "region", "release", "report", "request", "review", "roster", "sales", "sample", "schedule", "search", "section", "sensor", "series", "service", "shift", "signal", "site", "stock", "summary", "supplier", "survey", "table", "target", "task", "team", "template", "ticket", "training", "travel", "vendor", "version", "video", "wallet", "warehouse", "widget", "winter"}
