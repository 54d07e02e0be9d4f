// Package deploy has no code: its tests look at what Penstock is installed with.
package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("there is no %s here", name)
	}
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// buildPackage makes the Debian package of something that is small, and unpacks it.
func buildPackage(t *testing.T) (deb, root string) {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("there is no dpkg-deb here")
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "penstock")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	command(t, "debian/build.sh", binary, "v1.2.3-4-gabc_dirty", dir)
	found, err := filepath.Glob(filepath.Join(dir, "penstock_1.2.3+4+gabc+dirty_*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	root = filepath.Join(dir, "root")
	command(t, "dpkg-deb", "-x", found[0], root)
	command(t, "dpkg-deb", "-e", found[0], filepath.Join(root, "DEBIAN"))
	return found[0], root
}

func TestTheDebianPackageHasWhatItShould(t *testing.T) {
	deb, root := buildPackage(t)
	list := command(t, "dpkg-deb", "-c", deb)
	for path, mode := range map[string]string{
		"./usr/bin/penstock": "-rwxr-xr-x root/root", "./etc/penstock/penstock.yaml": "-rw-r----- root/root", "./etc/penstock/": "drwxr-x--- root/root",
		"./etc/penstock/environment": "-rw-r----- root/root", "./usr/lib/systemd/system/penstock.service": "-rw-r--r-- root/root",
		"./usr/share/doc/penstock/README.md": "-rw-r--r-- root/root",
	} {
		if !slices.ContainsFunc(strings.Split(list, "\n"), func(line string) bool {
			return strings.HasPrefix(line, mode) && strings.HasSuffix(line, " "+path)
		}) {
			t.Errorf("%s %s is not in\n%s", mode, path, list)
		}
	}
	conffiles, err := os.ReadFile(filepath.Join(root, "DEBIAN", "conffiles"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(conffiles)) {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			t.Errorf("conffile %s: %v", path, err)
		}
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		path := filepath.Join(root, "DEBIAN", script)
		command(t, "sh", "-n", path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "rm -r") || strings.Contains(string(text), "deluser") {
			t.Errorf("%s deletes what is the user's", script)
		}
	}
}

// TestRemovingThePackageKeepsTheData runs the scripts as dpkg does, where no systemd runs.
func TestRemovingThePackageKeepsTheData(t *testing.T) {
	_, root := buildPackage(t)
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		t.Skip("the scripts would speak to this machine's systemd")
	}
	for _, call := range [][]string{{"prerm", "upgrade", "2"}, {"postrm", "upgrade", "2"}, {"prerm", "remove"}, {"postrm", "remove"}, {"postrm", "purge"}, {"postinst", "abort-remove"}} {
		command(t, filepath.Join(root, "DEBIAN", call[0]), call[1:]...)
	}
}

func TestTheUnitIsOneForSystemd(t *testing.T) {
	_, root := buildPackage(t)
	unit := filepath.Join(root, "usr/lib/systemd/system/penstock.service")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ExecStart=/usr/bin/penstock serve", "User=penstock", "StateDirectory=penstock", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "UMask=0077",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the unit has no %q", want)
		}
	}
	verify := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", "--root="+root, "/usr/lib/systemd/system/penstock.service")
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	out, err := verify.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		// The scratch root has neither the units of systemd itself nor /bin/kill.
		if strings.Contains(line, "penstock.service:") && !strings.Contains(line, "/bin/kill") && !strings.Contains(line, "sysinit.target") {
			t.Errorf("%s", line)
		}
	}
	t.Logf("%v %s", err, out)
}

// TestTheImageRunsWithoutRights reads the container file: its last stage has no shell, no root, and no tools.
func TestTheImageRunsWithoutRights(t *testing.T) {
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]bool{}
	var last []string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		if !slices.Contains([]string{"FROM", "WORKDIR", "COPY", "RUN", "ARG", "USER", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}, words[0]) {
			t.Errorf("there is no instruction %s", words[0])
		}
		if words[0] == "FROM" {
			last = nil
			if !strings.Contains(words[1], ":") {
				t.Errorf("%s has no version", words[1])
			}
			if len(words) == 4 {
				stages[words[3]] = true
			}
		}
		for _, w := range words {
			if from, ok := strings.CutPrefix(w, "--from="); ok && !stages[from] {
				t.Errorf("%s copies from a stage that is not there", line)
			}
		}
		if words[0] == "COPY" && !strings.Contains(line, "--from=") {
			for _, source := range words[1 : len(words)-1] {
				if _, err := os.Stat(filepath.Join("..", source)); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		}
		last = append(last, line)
	}
	all := strings.Join(last, "\n")
	for _, want := range []string{"FROM gcr.io/distroless/", "USER 65532:65532", "VOLUME /var/lib/penstock", "--chown=65532:65532", `ENTRYPOINT ["/usr/local/bin/penstock"]`} {
		if !strings.Contains(all, want) {
			t.Errorf("the image has no %q", want)
		}
	}
	if strings.Contains(all, "RUN") || len(stages) != 2 {
		t.Errorf("the last stage is\n%s", all)
	}
}
