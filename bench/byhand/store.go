package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	bucketName = "docs"
	prefix     = "manual"
	accessKey  = "byhand"
	secretKey  = "byhand-secret"
)

// A store is an S3 server on a folder with one empty bucket, and an edge before it.
type store struct {
	url    string // of the S3 endpoint
	edge   string // where the live release of docjobs is read
	folder string // of the bucket
	server *exec.Cmd
	front  *http.Server
}

// startStore starts versitygw in dir, which holds the bucket.
func (o *options) startStore(ctx context.Context, dir string) (*store, error) {
	s := &store{folder: filepath.Join(dir, "store", bucketName)}
	if err := os.MkdirAll(s.folder, 0o755); err != nil { // a folder is a bucket to versitygw
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.edge = "http://" + listener.Addr().String()
	s.front = &http.Server{Handler: http.HandlerFunc(s.serveLive), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.front.Serve(listener) }() // ends when it is closed
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, s.front.Close())
	}
	address := probe.Addr().String()
	_ = probe.Close()
	s.url = "http://" + address
	s.server = exec.Command(o.programs.versitygw, "--quiet", "--keep-alive", "--port", address, "posix", filepath.Dir(s.folder))
	s.server.Env, s.server.Dir = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey), dir
	if err := s.server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting versitygw: %w", err), s.front.Close())
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return s, conn.Close()
		}
		if ctx.Err() != nil || time.Since(began) > 30*time.Second {
			s.stop()
			return nil, fmt.Errorf("versitygw does not answer: %w", err)
		}
	}
}

func (s *store) stop() {
	_ = s.front.Close()
	_ = s.server.Process.Kill()
	_ = s.server.Wait() // it was killed
}

// serveLive is an edge of the layout "pointer": it serves the release that the pointer names.
func (s *store) serveLive(w http.ResponseWriter, r *http.Request) {
	var pointer struct{ Site string }
	data, err := os.ReadFile(filepath.Join(s.folder, prefix, "current.json"))
	if err == nil {
		err = json.Unmarshal(data, &pointer)
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	http.FileServer(http.Dir(filepath.Join(s.folder, pointer.Site))).ServeHTTP(w, r)
}

// config writes a configuration with the bucket as the target "docs".
func (s *store) config(dir string) (string, error) {
	name := filepath.Join(dir, "docjobs.yaml")
	text := fmt.Sprintf(`targets:
  docs:
    type: s3
    bucket: %s
    prefix: %s
    endpoint: %s
    path_style: true
    url: %s
    credentials: {access_key_env: AWS_ACCESS_KEY_ID, secret_key_env: AWS_SECRET_ACCESS_KEY}
`, bucketName, prefix, s.url, s.edge)
	return name, os.WriteFile(name, []byte(text), 0o600)
}

// environ has the keys of the store, for docjobs and for aws.
func (s *store) environ() []string {
	return append(os.Environ(), "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1")
}
