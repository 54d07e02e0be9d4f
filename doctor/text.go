package doctor

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

var marks = map[Severity]string{OK: "ok  ", Info: "info", Warn: "WARN", Fail: "FAIL"}

// Write tells a report to people: by subject, and how to mend it where something is wrong.
func (r *Report) Write(out io.Writer) error {
	var b strings.Builder
	var subjects []string
	for i := range r.Findings {
		if s := r.Findings[i].Subject; !slices.Contains(subjects, s) {
			subjects = append(subjects, s)
		}
	}
	for _, subject := range subjects {
		fmt.Fprintf(&b, "%s\n", subject)
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Subject == subject {
				f.write(&b)
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%d failed, %d to be warned of, %d to know, %d right, in %.1f s\n", r.Count(Fail), r.Count(Warn), r.Count(Info), r.Count(OK), r.Seconds)
	_, err := io.WriteString(out, b.String())
	return err
}

const indent = "        "

func (f *Finding) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s  %s", marks[f.Severity], f.Found)
	if f.Severity.AtLeast(Warn) {
		fmt.Fprintf(b, "  [%s]", f.ID)
	}
	b.WriteString("\n")
	if f.Severity == OK {
		return
	}
	if f.Why != "" && f.Severity.AtLeast(Warn) {
		fmt.Fprintf(b, "%s%s\n", indent, f.Why)
	}
	for i, line := range strings.Split(f.Mend, "\n") {
		switch {
		case line == "":
		case i == 0:
			fmt.Fprintf(b, "%s→ %s\n", indent, line)
		default:
			fmt.Fprintf(b, "%s  %s\n", indent, line)
		}
	}
}

// bytesText is a size as people say it.
func bytesText(n uint64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n), ""
	for _, p := range []string{"Ki", "Mi", "Gi", "Ti", "Pi"} {
		if value < unit {
			break
		}
		value, prefix = value/unit, p
	}
	return fmt.Sprintf("%.1f %sB", value, prefix)
}
