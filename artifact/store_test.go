package artifact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/fileblob"
)

// eachStore runs a test over every kind of bucket.
func eachStore(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Parallel()
	open := map[string]func(*testing.T) *Store{
		"memory": func(t *testing.T) *Store { return openStore(t, "mem://") },
		"folder": func(t *testing.T) *Store { return openStore(t, "file://"+t.TempDir()+"/store") },
		"fileblob": func(t *testing.T) *Store { // a folder through the general code
			bucket, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
			require.NoError(t, err)
			return New(bucket, Options{})
		},
	}
	for name, open := range open {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func openStore(t testing.TB, address string) *Store {
	s, err := Open(t.Context(), address, Options{Scratch: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func refOfBytes(content []byte) Ref {
	h := sha256.New()
	h.Write(content)
	return refOf(h, int64(len(content)))
}

func random(n int) []byte {
	content := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(content)
	return content
}

func opener(r io.Reader) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(r), nil }
}

// everything lists the whole bucket, unfinished writes included.
func everything(t *testing.T, s *Store) (keys []string) {
	page, _, err := s.bucket.ListPage(t.Context(), []byte("first page"), listPage, nil)
	require.NoError(t, err)
	for _, o := range page {
		keys = append(keys, o.Key)
	}
	return keys
}

func TestPutAndOpen(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		for _, size := range []int{0, 1, inMemory - 1, inMemory, inMemory + 1, 3*inMemory + 17} {
			content := random(size)
			ref, err := s.Put(t.Context(), iotest.HalfReader(bytes.NewReader(content)))
			require.NoError(t, err)
			require.Equal(t, refOfBytes(content), ref)

			r, err := s.Open(t.Context(), ref)
			require.NoError(t, err)
			require.NoError(t, iotest.TestReader(r, content), "%d bytes", size)
			require.NoError(t, r.Close())

			there, err := s.Exists(t.Context(), ref)
			require.NoError(t, err)
			require.True(t, there)
			require.NoError(t, s.Delete(t.Context(), ref))
			require.ErrorIs(t, s.Delete(t.Context(), ref), ErrNotFound)
			_, err = s.Open(t.Context(), ref)
			require.ErrorIs(t, err, ErrNotFound)
		}
	})
}

func TestPutKnownSkipsWhatIsThere(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		content := random(5000)
		written, err := s.PutKnown(t.Context(), refOfBytes(content), opener(bytes.NewReader(content)))
		require.NoError(t, err)
		require.True(t, written)
		written, err = s.PutKnown(t.Context(), refOfBytes(content), func() (io.ReadCloser, error) {
			return nil, errors.New("must not be opened")
		})
		require.NoError(t, err)
		require.False(t, written)
	})
}

func TestNothingIsStoredWhenTheContentIsWrong(t *testing.T) {
	content := random(2 * inMemory)
	broken := errors.New("connection reset")
	sources := map[string]func() io.Reader{
		"other bytes": func() io.Reader { return bytes.NewReader(make([]byte, len(content))) },
		"too short":   func() io.Reader { return bytes.NewReader(content[:100]) },
		"too long":    func() io.Reader { return io.MultiReader(bytes.NewReader(content), strings.NewReader("more")) },
		"fails": func() io.Reader {
			return io.MultiReader(bytes.NewReader(content[:inMemory]), iotest.ErrReader(broken))
		},
	}
	eachStore(t, func(t *testing.T, s *Store) {
		for name, source := range sources {
			written, err := s.PutKnown(t.Context(), refOfBytes(content), opener(source()))
			require.False(t, written, name)
			if _, mismatch := errors.AsType[*MismatchError](err); !mismatch {
				require.ErrorIs(t, err, broken, name)
			}
			require.Empty(t, everything(t, s), name)
		}
	})
}

func TestPutOfAFailingReaderStoresNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		broken := errors.New("connection reset")
		for _, size := range []int{10, 2 * inMemory} {
			_, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(random(size)), iotest.ErrReader(broken)))
			require.ErrorIs(t, err, broken)
		}
		require.Empty(t, everything(t, s))
	})
}

func TestPutStopsWithItsContext(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		endless := readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
		_, err := s.Put(ctx, endless)
		require.ErrorIs(t, err, context.Canceled)
		_, err = s.PutKnown(ctx, refOfBytes(random(9)), opener(endless))
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, everything(t, s))
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestDamageIsFoundByReading(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		content := random(200_000)
		ref := refOfBytes(content)
		content[150_000] ^= 1
		require.NoError(t, s.bucket.WriteAll(t.Context(), ref.key(), content, nil))

		r, err := s.Open(t.Context(), ref)
		require.NoError(t, err)
		defer r.Close()
		read, err := io.CopyN(io.Discard, r, ref.Size) // never asks for the end of file
		damage, ok := errors.AsType[*DamagedError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, ref.key(), damage.Key)
		require.Less(t, read, ref.Size, "the last bytes must not be given out")

		// A range is not verified.
		ranged, err := s.Open(t.Context(), ref)
		require.NoError(t, err)
		defer ranged.Close()
		_, err = ranged.Seek(1000, io.SeekStart)
		require.NoError(t, err)
		_, err = io.ReadAll(ranged)
		require.NoError(t, err)
	})
}

func TestACopyThatWasCutOffIsReplaced(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		content := random(5000)
		ref := refOfBytes(content)
		require.NoError(t, s.bucket.WriteAll(t.Context(), ref.key(), content[:4000], nil))
		_, err := s.Open(t.Context(), ref)
		require.ErrorContains(t, err, "stored copy of "+ref.key()+" is damaged: it has 4000 bytes instead of 5000")

		_, err = s.Put(t.Context(), bytes.NewReader(content))
		require.NoError(t, err)
		r, err := s.Open(t.Context(), ref)
		require.NoError(t, err)
		require.NoError(t, iotest.TestReader(r, content))
		require.NoError(t, r.Close())
	})
}

func TestServeContent(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		content := random(300_000)
		ref, err := s.Put(t.Context(), bytes.NewReader(content))
		require.NoError(t, err)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			blob, err := s.Open(r.Context(), ref)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			defer blob.Close()
			http.ServeContent(w, r, "", time.Time{}, blob)
		}))
		defer server.Close()
		for rang, want := range map[string][]byte{"": content, "bytes=10-19": content[10:20], "bytes=-7": content[len(content)-7:]} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			if rang != "" {
				request.Header.Set("Range", rang)
			}
			response, err := server.Client().Do(request)
			require.NoError(t, err)
			got, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.True(t, bytes.Equal(want, got), "range %q", rang)
		}
	})
}

func TestReferencesFromOutsideAreChecked(t *testing.T) {
	s := openStore(t, "mem://")
	for _, digest := range []string{"", "../../etc/passwd", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
		_, err := s.Open(t.Context(), Ref{SHA256: digest})
		require.ErrorContains(t, err, "not a SHA-256 digest")
		require.ErrorContains(t, s.Delete(t.Context(), Ref{SHA256: digest}), "not a SHA-256 digest")
	}
}

func TestOpenMakesAPrivateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := openStore(t, "file://"+dir)
	_, err := s.Put(t.Context(), strings.NewReader("x"))
	require.NoError(t, err)
	for _, path := range []string{dir, filepath.Join(dir, "blobs")} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), path)
	}
	for _, address := range []string{"file://relative/path", "file:///x?metadata=skip", "ftp://x", "%"} {
		_, err := Open(t.Context(), address, Options{})
		require.Error(t, err, address)
	}
}

func TestOnlyOneWriterCreates(t *testing.T) {
	for name, address := range map[string]string{"memory": "mem://", "folder": "file://" + t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			docs := openStore(t, address).Documents()
			for round := range 20 {
				key := "jobs/" + strings.Repeat("x", round+1)
				var winners atomic.Int32
				var all sync.WaitGroup
				for i := range 16 {
					all.Go(func() {
						err := docs.Create(t.Context(), key, i)
						if err == nil {
							winners.Add(1)
						} else if !errors.Is(err, ErrExists) {
							t.Error(err)
						}
					})
				}
				all.Wait()
				require.EqualValues(t, 1, winners.Load())
			}
		})
	}
}

// A listing is right while other writers make, move and remove files beside it.
func TestListWhileOthersWrite(t *testing.T) {
	t.Parallel()
	s := openStore(t, "file://"+t.TempDir())
	docs := s.Documents()
	require.NoError(t, docs.Put(t.Context(), "a/b/kept", 1))
	require.NoError(t, docs.Put(t.Context(), "a-b/kept", 1))
	writing, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for writer := range 4 {
		all.Go(func() {
			for writing.Err() == nil {
				key := fmt.Sprintf("a/b/w%d", writer)
				if err := errors.Join(docs.Put(t.Context(), key, 1), docs.Delete(t.Context(), key)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 200 {
		var kept []string
		for key, err := range docs.List(t.Context(), "a") {
			require.NoError(t, err)
			if strings.HasSuffix(key, "/kept") {
				kept = append(kept, key)
			}
		}
		require.Equal(t, []string{"a/b/kept"}, kept)
	}
	stop()
	all.Wait()
}
