package sandbox

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// enter shuts this process in. Everything of it that is for one thread only is
// done on all of them.
func enter(p *Policy) error {
	if p.Isolated == byUs {
		if err := unix.Sethostname([]byte(hostname)); err != nil {
			return fmt.Errorf("name the machine: %w", err)
		}
		if err := changeRoot(p); err != nil {
			return err
		}
	}
	if err := keepFiles(); err != nil {
		return err
	}
	if err := limit(p); err != nil {
		return err
	}
	if p.Isolated == byUs {
		if err := dropCapabilities(); err != nil {
			return err
		}
	}
	if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("refuse new privileges: %w", errno)
	}
	return restrict(p)
}

// keepFiles lets programs inherit none of the files but the standard ones: whoever
// started this process may have left some open. Go closes only those that it opened.
func keepFiles() error {
	err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EINVAL) {
		return err
	}
	open, err := os.ReadDir("/proc/self/fd") // a kernel before Linux 5.11
	if err != nil {
		return fmt.Errorf("find the open files: %w", err)
	}
	for _, entry := range open {
		if number, err := strconv.Atoi(entry.Name()); err == nil && number > 2 {
			unix.CloseOnExec(number)
		}
	}
	return nil
}

// limit sets the resource limits, which the program inherits. Where a limit is
// lower already, it stays.
func limit(p *Policy) error {
	for resource, most := range map[int]int64{
		unix.RLIMIT_FSIZE: p.FileBytes, unix.RLIMIT_NOFILE: p.Files, unix.RLIMIT_NPROC: p.Processes, unix.RLIMIT_CORE: -1,
	} {
		var now unix.Rlimit
		if most == 0 || resource == unix.RLIMIT_NPROC && p.Isolated == "" { // it would count the processes of the whole user
			continue
		}
		if err := unix.Getrlimit(resource, &now); err != nil {
			return fmt.Errorf("read a limit: %w", err)
		}
		value := min(uint64(max(most, 0)), now.Max)
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("set a limit: %w", err)
		}
	}
	return nil
}

// lastCapability is above the highest that there is; dropping one that a
// kernel does not know is EINVAL.
const lastCapability = 63

// dropCapabilities gives up what this process may do in its own namespaces,
// also for programs that it starts.
func dropCapabilities() error {
	for c := range uintptr(lastCapability) {
		if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c, 0, 0, 0, 0); errno == unix.EINVAL {
			break
		} else if errno != 0 {
			return fmt.Errorf("drop capability %d: %w", c, errno)
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if _, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none[0])), 0); errno != 0 {
		return fmt.Errorf("drop the capabilities: %w", errno)
	}
	return nil
}

// restrict applies Landlock, as much of it as the kernel has; with namespaces
// that may be nothing.
func restrict(p *Policy) error {
	if abi, err := llsys.LandlockGetABIVersion(); err != nil || abi < 1 {
		if p.Isolated == "" {
			return fmt.Errorf("this kernel has no Landlock: %w", err)
		}
		return nil
	}
	rules := paths(p)
	for _, port := range p.Ports {
		rules = append(rules, landlock.ConnectTCP(port))
	}
	// All at once: what is not granted is gone afterwards, also for another call.
	return landlock.V6.BestEffort().Restrict(rules...)
}

// paths are the policy's files for Landlock.
func paths(p *Policy) []landlock.Rule {
	const look = llsys.AccessFSReadFile | llsys.AccessFSReadDir
	write := p.Write
	if p.Temp != "" {
		write = append(write[:len(write):len(write)], p.Temp)
		if p.Isolated != "" {
			write = append(write, "/tmp")
		}
	}
	rules := []landlock.Rule{landlock.RWFiles("/dev/null", "/dev/zero", "/dev/full").IgnoreIfMissing(),
		landlock.ROFiles("/dev/random", "/dev/urandom").IgnoreIfMissing()}
	folders, files := split(write)
	rules = append(rules, landlock.RWDirs(folders...).WithRefer().IgnoreIfMissing(), landlock.RWFiles(files...).IgnoreIfMissing())
	folders, files = split(p.Read)
	if !p.Programs {
		rules = append(rules, landlock.PathAccess(look, append(folders, timeZones)...).IgnoreIfMissing())
		return append(rules, landlock.PathAccess(llsys.AccessFSReadFile, files...).IgnoreIfMissing())
	}
	rules = append(rules, landlock.RODirs(folders...).IgnoreIfMissing(), landlock.ROFiles(files...).IgnoreIfMissing())
	seen := system
	if p.Isolated != "" { // these are its own
		seen = append(seen[:len(seen):len(seen)], "/proc", "/etc")
	} else {
		found, _ := filepath.Glob("/etc/python3.*") // the pattern is right
		seen = append(append(seen[:len(seen):len(seen)], systemSettings...), found...)
	}
	folders, files = split(append(seen, p.Folders...))
	return append(rules, landlock.RODirs(folders...), landlock.ROFiles(files...))
}

// split tells folders from files; what is not there is in neither.
func split(names []string) (folders, files []string) {
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
		case info.IsDir():
			folders = append(folders, name)
		default:
			files = append(files, name)
		}
	}
	return folders, files
}
