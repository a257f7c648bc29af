package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Policy says what a program may touch. All paths are absolute. Programs and
// libraries of the system can always be read when Programs is set.
type Policy struct {
	// Read and Write are folders or files that may be read, or read and written.
	Read  []string `json:"read,omitempty"`
	Write []string `json:"write,omitempty"`
	// Temp is the folder that is /tmp; it is written to.
	Temp string `json:"temp,omitempty"`
	// Programs allows running programs of the system and of Folders.
	Programs bool     `json:"programs,omitempty"`
	Folders  []string `json:"folders,omitempty"`
	// Ports are the TCP ports that may be dialled; none: there is no network.
	Ports []uint16 `json:"ports,omitempty"`
	// FileBytes is the largest file, Files how many may be open, Processes how
	// many processes and threads there may be; 0 leaves them as they are.
	FileBytes int64 `json:"file_bytes,omitempty"`
	Files     int64 `json:"files,omitempty"`
	Processes int64 `json:"processes,omitempty"`
	// Memory is what one process may use, in bytes, without being blamed for it
	// when the program fails: see [OutOfMemory]. It keeps nothing from using more.
	Memory int64 `json:"memory,omitempty"`

	// Names lets the program see the names of all files, without reading them,
	// where Landlock alone can see to that: to be told what it would read.
	Names bool `json:"names,omitempty"`

	// Isolated says that namespaces have been made, and by whom.
	Isolated isolation `json:"isolated,omitempty"`
}

type isolation string

const (
	byUs         isolation = "us"
	byBubblewrap isolation = "bubblewrap"
)

// variable carries the policy to the child, which takes it away.
const variable = "DOCJOBS_SANDBOX"

// marker is the first argument of a child that becomes another program.
const marker = "__sandbox"

// Level is how far a machine can shut programs in.
type Level int

// The levels.
const (
	// None: the platform has no means, or the kernel forbids them.
	None Level = iota
	// Files: Landlock alone. Other programs' files and TCP are out of reach;
	// UDP and sockets in the file system are not.
	Files
	// Full: namespaces, too.
	Full
)

// Sandbox is what the machine can do.
type Sandbox struct {
	self  string
	level Level
	by    isolation
	// bubblewrap is the program, where that makes the namespaces.
	bubblewrap string
	landlock   bool
	words      []string
	// Refused says why what would be stronger is not there.
	Refused []error
}

// Level is how far programs are shut in.
func (s *Sandbox) Level() Level {
	if s == nil {
		return None
	}
	return s.level
}

// Protections names what is on, for the log of a build.
func (s *Sandbox) Protections() []string {
	if s == nil {
		return nil
	}
	return s.words
}

// IsChild says whether this process was started to become a program in the
// sandbox.
func IsChild() bool { return len(os.Args) > 1 && os.Args[1] == marker }

// Wrap changes a command that has not started yet so that it runs by the
// policy. The command's own program is this binary if it calls [Enter] itself,
// which enters says; otherwise this binary starts it.
func (s *Sandbox) Wrap(cmd *exec.Cmd, p Policy, enters bool) error {
	if s.Level() == None {
		return errors.New("this machine cannot shut programs in")
	}
	for _, list := range [][]string{p.Read, p.Write, p.Folders, {p.Temp}} {
		for _, name := range list {
			if name != "" && !filepath.IsAbs(name) {
				return fmt.Errorf("the sandbox needs absolute paths, and %q is none", name)
			}
		}
	}
	if s.level == Full && !(p.Names && s.landlock) {
		p.Isolated = s.by
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, variable+"="+string(text))
	if !enters {
		cmd.Args = append([]string{s.self, marker, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = s.self
	}
	s.isolate(cmd, &p)
	return nil
}

// take reads the policy from the environment and removes it there; nil is a
// process that nobody wanted to shut in.
func take() (*Policy, error) {
	text, there := os.LookupEnv(variable)
	if !there {
		return nil, nil
	}
	if err := os.Unsetenv(variable); err != nil {
		return nil, err
	}
	p := &Policy{}
	if err := json.Unmarshal([]byte(text), p); err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	return p, nil
}

// Enter shuts this process in by the policy that its parent gave it, for
// good. Without one it does nothing.
func Enter() error {
	_, err := obey()
	return err
}

// obey does what [Enter] says and returns the policy, an empty one if there is none.
func obey() (*Policy, error) {
	p, err := take()
	if err == nil && p != nil {
		err = enter(p)
	}
	if err != nil {
		return nil, fmt.Errorf("the build cannot be shut in: %w", err)
	}
	if p == nil {
		p = &Policy{}
	}
	return p, nil
}
