package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// What is found of limits.
var (
	filesEnough = Kind{ID: "files.enough", Severity: OK, Title: "Enough files may be open"}
	filesFew    = Kind{
		ID: "files.few", Severity: Warn, Title: "Few files may be open at once",
		Why:  "Connections, segments of the lake and the database are open files: beyond the limit searches and connections fail.",
		Mend: "Raise the limit to 65536: LimitNOFILE=65536 in the unit of systemd, ulimits nofile of the container, or ulimit -n.",
	}
	memoryEnough = Kind{ID: "memory.enough", Severity: OK, Title: "There is enough memory"}
	memoryTight  = Kind{
		ID: "memory.tight", Severity: Warn, Title: "There is less memory than the configuration allows to use",
		Why:  "When a query and a peak of events come together the kernel ends the process. Nothing is lost by that, but reading stands still until it is started again.",
		Mend: "Give the machine or container more memory, or lower lake.memory, hunt.memory or eventhub.prefetch, and GOMEMLIMIT.",
	}
)

const leastOpen = 4096

// Limits looks at what the system allows a process that may use so much memory by its configuration. Those of the doctor
// are looked at: they are those of Penstock where it runs as the same user in the same way, or within Penstock.
func Limits(subject string, memory int64) []Probe {
	return []Probe{
		{Name: "open files", Subject: subject, Look: func(_ context.Context, tell func(Finding)) { openFiles(tell) }},
		{Name: "memory", Subject: subject, Look: func(_ context.Context, tell func(Finding)) {
			if have, from := memoryLimit("/sys/fs/cgroup", "/proc"); have > 0 {
				tell(enough(memory, have, from))
			}
		}},
	}
}

func openFiles(tell func(Finding)) {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return
	}
	// A program in Go raises its own limit to the hard one.
	if limit := max(l.Cur, l.Max); limit < leastOpen {
		tell(filesFew.Found("%d files may be open at once.", limit))
		return
	}
	tell(filesEnough.Found("%d files may be open at once.", max(l.Cur, l.Max)))
}

func enough(need, have int64, from string) Finding {
	kind := &memoryEnough
	if have < need {
		kind = &memoryTight
	}
	return kind.Found("%s (%s); by its configuration Penstock may use up to %s.", bytesText(uint64(have)), from, bytesText(uint64(need)))
}

// memoryLimit is how much memory there is: the limit of the control group where that is less than what the machine has.
func memoryLimit(groups, proc string) (limit int64, from string) {
	limit, from = installed(proc), "of the machine"
	group := ""
	if text, err := os.ReadFile(filepath.Join(proc, "self", "cgroup")); err == nil {
		if _, path, ok := strings.Cut(strings.TrimSpace(string(text)), "0::"); ok {
			group, _, _ = strings.Cut(path, "\n")
		}
	}
	for ; ; group = filepath.Dir(group) {
		for _, file := range []string{filepath.Join(groups, group, "memory.max"), filepath.Join(groups, "memory", group, "memory.limit_in_bytes")} {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 && (limit == 0 || n < limit) {
				limit, from = n, "limit of the control group"
			}
		}
		if group == "" || group == "/" || group == "." {
			return limit, from
		}
	}
}

func installed(proc string) int64 {
	text, err := os.ReadFile(filepath.Join(proc, "meminfo"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
