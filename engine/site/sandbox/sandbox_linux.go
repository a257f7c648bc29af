package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// probeTime bounds one try of what the machine can do.
const probeTime = 10 * time.Second

// Open finds out what the machine can do by doing it, once. A machine that can
// do nothing has the level [None]; that is no error.
func Open(ctx context.Context) (*Sandbox, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to run it in a sandbox: %w", err)
	}
	const namespaces = "user, mount, network, PID, IPC and UTS namespaces"
	tries := []*Sandbox{{self: self, level: Full, by: byUs, words: []string{namespaces}}}
	if program, err := exec.LookPath("bwrap"); err == nil {
		tries = append(tries, &Sandbox{self: self, level: Full, by: byBubblewrap, bubblewrap: program,
			words: []string{namespaces + " (made by bubblewrap)"}})
	}
	landlock, err := llsys.LandlockGetABIVersion()
	if err == nil && landlock > 0 {
		tries = append(tries, &Sandbox{self: self, level: Files})
	}
	none := &Sandbox{}
	for _, s := range tries {
		if err := s.probe(ctx); err != nil {
			none.Refused = append(none.Refused, err)
			continue
		}
		s.Refused = none.Refused
		if s.landlock = landlock > 0; s.landlock {
			s.words = append(s.words, fmt.Sprintf("Landlock (version %d)", landlock))
		}
		s.words = append(s.words, "no new privileges", "resource limits", "a clean environment")
		return s, nil
	}
	return none, ctx.Err()
}

// probe enters the sandbox and does nothing in it.
func (s *Sandbox) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, probing)
	cmd.Path, cmd.Err = probing, nil // it is no program: the child knows
	cmd.Env = []string{}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	alive, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	defer alive.Close()
	if err := s.Wrap(cmd, Policy{Programs: true}, false); err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

// isolate makes the namespaces of a command.
func (s *Sandbox) isolate(cmd *exec.Cmd, p *Policy) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	switch p.Isolated {
	case byUs:
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
		if len(p.Ports) == 0 {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNET
		}
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	case byBubblewrap:
		cmd.Args = s.bubblewrapped(p, append([]string{cmd.Path}, cmd.Args[1:]...))
		cmd.Path = s.bubblewrap
	}
}
