package artifact

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
	"gocloud.dev/blob/fileblob"
)

// bigSite is a built site of 10,000 pages with 111 MB.
func bigSite(b *testing.B) string {
	dir := b.TempDir()
	page := strings.Repeat("<p>Lorem ipsum dolor sit amet.</p>\n", 11_100/35)
	for i := range 10_000 {
		folder := filepath.Join(dir, fmt.Sprintf("s%02d", i%100))
		require.NoError(b, os.MkdirAll(folder, 0o755))
		require.NoError(b, os.WriteFile(filepath.Join(folder, fmt.Sprintf("p%d.html", i)), fmt.Appendf(nil, "%d %s", i, page), 0o644))
	}
	b.SetBytes(111_000_000)
	return dir
}

func BenchmarkPutTree(b *testing.B) {
	dir := bigSite(b)
	kinds := map[string]func() *Store{
		"folder": func() *Store { return openStore(b, "file://"+b.TempDir()) },
		"fileblob": func() *Store {
			bucket, err := fileblob.OpenBucket(b.TempDir(), &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
			require.NoError(b, err)
			return New(bucket, Options{})
		},
		"memory": func() *Store { return openStore(b, "mem://") },
	}
	for name, open := range kinds {
		b.Run(name+"/first", func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				s := open()
				b.StartTimer()
				_, err := s.Trees().Put(b.Context(), dir, TreeOptions{})
				require.NoError(b, err)
			}
		})
		b.Run(name+"/unchanged", func(b *testing.B) {
			s := open()
			_, err := s.Trees().Put(b.Context(), dir, TreeOptions{})
			require.NoError(b, err)
			for b.Loop() {
				_, err := s.Trees().Put(b.Context(), dir, TreeOptions{})
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkReadTree(b *testing.B) {
	s := openStore(b, "file://"+b.TempDir())
	trees := s.Trees()
	ref, err := trees.Put(b.Context(), bigSite(b), TreeOptions{})
	require.NoError(b, err)
	tree, err := trees.Get(b.Context(), ref)
	require.NoError(b, err)
	b.Run("manifest", func(b *testing.B) {
		for b.Loop() {
			_, err := trees.Get(b.Context(), ref)
			require.NoError(b, err)
		}
	})
	b.Run("materialize", func(b *testing.B) {
		b.SetBytes(ref.Bytes)
		for i := 0; b.Loop(); i++ {
			require.NoError(b, trees.Materialize(b.Context(), ref, filepath.Join(b.TempDir(), fmt.Sprint(i)), MaterializeOptions{}))
		}
	})
	for name, write := range map[string]func(context.Context, io.Writer, *Tree, ArchiveOptions) error{"zip": trees.WriteZip, "targz": trees.WriteTarGz} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(ref.Bytes)
			for b.Loop() {
				require.NoError(b, write(b.Context(), io.Discard, tree, ArchiveOptions{}))
			}
		})
	}
}

// One file after another of a folder, as a client that downloads it asks.
func BenchmarkOutputsOpen(b *testing.B) {
	s := openStore(b, "file://"+b.TempDir())
	ref, err := s.Trees().Put(b.Context(), bigSite(b), TreeOptions{})
	require.NoError(b, err)
	tree, err := s.Trees().Get(b.Context(), ref)
	require.NoError(b, err)
	outputs, folder := s.Outputs(), []job.Output{ref.Output("site/")}
	for i := 0; b.Loop(); i++ {
		f, _, err := outputs.Open(b.Context(), folder, "site/"+tree.Files[i%len(tree.Files)].Path)
		require.NoError(b, err)
		require.NoError(b, f.Close())
	}
}

func BenchmarkOpenAndRead(b *testing.B) {
	s := openStore(b, "file://"+b.TempDir())
	for _, size := range []int{10_000, 100_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			content := random(size)
			ref := refOfBytes(content)
			require.NoError(b, s.writeKey(b.Context(), ref.key(), content, false))
			b.SetBytes(int64(size))
			for b.Loop() {
				r, err := s.Open(b.Context(), ref)
				require.NoError(b, err)
				_, err = io.Copy(io.Discard, r)
				require.NoError(b, err)
				require.NoError(b, r.Close())
			}
		})
	}
}

func BenchmarkLog(b *testing.B) {
	logs := openStore(b, "file://"+b.TempDir()).Logs()
	w, err := logs.Writer(b.Context(), LogStream{Job: "j", Attempt: 1, Step: "build", Try: 1}, LogOptions{MaxBytes: 1 << 40, MaxQueue: 64 << 20})
	require.NoError(b, err)
	for b.Loop() {
		w.Log(slog.LevelInfo, "guide/start.md", "Rendered the page in 12 ms")
	}
	require.NoError(b, w.Close(b.Context()))
}

// BenchmarkSweep sweeps a folder of 40,000 blobs: 400 jobs with a site of 100 pages each,
// half of which all have, and as many blobs of which nobody needs half.
func BenchmarkSweep(b *testing.B) {
	s := openStore(b, "file://"+b.TempDir())
	putPage := func(name string) File {
		ref, err := s.Put(b.Context(), strings.NewReader("page "+name))
		require.NoError(b, err)
		return File{Path: name, Size: ref.Size, SHA256: ref.SHA256, MediaType: "text/html"}
	}
	for i := range 400 {
		tree := &Tree{}
		for page := range 100 {
			name := fmt.Sprintf("p%03d.html", page)
			if page >= 50 {
				name = fmt.Sprintf("p%03d-%d.html", page, i)
			}
			tree.Files = append(tree.Files, putPage(name))
		}
		ref, err := s.Trees().Save(b.Context(), tree)
		require.NoError(b, err)
		require.NoError(b, s.Holds().Put(b.Context(), fmt.Sprintf("publish-%d", i), 1, "build", ref))
	}
	for i := range 20_000 {
		putPage(fmt.Sprintf("lone-%d", i))
	}
	for name, passed := range map[string]time.Duration{"nothing to do": 0, "half is not needed": 2 * grace} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				report, err := s.Sweep(b.Context(), SweepOptions{Grace: grace, Now: func() time.Time { return time.Now().Add(passed) }})
				require.NoError(b, err)
				b.ReportMetric(float64(report.Discarded), "discarded")
				if passed == 0 {
					continue
				}
				b.StopTimer()
				for o, err := range s.objects(b.Context(), binPrefix) { // put it back
					require.NoError(b, err)
					old, _ := parseBinned(o.key)
					_, err := s.retrieve(b.Context(), old.digest)
					require.NoError(b, err)
				}
				b.StartTimer()
			}
		})
	}
}
