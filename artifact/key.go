package artifact

import (
	"fmt"
	"strings"
)

const (
	maxKey     = 512 // bytes; S3 allows 1,024, and a bucket may have a prefix
	maxSegment = 200 // bytes; file systems allow 255, a temporary suffix takes 21
)

// Top folders of the bucket that documents may not reach into.
const (
	blobsPrefix = "blobs/"
	logsPrefix  = "logs/"
)

// checkKey accepts keys that every bucket takes unchanged: segments of ASCII
// letters, digits, dot, dash and underscore that begin with a letter or digit,
// separated by single slashes.
//
// A key must not be the folder of another one, nor differ from it only in upper
// and lower case: some file systems cannot hold both.
func checkKey(key string) error {
	if len(key) > maxKey {
		return fmt.Errorf("key %.40q… has %d bytes, at most %d are allowed", key, len(key), maxKey)
	}
	for segment := range strings.SplitSeq(key, "/") {
		if !validSegment(segment) {
			return fmt.Errorf("key %q is not allowed: between slashes use 1 to %d letters, digits, '.', '-' or '_', beginning with a letter or digit", key, maxSegment)
		}
	}
	if temporary(key) || strings.HasSuffix(key, ".attrs") {
		return fmt.Errorf("key %q is not allowed: .tmp and .attrs are endings of the store's own files", key)
	}
	return nil
}

// temporary recognizes the files in which a file bucket prepares its writes. It
// lists them as if they were objects.
func temporary(key string) bool { return strings.HasSuffix(key, ".tmp") }

func validSegment(s string) bool {
	if s == "" || len(s) > maxSegment || !alphanumeric(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
