package hugo

import (
	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// confine restricts all threads of this process, for good, with Landlock
// (https://docs.kernel.org/userspace-api/landlock.html): no file outside of the
// folders, no TCP, and without tools no other program. It reports false if the
// kernel has no Landlock; an older one restricts what it knows of.
func confine(read, write []string, tools bool) (bool, error) {
	if abi, err := llsys.LandlockGetABIVersion(); err != nil || abi < 1 {
		return false, nil
	}
	const look = llsys.AccessFSReadFile | llsys.AccessFSReadDir
	rules := []landlock.Rule{
		landlock.PathAccess(look, read...),
		landlock.RWDirs(write...).WithRefer(),
		landlock.PathAccess(look, "/usr/share/zoneinfo").IgnoreIfMissing(),
		landlock.RWFiles("/dev/null"),
	}
	if tools {
		rules = append(rules, landlock.RODirs(read...),
			landlock.RODirs("/bin", "/etc", "/lib", "/lib64", "/opt", "/usr").IgnoreIfMissing())
	}
	return true, landlock.V5.BestEffort().Restrict(rules...)
}
