package doctor

import "golang.org/x/sys/unix"

// space is what is free for users, and the size, of the disk that a folder is on.
func space(dir string) (free, size uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
