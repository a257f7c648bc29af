package convert

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/docjobs/docjobs/engine/docx"
)

// Limits of pictures that are converted. What is beyond them is kept as it is.
const (
	maxPicture = 128 << 20 // bytes of a picture as it is stored
	maxRaster  = 320 << 20 // bytes of memory while it is converted: an A4 page at 600 dpi in grey has 35 million pixels
	maxPNGs    = 128 << 20 // bytes of all pictures of a document that were converted
)

// rastering bounds how many pictures a process converts at a time, for their memory.
var rastering = make(chan struct{}, 2)

// A rasterFormat reads pictures of one format.
type rasterFormat struct {
	config   func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
	unpacked int64 // bytes that a pixel may take on the way, beside the picture itself
}

var rasterFormats = map[string]rasterFormat{
	"image/tiff": {tiff.DecodeConfig, tiff.Decode, 8},
	"image/bmp":  {bmp.DecodeConfig, bmp.Decode, 0},
}

// rasterized returns a picture of the document as PNG, or why there is none.
func (c *conversion) rasterized(m docx.Media) ([]byte, error) {
	if err := c.ctx.Err(); err != nil { // the time of a document is over, however many pictures are left
		return nil, err
	}
	select {
	case rastering <- struct{}{}:
		defer func() { <-rastering }()
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
	tooMany := fmt.Errorf("the pictures of the document that were converted have more than %d MiB", maxPNGs>>20)
	if c.pngs > maxPNGs {
		return nil, tooMany
	}
	content, err := c.pkg.Media(m)
	if err != nil {
		return nil, err
	}
	defer content.Close() // it was only read
	stored, err := io.ReadAll(io.LimitReader(content, maxPicture+1))
	if err != nil {
		return nil, err
	}
	if len(stored) > maxPicture {
		return nil, fmt.Errorf("it has more than %d MiB", maxPicture>>20)
	}
	made, err := rasterFormats[m.MediaType].png(stored)
	if err != nil {
		return nil, err
	}
	if c.pngs += len(made); c.pngs > maxPNGs {
		return nil, tooMany
	}
	return made, nil
}

// png converts a picture, whose bytes nobody vouches for.
func (f rasterFormat) png(stored []byte) (made []byte, err error) {
	defer func() {
		if recover() != nil { // a decoder that a hostile picture leads astray fails this picture only
			made, err = nil, errors.New("it is damaged")
		}
	}()
	config, err := f.config(bytes.NewReader(stored))
	if err != nil {
		return nil, errors.New("it is damaged or of a kind that is not read")
	}
	if !f.fits(config) {
		return nil, fmt.Errorf("it has %d × %d pixels, which is too much", config.Width, config.Height)
	}
	picture, err := f.decode(bytes.NewReader(stored))
	if err != nil {
		return nil, errors.New("it is damaged or of a kind that is not read")
	}
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}

// fits reports whether a picture can be converted in the memory that is allowed.
func (f rasterFormat) fits(c image.Config) bool {
	each := f.unpacked + pixelBytes(c.ColorModel)
	return c.Width > 0 && c.Height > 0 && int64(c.Width) <= maxRaster/each/int64(c.Height)
}

// pixelBytes is how many bytes a pixel has in memory.
func pixelBytes(m color.Model) int64 {
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}
