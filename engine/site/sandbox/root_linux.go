package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A mount is a part of the machine's file system that the program sees, at
// the same path.
type mount struct {
	path  string
	write bool
}

var (
	// system is what programs of a distribution are made of.
	system = []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr"}
	// systemSettings are what they need to start, and nothing of what is private.
	systemSettings = []string{"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
		"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/mime.types", "/etc/fonts", "/etc/python3", "/etc/localtime"}
	devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}
)

const timeZones = "/usr/share/zoneinfo"

// mounts are what a policy shows, in an order in which later ones may lie in
// earlier ones.
func mounts(p *Policy) (list []mount) {
	readable := append(slices.Clone(p.Read), p.Folders...)
	if p.Programs {
		readable = append(append(readable, system...), systemSettings...)
		found, _ := filepath.Glob("/etc/python3.*") // the pattern is right
		readable = append(readable, found...)
	} else {
		readable = append(readable, timeZones)
	}
	for _, name := range readable {
		list = append(list, mount{name, false})
	}
	for _, name := range p.Write {
		list = append(list, mount{name, true})
	}
	slices.SortStableFunc(list, func(a, b mount) int { return strings.Count(a.path, "/") - strings.Count(b.path, "/") })
	return list
}

// Where the old and the new file system stand while the new one is made.
const (
	oldRoot = "/old"
	newRoot = "/new"
)

// changeRoot gives this process, which has a mount namespace of its own, a
// file system of the policy's folders alone.
func changeRoot(p *Policy) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	const base = "/tmp" // some folder; what is in it is seen again once it is the root
	if err := unix.Mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=1m"); err != nil {
		return fmt.Errorf("mount a file system in memory: %w", err)
	}
	if err := errors.Join(os.Mkdir(base+oldRoot, 0o755), os.Mkdir(base+newRoot, 0o755)); err != nil {
		return err
	}
	if err := unix.PivotRoot(base, base+oldRoot); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", newRoot, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=1m"); err != nil {
		return fmt.Errorf("mount a file system in memory: %w", err)
	}
	if err := populate(p); err != nil {
		return err
	}
	if err := os.Chdir(newRoot); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil { // the old root lies on the new one now
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the old root: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	if err := os.Chdir(dir); err != nil {
		return os.Chdir("/")
	}
	return nil
}

// populate fills the new root.
func populate(p *Policy) error {
	for _, name := range []string{"/proc", "/dev", "/etc", "/tmp"} {
		if err := os.Mkdir(newRoot+name, 0o755); err != nil {
			return err
		}
	}
	for _, name := range devices {
		if err := show(name, name, 0); err != nil {
			return err
		}
	}
	for link, to := range map[string]string{"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0",
		"/dev/stdout": "/proc/self/fd/1", "/dev/stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(to, newRoot+link); err != nil {
			return err
		}
	}
	if p.Temp != "" {
		if err := show(p.Temp, "/tmp", 0); err != nil {
			return err
		}
	}
	for _, m := range mounts(p) {
		attributes := uint64(unix.MOUNT_ATTR_RDONLY)
		if m.write {
			attributes = 0
		}
		if err := show(m.path, m.path, attributes); err != nil {
			return err
		}
	}
	// A folder of the policy may lie in it: then it is there already.
	if err := os.Symlink("/tmp", newRoot+"/dev/shm"); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := settings(p); err != nil {
		return err
	}
	// Landlock cannot be set on all threads without it.
	if err := unix.Mount("proc", newRoot+"/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount a list of processes: %w", err)
	}
	if p.Processes > 0 { // the kernel has a number for each namespace since Linux 6.14
		_ = os.WriteFile(newRoot+"/proc/sys/kernel/pid_max", fmt.Append(nil, max(p.Processes, leastPIDs)), 0)
	}
	return nil
}

// leastPIDs is the smallest bound for PIDs that the kernel takes.
const leastPIDs = 301

// show makes a file or folder of the old root visible in the new one. What is
// not there is left out; a link is made again.
func show(from, to string, attributes uint64) error {
	info, err := os.Lstat(oldRoot + from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return again(from, to)
	}
	if err := place(newRoot+to, info.IsDir()); err != nil {
		return err
	}
	if err := unix.Mount(oldRoot+from, newRoot+to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("show %s: %w", from, err)
	}
	attributes |= unix.MOUNT_ATTR_NOSUID
	if !strings.HasPrefix(to, "/dev/") {
		attributes |= unix.MOUNT_ATTR_NODEV
	}
	err = unix.MountSetattr(-1, newRoot+to, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: attributes})
	if err != nil {
		return fmt.Errorf("protect %s: %w", from, err)
	}
	return nil
}

// again makes a link of the old root in the new one.
func again(from, to string) error {
	target, err := os.Readlink(oldRoot + from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(newRoot+to), 0o755); err != nil {
		return err
	}
	if err := os.Symlink(target, newRoot+to); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// place makes what something is mounted on, if it is not there.
func place(name string, folder bool) error {
	if folder {
		return os.MkdirAll(name, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// hostname is the machine's name as the program sees it.
const hostname = "build"

// settings writes the files of /etc that programs ask for and that must not be
// the machine's own.
func settings(p *Policy) error {
	files := map[string]string{
		"passwd": "root:x:0:0:build:/tmp:/bin/sh\n", "group": "root:x:0:\n",
		"hosts": "127.0.0.1 localhost " + hostname + "\n", "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	}
	if len(p.Ports) > 0 {
		for _, name := range []string{"hosts", "resolv.conf"} {
			if text, err := os.ReadFile(oldRoot + "/etc/" + name); err == nil {
				files[name] = string(text)
			} else if real, err := resolved("/etc/" + name); err == nil {
				files[name] = string(real)
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(newRoot+"/etc/"+name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// resolved reads a file of the old root that is a link to an absolute path.
func resolved(name string) ([]byte, error) {
	target, err := os.Readlink(oldRoot + name)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(name), target)
	}
	return os.ReadFile(oldRoot + target)
}
