package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Hunt limits queries in KQL.
type Hunt struct {
	Rows          int        `yaml:"rows" default:"100000" doc:"Rows that a result has at most"`
	Timeout       Duration   `yaml:"timeout" default:"5m" doc:"A hunt that takes longer is ended"`
	Memory        Bytes      `yaml:"memory" default:"512MiB" doc:"Memory of one hunt, which writes to disk beyond it what it can"`
	Spill         Bytes      `yaml:"spill" default:"16GiB" doc:"What one hunt writes to disk at most"`
	MaxConcurrent int        `yaml:"max_concurrent" default:"2" doc:"Hunts that run at once; others wait"`
	MaxWaiting    int        `yaml:"max_waiting" default:"16" doc:"Hunts that wait; beyond, whoever asks is told to try again"`
	Range         Duration   `yaml:"range" default:"30d" doc:"How far back a hunt looks that says nothing of the time"`
	ExternalHosts []string   `yaml:"external_hosts" doc:"Hosts that externaldata may read from by https, as raw.githubusercontent.com, and networks whose private addresses these may have, as 10.1.0.0/16; none when empty"`
	Analyst       HuntLimits `yaml:"analyst" doc:"What differs for analysts"`
	Viewer        HuntLimits `yaml:"viewer" doc:"What differs for viewers"`
}

// HuntLimits are what differs for a role.
type HuntLimits struct {
	Rows    int      `yaml:"rows" doc:"Rows that a result has at most; as for everybody when 0"`
	Timeout Duration `yaml:"timeout" doc:"A hunt that takes longer is ended; as for everybody when not set"`
	Memory  Bytes    `yaml:"memory" doc:"Memory of one hunt; as for everybody when 0"`
}

const (
	maxHuntRows   = 1_000_000
	minHuntMemory = 64 << 20
)

func (k *checker) hunt(h *Hunt) {
	if h.Rows < 1 || h.Rows > maxHuntRows {
		k.wrong("hunt.rows", fmt.Sprintf("expected 1 to %d", maxHuntRows))
	}
	if h.Timeout <= 0 {
		k.wrong("hunt.timeout", "expected more than 0")
	}
	if h.Memory < minHuntMemory {
		k.wrong("hunt.memory", "expected at least 64MiB")
	}
	if h.Spill < 0 {
		k.wrong("hunt.spill", "expected 0 or more")
	}
	if h.MaxConcurrent < 1 {
		k.wrong("hunt.max_concurrent", "expected at least 1")
	}
	if h.MaxWaiting < 0 {
		k.wrong("hunt.max_waiting", "expected 0 or more")
	}
	if h.Range <= 0 {
		k.wrong("hunt.range", "expected more than 0")
	}
	for i, host := range h.ExternalHosts {
		if !hostOrNetwork(host) {
			k.wrong(fmt.Sprintf("hunt.external_hosts[%d]", i), fmt.Sprintf("expected the name of a host or a network, as raw.githubusercontent.com or 10.1.0.0/16, got %q", host))
		}
	}
	for role, l := range map[string]HuntLimits{"analyst": h.Analyst, "viewer": h.Viewer} {
		if l.Rows < 0 || l.Rows > maxHuntRows {
			k.wrong("hunt."+role+".rows", fmt.Sprintf("expected 0 to %d", maxHuntRows))
		}
		if l.Timeout < 0 {
			k.wrong("hunt."+role+".timeout", "expected a time span")
		}
		if l.Memory != 0 && l.Memory < minHuntMemory {
			k.wrong("hunt."+role+".memory", "expected at least 64MiB, or 0")
		}
	}
}

func hostOrNetwork(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	return s != "" && len(s) <= 253 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789.-:") == ""
}
