package embedded

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// loopback is the only address that anything here listens on: neither the
// frontend nor the UI asks for credentials.
const loopback = "127.0.0.1"

// PortError says that a port cannot be listened on.
type PortError struct {
	Purpose string // "Temporal server" or "Temporal UI"
	Port    int
	Err     error
}

func (e *PortError) Error() string {
	if errors.Is(e.Err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s port %d is already in use; choose another one or 0 for any free one", e.Purpose, e.Port)
	}
	return fmt.Sprintf("%s port %d cannot be used: %v", e.Purpose, e.Port, e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// listen takes a loopback port; 0 means any free one.
func listen(port int, purpose string) (net.Listener, error) {
	l, err := net.Listen("tcp4", hostPort(port))
	if err != nil {
		return nil, &PortError{Purpose: purpose, Port: port, Err: err}
	}
	return l, nil
}

func hostPort(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// portLost reports whether a start failed because a port that was free when
// it was tried had been taken when the server came to listen on it. Another
// start finds other ports, or a [PortError] if the port was asked for. The
// server tells of it in its log, which has no errors but only their text.
func portLost(err error) bool {
	var refused *PortError
	return !errors.As(err, &refused) && strings.Contains(err.Error(), syscall.EADDRINUSE.Error())
}

// ports are the gRPC ports of the four services. The server listens on its
// own and ends the process if it cannot, so they are tried here first.
type ports struct{ frontend, history, matching, worker int }

// findPorts tries the wanted frontend port and picks free ones for the rest.
// All stay open until all are found, so that no two are the same.
func findPorts(frontend int) (ports, error) {
	var found [4]int
	for i, want := range [4]int{frontend} {
		l, err := listen(want, "Temporal server")
		if err != nil {
			return ports{}, err
		}
		defer l.Close()
		found[i] = portOf(l)
	}
	return ports{frontend: found[0], history: found[1], matching: found[2], worker: found[3]}, nil
}
