package alert

import "testing"

func TestAPathHasTheNameOfItsFileOnce(t *testing.T) {
	for _, c := range [][3]string{
		{`C:\Users\Public`, "a.dmp", `C:\Users\Public\a.dmp`},
		{`C:\Users\Public\a.dmp`, "A.DMP", `C:\Users\Public\a.dmp`},
		{"/tmp", "x", "/tmp/x"},
		{"", "x", "x"},
		{"/tmp/x", "", "/tmp/x"},
		{"", "", ""},
	} {
		if got := pathOf(c[0], c[1]); got != c[2] {
			t.Errorf("%q and %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
