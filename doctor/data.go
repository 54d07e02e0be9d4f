package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// What is found of the data folder and its disk.
var (
	dataThere  = Kind{ID: "data.there", Severity: OK, Title: "The data folder is there, and for its owner alone"}
	dataAbsent = Kind{
		ID: "data.absent", Severity: Info, Title: "There is no data folder yet",
		Mend: "penstock serve makes it when it starts.",
	}
	dataOpen = Kind{
		ID: "data.open", Severity: Warn, Title: "Others can read the data folder",
		Why: "It holds the events, and the key that opens the secrets.",
	}
	dataForeign = Kind{
		ID: "data.foreign", Severity: Fail, Title: "The data folder cannot be written",
		Why: "Nothing that is read can be kept, so nothing is read.",
	}
	diskRoom = Kind{ID: "disk.room", Severity: OK, Title: "There is room on the disk"}
	diskFull = Kind{
		ID: "disk.full", Severity: Fail, Title: "The disk is almost full",
		Why:  "When it is full reading stops, until there is room again; what expires in the hub meanwhile is lost.",
		Mend: "Make the disk larger, or keep less: Settings, Retention, or penstock retention set.",
	}
	diskFilling = Kind{
		ID: "disk.filling", Severity: Warn, Title: "The disk will be full before long",
		Why:  "When it is full reading stops, until there is room again; what expires in the hub meanwhile is lost.",
		Mend: "Make the disk larger, or keep less: Settings, Retention, or penstock retention set.",
	}
	diskFast = Kind{ID: "disk.fast", Severity: OK, Title: "The disk is fast enough"}
	diskSlow = Kind{
		ID: "disk.slow", Severity: Warn, Title: "The disk makes what is written durable slowly",
		Why:  "Each batch of events is acknowledged only when it is durable: a slow disk bounds how fast is read, and reading falls behind at peaks.",
		Mend: "Put the data folder on a local SSD, or a disk with more operations a second; see whether something else uses the disk.",
	}
	diskNetwork = Kind{
		ID: "disk.network", Severity: Warn, Title: "The data folder is on a network file system",
		Why:  "Locks and durable writes do not hold on it as on a disk: SQLite and the journal can be damaged when the connection breaks.",
		Mend: "Put the data folder on a local disk or a block device (in Kubernetes a volume with ReadWriteOnce of a block storage class).",
	}
	diskMemory = Kind{
		ID: "disk.memory", Severity: Warn, Title: "The data folder is in memory",
		Why:  "Everything in it is gone when the machine or the container stops.",
		Mend: "Put the data folder on a disk, or mount a volume there.",
	}
)

// Data looks at the data folder: who may read it, and the disk that it lies on.
func Data(subject, dir string) []Probe {
	of := func(name string, look func(context.Context, func(Finding))) Probe {
		return Probe{Name: name, Subject: subject, Timeout: 30 * time.Second, Look: func(ctx context.Context, tell func(Finding)) {
			if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
				look(ctx, tell)
			}
		}}
	}
	return []Probe{
		{Name: "the data folder", Subject: subject, Look: func(_ context.Context, tell func(Finding)) { tell(folder(dir)) }},
		of("the file system", func(_ context.Context, tell func(Finding)) { fileSystem(dir, tell) }),
		of("room on the disk", func(ctx context.Context, tell func(Finding)) { room(ctx, dir, tell) }),
		of("the speed of the disk", func(ctx context.Context, tell func(Finding)) { speed(ctx, dir, tell) }),
	}
}

func folder(dir string) Finding {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dataAbsent.Found("The data folder %s is not there.", dir)
	case err != nil:
		return dataForeign.Found("The data folder %s cannot be looked at: %s.", dir, firstLine(err)).Mending("Run Penstock, and the doctor, as the user that owns it.")
	case !info.IsDir():
		return dataForeign.Found("%s is no folder.", dir).Mending("Set the key data to a folder.")
	}
	owner := -1
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(s.Uid)
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return dataForeign.Found("The user with the number %d cannot write to the data folder %s, which belongs to number %d.", os.Getuid(), dir, owner).
			Mending("Run Penstock, and the doctor, as the user that owns it, or give it to that user: chown -R %d %s", os.Getuid(), dir)
	}
	f.Close()
	os.Remove(f.Name())
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return dataOpen.Found("Other users of this machine may enter the data folder %s (mode %o).", dir, info.Mode().Perm()).Mending("chmod 700 %s", dir)
	}
	if os.Getuid() != owner {
		return dataThere.Found("The data folder %s is for the user with the number %d alone, who is another one than runs this.", dir, owner)
	}
	return dataThere.Found("The data folder %s belongs to the user that runs this, and to nobody else.", dir)
}

func fileSystem(dir string, tell func(Finding)) {
	kind, network, memory := fileSystemOf(dir)
	switch {
	case network:
		tell(diskNetwork.Found("The data folder %s is on %s, a network file system.", dir, kind))
	case memory:
		tell(diskMemory.Found("The data folder %s is on %s, which is in memory.", dir, kind))
	}
}

const (
	leastRoom = 2 << 30
	leastDays = 14
	mostDays  = 3650 // beyond, nobody believes the number
)

func room(ctx context.Context, dir string, tell func(Finding)) {
	free, size, err := space(dir)
	if err != nil || size == 0 {
		return
	}
	lake, rate := growth(ctx, filepath.Join(dir, "lake"), time.Now())
	days := ""
	left := 0.0
	if rate > 0 {
		left = float64(free) / float64(rate)
	}
	if left > 0 && left < mostDays {
		days = fmt.Sprintf("; at the rate of the last day it would last for %.0f days, if nothing were deleted", left)
	}
	facts := func(f Finding) Finding {
		return f.With("free", bytesText(free)).With("size", bytesText(size)).With("lake", bytesText(lake)).With("written in a day", bytesText(rate))
	}
	said := fmt.Sprintf("%s of %s are free on the disk of the data folder%s.", bytesText(free), bytesText(size), days)
	switch {
	case free < leastRoom || free < size/50:
		tell(facts(diskFull.Found("%s", said)))
	case rate > 0 && left < leastDays:
		tell(facts(diskFilling.Found("%s", said)))
	default:
		tell(facts(diskRoom.Found("%s", said)))
	}
}

// maxFiles bounds how many files of the lake are looked at.
const maxFiles = 500_000

// growth is how large the lake is, and how much of it was written within the last day. What was merged in that day counts
// although it is older: the rate is a bound.
func growth(ctx context.Context, lake string, now time.Time) (size, day uint64) {
	files := 0
	_ = filepath.WalkDir(lake, func(_ string, d fs.DirEntry, err error) error {
		if files++; ctx.Err() != nil || files > maxFiles {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // what vanishes meanwhile does not count
		}
		if info, err := d.Info(); err == nil {
			size += uint64(info.Size())
			if now.Sub(info.ModTime()) < 24*time.Hour {
				day += uint64(info.Size())
			}
		}
		return nil
	})
	return size, day
}

const (
	trials    = 15
	trialSize = 64 << 10
	slow      = 30 * time.Millisecond
)

// speed writes as the journal does, and takes what it wrote away again.
func speed(ctx context.Context, dir string, tell func(Finding)) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return // the folder has a finding of its own
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, trialSize)
	var took []time.Duration
	for range trials {
		if ctx.Err() != nil {
			break
		}
		began := time.Now()
		if _, err = f.Write(block); err == nil {
			err = f.Sync()
		}
		if err != nil {
			tell(dataForeign.Found("A file in the data folder %s cannot be written: %s.", dir, firstLine(err)).Mending("Look at the log of the kernel (dmesg) and the state of the disk."))
			return
		}
		took = append(took, time.Since(began))
	}
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	middle, worst := took[len(took)/2], took[len(took)-1]
	kind := &diskFast
	if middle > slow {
		kind = &diskSlow
	}
	tell(kind.Found("A durable write to the data folder takes %s (the slowest of %d: %s).", round(middle), len(took), round(worst)))
}

func round(d time.Duration) time.Duration {
	if d > 10*time.Millisecond {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
