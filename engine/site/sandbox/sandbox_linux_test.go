package sandbox_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child())
	}
	os.Exit(m.Run())
}

// full is the sandbox of this machine; tests of what it keeps out are for
// machines that have one.
func full(t testing.TB) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Open(t.Context())
	require.NoError(t, err)
	if s.Level() != sandbox.Full {
		t.Skipf("this machine has no full sandbox: %v", s.Refused)
	}
	return s
}

// shell runs a script in the sandbox and gives what it said and how it ended.
func shell(t testing.TB, s *sandbox.Sandbox, p sandbox.Policy, script string) (string, error) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	if len(p.Write) > 0 {
		cmd.Dir = p.Write[0]
	}
	alive, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer alive.Close()
	p.Programs = true
	require.NoError(t, s.Wrap(cmd, p, false))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestAProgramWorksInItsFolders(t *testing.T) {
	t.Parallel()
	read, write, temp := t.TempDir(), t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(read, "in"), []byte("hello"), 0o644))
	out, err := shell(t, full(t), sandbox.Policy{Read: []string{read}, Write: []string{write}, Temp: temp},
		`pwd; cat `+read+`/in > out; echo x > /tmp/y; hostname 2>/dev/null || cat /proc/sys/kernel/hostname; [ $$ -lt 100 ] && exit 3`)
	require.Equal(t, write+"\nbuild\n", out)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 3, exit.ExitCode())
	text, err := os.ReadFile(filepath.Join(write, "out"))
	require.NoError(t, err)
	require.Equal(t, "hello", string(text))
	require.FileExists(t, filepath.Join(temp, "y"))
}

func TestFoldersMayLieInSharedMemory(t *testing.T) {
	t.Parallel()
	write, err := os.MkdirTemp("/dev/shm", "docjobs-*")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(write) })
	out, err := shell(t, full(t), sandbox.Policy{Write: []string{write}, Temp: t.TempDir()}, "echo x > y; cat "+write+"/y")
	require.NoError(t, err, out)
	require.Equal(t, "x\n", out)
}

func TestNothingElseIsThere(t *testing.T) {
	nothingElse(t, full(t))
}

func TestNothingElseIsThereByBubblewrap(t *testing.T) {
	s, err := sandbox.Bubblewrapped(full(t))
	if err != nil {
		t.Skip(err)
	}
	nothingElse(t, s)
}

func nothingElse(t *testing.T, s *sandbox.Sandbox) {
	t.Helper()
	t.Setenv("SECRET_OF_THE_PARENT", "leaked")
	secret, read, write := t.TempDir(), t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(secret, "s"), []byte("TOPSECRET"), 0o644))
	socket := filepath.Join(secret, "socket")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	defer listener.Close()
	policy := sandbox.Policy{Read: []string{read}, Write: []string{write}}
	for name, script := range map[string]string{
		"a file":             "cat " + secret + "/s",
		"that it is there":   "ls -d " + secret,
		"through a link":     "ln -s " + secret + "/s l && cat l",
		"by mounting":        "mount --bind / . && ls",
		"by a new namespace": "unshare -Urm mount -t tmpfs x /tmp",
		"into what is read":  "echo x > " + read + "/x",
		"into the system":    "echo x > /usr/x",
		"into the root":      "echo x > /x",
		"by changing a mode": "mount -o remount,rw /",
		"shadow":             "cat /etc/shadow",
		"the parent":         fmt.Sprintf("test -e /proc/%d/environ && test $(cat /proc/1/environ | tr -d '\\0' | grep -c SECRET) -gt 0", os.Getpid()),
		"killing":            fmt.Sprintf("kill -0 %d", os.Getpid()),
		"the environment":    "env | grep SECRET_OF_THE_PARENT",
		"a socket":           "test -S " + socket,
		"a device":           "ls /dev/mem /dev/sda /dev/tty",
	} {
		out, err := shell(t, s, policy, script)
		require.Error(t, err, "%s: %s", name, out)
		require.NotContains(t, out, "TOPSECRET", name)
		require.NotContains(t, out, "leaked", name)
	}
	out, err := shell(t, s, policy, "ls /; ls /etc; grep -i cap /proc/self/status")
	require.NoError(t, err)
	for _, private := range []string{"home", "root:/root", "var", "shadow"} {
		require.NotContains(t, out, private)
	}
	require.Contains(t, out, "CapBnd:\t0000000000000000")
	require.Contains(t, out, "CapEff:\t0000000000000000")
}

func TestThereIsNoNetwork(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	host, port, _ := strings.Cut(address, ":")
	out, err := shell(t, full(t), sandbox.Policy{}, `
if command -v bash >/dev/null; then
  bash -c 'echo > /dev/tcp/`+host+`/`+port+`' && exit 0
  bash -c 'echo > /dev/tcp/169.254.169.254/80' && exit 0
  bash -c 'echo > /dev/udp/169.254.169.254/53' && exit 0
fi
exit 9`)
	require.Error(t, err, out)
	require.Zero(t, asked.Load())
}

// What a supervisor left open in this process is not what a build may read or write.
func TestNothingOpenIsInherited(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "secret")
	require.NoError(t, err)
	defer file.Close()
	left, err := unix.Dup(int(file.Fd())) // which is not closed on exec
	require.NoError(t, err)
	defer unix.Close(left)
	out, err := shell(t, full(t), sandbox.Policy{}, "readlink /proc/self/fd/*")
	require.Error(t, err, "the descriptor of the folder is gone when it is read")
	require.Contains(t, out, "/dev/null")
	require.NotContains(t, out, "secret")
}

// TestPortsAreAllThatIsReached is about steps with a network.
func TestPortsAreAllThatIsReached(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash dials by itself and is not here")
	}
	var allowed, other atomic.Int32
	yes := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { allowed.Add(1) }))
	defer yes.Close()
	no := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { other.Add(1) }))
	defer no.Close()
	dial := func(s *httptest.Server) string {
		a := s.Listener.Addr().(*net.TCPAddr)
		return fmt.Sprintf(`bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3 >/dev/null'`, a.Port)
	}
	policy := sandbox.Policy{Ports: []uint16{uint16(yes.Listener.Addr().(*net.TCPAddr).Port)}}
	out, err := shell(t, full(t), policy, dial(yes))
	require.NoError(t, err, out)
	out, err = shell(t, full(t), policy, dial(no))
	require.Error(t, err, out)
	require.EqualValues(t, 1, allowed.Load())
	require.Zero(t, other.Load())
}

func TestLimits(t *testing.T) {
	t.Parallel()
	write := t.TempDir()
	p := sandbox.Policy{Write: []string{write}, FileBytes: 1 << 20, Files: 64, Processes: 400}
	out, err := shell(t, full(t), p, "dd if=/dev/zero of=big bs=1048576 count=5; stat -c %s big; ulimit -n")
	require.NoError(t, err)
	require.Contains(t, out, "1048576\n64\n")
}

func TestTheProgramsEndIsTold(t *testing.T) {
	t.Parallel()
	for script, code := range map[string]int{"exit 7": 7, "kill -9 $$": sandbox.Signalled + 9, "(sleep 1000 &) ; exit 0": 0} {
		out, err := shell(t, full(t), sandbox.Policy{}, script)
		if code == 0 {
			require.NoError(t, err, out)
			continue
		}
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, code, exit.ExitCode(), out)
	}
	cmd := exec.Command("/no/such/program")
	alive, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer alive.Close()
	require.NoError(t, full(t).Wrap(cmd, sandbox.Policy{}, false))
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, sandbox.CannotRun, cmd.ProcessState.ExitCode(), string(out))
}

// The shell ends as soon as its memory has doubled, before any watching could see it.
func TestWhoFailsWithTooMuchMemoryIsBlamedForIt(t *testing.T) {
	t.Parallel()
	grow := `x=aaaaaaaa; while [ ${#x} -lt 300000000 ]; do x=$x$x; done; `
	for script, code := range map[string]int{
		grow + "exit 7": sandbox.OutOfMemory, grow + "kill -11 $$": sandbox.OutOfMemory, "(" + grow + "); exit 7": sandbox.OutOfMemory,
		grow + "exit 0": 0, "exit 7": 7,
	} {
		out, err := shell(t, full(t), sandbox.Policy{Memory: 256 << 20}, script)
		if code == 0 {
			require.NoError(t, err, out)
			continue
		}
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, script+out)
		require.Equal(t, code, exit.ExitCode(), script)
	}
}

func BenchmarkTrue(b *testing.B) {
	b.Run("sandbox", func(b *testing.B) {
		s := full(b)
		for b.Loop() {
			_, err := shell(b, s, sandbox.Policy{}, "exit 0")
			require.NoError(b, err)
		}
	})
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, exec.Command("/bin/sh", "-c", "exit 0").Run())
		}
	})
}
