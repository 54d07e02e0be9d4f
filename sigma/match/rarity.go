package match

import (
	"math"
	"strings"
	"sync"
)

// commonTexts occur in so many events that finding them says little. They are what operating systems are full of.
var commonTexts = []string{
	`c:\windows\system32\`, `c:\windows\syswow64\`, `c:\windows\explorer.exe`, `c:\windows\servicing\`, `c:\windows\temp\`,
	`c:\program files\`, `c:\program files (x86)\`, `c:\programdata\`, `c:\users\public\`, `c:\users\administrator\`,
	`\appdata\local\temp\`, `\appdata\roaming\microsoft\windows\`, `\appdata\local\microsoft\`, `\downloads\`, `\desktop\`,
	`\microsoft\edge\application\msedge.exe`, `\google\chrome\application\chrome.exe`, `\mozilla firefox\firefox.exe`,
	`\microsoft office\root\office16\`, `\onedrive.exe`, `\teams.exe`,
	`\windows defender\`, `\msmpeng.exe`, `\mssense.exe`, `\senseir.exe`, `\system32\windowspowershell\v1.0\powershell.exe`,
	`\cmd.exe`, `\conhost.exe`, `\svchost.exe`, `\services.exe`, `\lsass.exe`, `\wininit.exe`, `\winlogon.exe`,
	`\rundll32.exe`, `\dllhost.exe`, `\taskhostw.exe`, `\runtimebroker.exe`, `\backgroundtaskhost.exe`,
	`\searchindexer.exe`, `\sihost.exe`, `\wmiprvse.exe`,
	`\msiexec.exe`, `\setup.exe`,
	`\ntdll.dll`, `\kernel32.dll`, `\user32.dll`, `.dll`, `.exe`, `.tmp`, `.log`, `.txt`, `.dat`, `.json`, `.xml`,
	`-k netsvcs -p -s `, `--type=renderer`, `--type=utility`, ` /c `, ` -c `, ` -noprofile`, ` -executionpolicy bypass`,
	` -noninteractive`, ` -file `, ` -command `, ` /quiet`, ` /s `, ` -s `, ` -p `, ` /q `, ` -f `, ` -i `, ` -e `,
	`/usr/bin/`, `/usr/sbin/`, `/usr/lib/systemd/systemd`, `/usr/local/bin/`, `/bin/bash`, `/bin/sh -c `, `/etc/`, `/var/`,
	`/tmp/`, `/home/`, `/opt/microsoft/`, `/applications/`, `/library/`, `/python3`, `/grep`, `/cat`, `/sed`, `/curl`,
	`nt authority\system`, `microsoft corporation`, `microsoft windows`, `operating system`, `microsoft`, `windows`,
	`hklm\software\microsoft\windows\currentversion\`, `hkey_local_machine\software\microsoft\`, `hkcu\software\`,
	`hkey_current_user\software\microsoft\windows\currentversion\explorer\`, `\currentcontrolset\services\`,
	`hkey_local_machine\system\controlset001\`, `\policies\`, `\classes\`, `\clsid\`, `https://`, `http://`, `www.`, `.com/`,
	`.windows.net`, `.microsoft.com`, `127.0.0.1`, `192.168.`, `10.0.`, `system32`, `program`, `service`, `update`, `server`,
	`install`, `manager`, `security`, `network`, `version`, `client`, `config`, `default`, `process`, `local`, `user`,
	`admin`, `system`, `powershell`, `true`, `false`, `success`, `high`, `medium`, `low`, `"`, `\\?\`, `00000000`,
}

// commonParts holds every part of the common texts that has four to twelve bytes.
var commonParts = sync.OnceValue(func() map[string]struct{} {
	parts := make(map[string]struct{})
	for _, s := range commonTexts {
		for i := range len(s) {
			for j := i + minPart; j <= min(i+maxPart, len(s)); j++ {
				parts[s[i:j]] = struct{}{}
			}
		}
	}
	return parts
})

// commonGrams counts every four bytes of the common texts.
var commonGrams = sync.OnceValue(func() map[uint32]int {
	grams := make(map[uint32]int)
	for _, s := range commonTexts {
		for i := 0; i+4 <= len(s); i++ {
			grams[gramAt([]byte(s), i)]++
		}
	}
	return grams
})

const (
	minPart = 4
	maxPart = 12
)

// ubiquitous texts are in so many values that a guess from their characters would be far off.
var ubiquitous = map[string]float64{
	`.exe`: 0.9, `exe`: 0.9, `.dll`: 0.5, `c:\`: 0.9, `:\`: 0.9, `\`: 0.95, `c:`: 0.9, ` `: 0.8, `.`: 0.95, `/`: 0.5, `-`: 0.6, `:`: 0.8,
	`"`: 0.5, `,`: 0.3, `\windows\`: 0.5, `:\windows\`: 0.5, `c:\windows\`: 0.5, `\system32\`: 0.4, `\windows\system32\`: 0.4,
	`:\windows\system32\`: 0.4, `c:\windows\system32\`: 0.4, `\program files\`: 0.2, `:\program files\`: 0.2,
	`c:\program files\`: 0.2, `\users\`: 0.2, `c:\users\`: 0.2, `\appdata\`: 0.2, `\appdata\local\`: 0.2, `c:\programdata\`: 0.15,
	`medium`: 0.5, `s-1-16-8192`: 0.5, `high`: 0.2, `s-1-16-12288`: 0.2, `system`: 0.4, `s-1-16-16384`: 0.4, `0x3e7`: 0.4,
	`\svchost.exe`: 0.35, `\services.exe`: 0.2, `\explorer.exe`: 0.2, `authori`: 0.4, `autori`: 0.4, `nt authority\system`: 0.4,
	`microsoft corporation`: 0.5, `microsoft`: 0.5, `true`: 0.5, `false`: 0.5, `success`: 0.5, `tcp`: 0.5, `udp`: 0.2, `443`: 0.3, `80`: 0.2,
}

// chance is the estimated share of events in whose field a literal is found: what is long and made of unusual
// characters is seldom, what is part of a common text is not.
func chance(text string, place place) float64 {
	if place == beyondASCII {
		return 0.02
	}
	if known, ok := ubiquitous[text]; ok {
		return known
	}
	parts := commonParts()
	common, information := 0, 0.0
	for i := 0; i < len(text); {
		if n := commonAt(parts, text[i:]); n > 0 {
			common++
			i += n
			continue
		}
		information += informationOf(text[i])
		i++
	}
	if common > 0 { // where those are is not left to chance
		return math.Exp2(-3*float64(common) - information)
	}
	places := 1.0
	if place == within {
		places = 200
	}
	return min(0.9, places*math.Exp2(-information))
}

// informationOf a character, in bits.
func informationOf(c byte) float64 {
	switch {
	case 'a' <= c && c <= 'z':
		return 2.5
	case '0' <= c && c <= '9':
		return 3
	case strings.IndexByte(` .\/-:"`, c) >= 0:
		return 1.5
	case strings.IndexByte("`^~|<>{}", c) >= 0:
		return 11
	}
	return 6
}

// commonAt is the length of the longest part of a common text with which text begins.
func commonAt(parts map[string]struct{}, text string) int {
	for n := min(maxPart, len(text)); n >= minPart; n-- {
		if _, ok := parts[text[:n]]; ok {
			return n
		}
	}
	return 0
}
