package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
)

// startTimeout bounds a start; a healthy one takes under a second.
const startTimeout = time.Minute

// maxStarts is how often a start is tried for which somebody else was quicker
// at a port that had been free.
const maxStarts = 5

// Server is a running Temporal server. Its methods may be called from any
// goroutine.
type Server struct {
	cfg    Config
	ports  ports
	log    *logger
	file   *logFile
	lock   *flock.Flock
	uiPort net.Listener
	db     *config.SQL
	svc    temporal.Server
	ui     *webUI

	loud atomic.Bool // whether errors reach the caller's logger

	failOnce sync.Once
	failed   chan struct{} // closed when the server cannot go on
	failure  error         // set before failed is closed

	stopOnce sync.Once
	stopped  chan struct{} // closed when everything is shut down
	stopErr  error         // set before stopped is closed
}

// Start runs a Temporal server on the folder c.Dir and returns once a
// workflow can be started in c.Namespace. ctx bounds the start only.
//
// Everything that can be checked is checked before anything is touched:
// [FolderError], [LockedError], [PortError], [VersionError] and
// [SearchAttributeError] say what is wrong in one line.
func Start(ctx context.Context, c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer within %s", startTimeout))
	defer cancel()
	for try := 1; ; try++ {
		s := newServer(c)
		err := s.start(ctx)
		if err == nil {
			s.loud.Store(true)
			return s, nil
		}
		s.shutDown(context.Background())
		if try == maxStarts || !portLost(err) {
			return nil, err
		}
	}
}

// newServer returns a server that has not been started, of a complete c.
func newServer(c Config) *Server {
	return &Server{cfg: c, failed: make(chan struct{}), stopped: make(chan struct{})}
}

func (s *Server) start(ctx context.Context) error {
	if err := s.claim(); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.serve(ctx); err != nil {
		return s.reason(err)
	}
	return s.serveUI()
}

// claim takes the folder and the ports.
func (s *Server) claim() (err error) {
	if s.lock, err = lockFolder(s.cfg.Dir); err != nil {
		return err
	}
	if s.ports, err = findPorts(s.cfg.Port); err != nil {
		return err
	}
	if !s.cfg.NoUI {
		if s.uiPort, err = listen(s.cfg.UIPort, "Temporal UI"); err != nil {
			return err
		}
	}
	if s.file, err = openLog(filepath.Join(s.cfg.Dir, logName), maxLogSize); err != nil {
		return &FolderError{Dir: s.cfg.Dir, Err: err}
	}
	s.log = newLogger(s.file, s.cfg.Logger, &s.loud, s.fail)
	return nil
}

// prepare brings version stamp, schema and namespace up to date.
func (s *Server) prepare(ctx context.Context) error {
	if err := checkStamp(s.cfg.Dir, currentVersion()); err != nil {
		return err
	}
	db := sqlConfig(s.cfg.Dir, s.cfg.Tuning)
	if err := openDatabase(ctx, s.cfg.Dir, db, s.cfg.Tuning); err != nil {
		return err
	}
	s.db = db
	return ensureNamespace(ctx, db, s.cfg)
}

// serve starts the services and waits until they work.
func (s *Server) serve(ctx context.Context) error {
	err := guard(func() (err error) {
		s.svc, err = newTemporal(clusterConfig(s.ports, s.db), s.ports, settings(s.cfg.Tuning), s.log)
		return err
	})
	if err != nil {
		s.svc = nil
		return err
	}
	if err := guard(s.svc.Start); err != nil {
		return err
	}
	return waitReady(ctx, s.Address(), s.cfg.Namespace, s.failed)
}

// guard runs f in a goroutine of its own, which the logger's Fatal may end,
// and which the server's wiring panics in when it finds that it did.
func guard(f func() error) (err error) {
	err = errors.New("embedded Temporal server: the start was abandoned; temporal.log says why")
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("embedded Temporal server: %v", p)
			}
		}()
		err = f()
	}()
	<-done
	return err
}

func (s *Server) serveUI() (err error) {
	if s.cfg.NoUI {
		return nil
	}
	s.ui, err = startUI(s.uiPort, s.Address(), s.cfg.Namespace, s.log.SLog(), s.file)
	return err
}

// Address is the frontend's "127.0.0.1:port", for client.Options.HostPort.
func (s *Server) Address() string { return hostPort(s.ports.frontend) }

// UIURL is the web UI's address, "http://127.0.0.1:port", or "" without one.
func (s *Server) UIURL() string {
	if s.uiPort == nil {
		return ""
	}
	return "http://" + s.uiPort.Addr().String()
}

// Failed is closed if the server finds that it cannot go on; [Server.Err]
// then says why. Stop must still be called.
func (s *Server) Failed() <-chan struct{} { return s.failed }

// Err is nil until Failed is closed.
func (s *Server) Err() error {
	select {
	case <-s.failed:
		return s.failure
	default:
		return nil
	}
}

func (s *Server) fail(err error) {
	s.failOnce.Do(func() {
		s.failure = err
		close(s.failed)
	})
}

// reason prefers what the server gave as the reason of its failure to what
// its start function returned, which is about lost goroutines.
func (s *Server) reason(err error) error {
	if failure := s.Err(); failure != nil {
		return failure
	}
	return err
}

// Stop lets requests in flight finish for about a second, shuts everything
// down, and writes the write-ahead log into the database file. It returns
// when that is done or ctx ends; shutting down then goes on, and the folder
// stays locked until it is done. Calling it again waits again.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		s.loud.Store(false)
		go func() {
			s.stopErr = s.shutDown(ctx)
			close(s.stopped)
		}()
	})
	select {
	case <-s.stopped:
		return s.stopErr
	case <-ctx.Done():
		return fmt.Errorf("embedded Temporal server is still stopping: %w", ctx.Err())
	}
}

// shutDown undoes as much of start as has been done, in reverse.
func (s *Server) shutDown(ctx context.Context) error {
	var errs []error
	if s.ui != nil {
		errs = append(errs, s.ui.stop(ctx))
	} else if s.uiPort != nil {
		errs = append(errs, s.uiPort.Close())
	}
	if s.svc != nil {
		errs = append(errs, s.svc.Stop())
	}
	if s.db != nil {
		errs = append(errs, checkpoint(context.WithoutCancel(ctx), s.db))
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}
