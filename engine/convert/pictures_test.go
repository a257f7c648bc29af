package convert_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/docjobs/docjobs/engine/convert"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
)

// dots is a picture whose every pixel differs.
func dots() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 5, 3))
	for x := range 5 {
		for y := range 3 {
			m.Set(x, y, color.NRGBA{uint8(50 * x), uint8(80 * y), 7, 255})
		}
	}
	return m
}

// palette is a picture whose pixels are numbers of colours.
func palette(m image.Image) *image.Paletted {
	p := image.NewPaletted(m.Bounds(), nil)
	for x := range 5 {
		for y := range 3 {
			p.Palette = append(p.Palette, m.At(x, y))
			p.SetColorIndex(x, y, uint8(len(p.Palette)-1))
		}
	}
	return p
}

func stored(t *testing.T, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, encode(&b))
	return b.Bytes()
}

func tiffOf(t *testing.T, m image.Image) []byte {
	return stored(t, func(b *bytes.Buffer) error { return tiff.Encode(b, m, &tiff.Options{Compression: tiff.Deflate}) })
}

// TIFF and BMP become PNG with the same pixels.
func TestPicturesBecomePNG(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"scan.tiff":    tiffOf(t, dots()),
		"scan.bmp":     stored(t, func(b *bytes.Buffer) error { return bmp.Encode(b, dots()) }),
		"coloured.bmp": stored(t, func(b *bytes.Buffer) error { return bmp.Encode(b, palette(dots())) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := w.New(w.P("Text."), w.P(w.Picture("r1", "A scan")), w.P(w.Picture("r1", "Again"))).Media("r1", name, content)
			report, files := made(t, documents{"a.docx": file.Bytes()}, "a.docx", convert.Options{})
			require.Equal(t, convert.Converted, report.Outcome, report.Warnings)
			require.Equal(t, "picture-converted", report.Notes[0].Code)
			require.Equal(t, "paragraph 2", report.Notes[0].Place)
			require.Contains(t, all(files), `<image href="../images/image1.png"`)
			require.NotContains(t, all(files), "image2")
			got, err := png.Decode(strings.NewReader(files["images/image1.png"]))
			require.NoError(t, err)
			require.Equal(t, dots().Bounds(), got.Bounds())
			for x := range 5 {
				for y := range 3 {
					require.Equal(t, dots().At(x, y), color.NRGBAModel.Convert(got.At(x, y)))
				}
			}
		})
	}
}

// What cannot be converted is kept, and stands on the list of what somebody looks at,
// with its place.
func TestPicturesThatArePutOnTheList(t *testing.T) {
	t.Parallel()
	huge := tiffOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	widen(t, huge, 60_000)
	for name, c := range map[string]struct {
		content []byte
		message string
	}{
		"old.emf": {emf(), "The picture image1.emf has a format that browsers do not show (EMF); convert it."},
		"old.wmf": {[]byte("\xD7\xCD\xC6\x9A" + strings.Repeat("\x00", 40)), "The picture image1.wmf has a format that browsers do not show (WMF); convert it."},
		"cut.tif": {tiffOf(t, dots())[:40], "The picture image1.tif (TIFF) cannot be converted to PNG: it is damaged or of a kind that is not read. It is kept as it is; convert it."},
		"cut.bmp": {[]byte("BM" + strings.Repeat("\x00", 60)), "The picture image1.bmp (BMP) cannot be converted to PNG: it is damaged or of a kind that is not read. It is kept as it is; convert it."},
		"big.tif": {huge, "The picture image1.tif (TIFF) cannot be converted to PNG: it has 60000 × 60000 pixels, which is too much. It is kept as it is; convert it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := w.New(w.P("Text."), w.P(w.Picture("r1", "A drawing"))).Media("r1", name, c.content)
			report, files := made(t, documents{"a.docx": file.Bytes()}, "a.docx", convert.Options{})
			require.Equal(t, convert.WithWarnings, report.Outcome)
			require.Equal(t, []convert.Warning{{Code: "picture-format", Message: c.message, Place: "paragraph 2", Count: 1}}, report.Warnings)
			require.Equal(t, string(c.content), files["images/image1"+name[len(name)-4:]])
		})
	}
}

// emf is the header of an enhanced metafile ([MS-EMF], 2.3.4.2).
func emf() []byte {
	b := make([]byte, 88)
	b[0] = 1
	copy(b[40:], " EMF")
	return b
}

// widen has a TIFF say that it is wider and higher than it is.
func widen(t *testing.T, file []byte, pixels uint32) {
	t.Helper()
	ifd := binary.LittleEndian.Uint32(file[4:])
	n := int(binary.LittleEndian.Uint16(file[ifd:]))
	for i := range n {
		entry := file[int(ifd)+2+12*i:]
		if tag := binary.LittleEndian.Uint16(entry); tag == 256 || tag == 257 {
			binary.LittleEndian.PutUint16(entry[2:], 4) // LONG
			binary.LittleEndian.PutUint32(entry[8:], pixels)
		}
	}
}

// However hostile a picture is, the document is converted.
func FuzzPictures(f *testing.F) {
	f.Add([]byte("II*\x00tiff"))
	f.Add([]byte("BM" + strings.Repeat("\x00", 60)))
	var b bytes.Buffer
	require.NoError(f, tiff.Encode(&b, dots(), &tiff.Options{Compression: tiff.Deflate}))
	f.Add(bytes.Clone(b.Bytes()))
	b.Reset()
	require.NoError(f, bmp.Encode(&b, dots()))
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		file := w.New(w.P("Text."), w.P(w.Picture("r1", "A scan"))).Media("r1", "scan.tiff", content)
		report, files := made(t, documents{"a.docx": file.Bytes()}, "a.docx", convert.Options{})
		require.NotEqual(t, convert.Rejected, report.Outcome)
		if made, ok := files["images/image1.png"]; ok && !bytes.HasPrefix(content, []byte("\x89PNG")) {
			_, err := png.Decode(strings.NewReader(made))
			require.NoError(t, err)
		}
	})
}
