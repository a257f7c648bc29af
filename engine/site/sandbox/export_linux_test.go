package sandbox

import "os/exec"

// Bubblewrapped is the sandbox with namespaces by bubblewrap, or why there is none.
func Bubblewrapped(s *Sandbox) (*Sandbox, error) {
	program, err := exec.LookPath("bwrap")
	if err != nil {
		return nil, err
	}
	return &Sandbox{self: s.self, level: Full, by: byBubblewrap, bubblewrap: program, landlock: s.landlock}, nil
}
