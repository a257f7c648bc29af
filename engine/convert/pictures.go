package convert

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/docjobs/docjobs/engine/docx"
)

// An imageUse is a picture that topics refer to.
type imageUse struct {
	media int
	name  string
	png   []byte // what it was converted to; nil if it is copied
}

// shown are the formats that browsers show.
var shown = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/svg+xml": true, "image/webp": true}

// use returns the address of a picture as topics write it, and has it copied, or
// converted where readers of DITA do not show its format. ordinal is the paragraph that
// shows it.
func (c *conversion) use(media, ordinal int) string {
	for _, u := range c.images {
		if u.media == media {
			return "../" + imagesFolder + "/" + u.name
		}
	}
	m := c.doc.Media[media]
	u := imageUse{media: media, name: fmt.Sprintf("image%d%s", len(c.images)+1, extension(m))}
	_, raster := rasterFormats[m.MediaType]
	switch {
	case shown[m.MediaType]:
	case raster:
		c.toPNG(&u, ordinal)
	default:
		c.warn("picture-format", fmt.Sprintf("The picture %s has a format that browsers do not show (%s); convert it.", u.name, formatName(m)), ordinal)
	}
	c.images = append(c.images, u)
	return "../" + imagesFolder + "/" + u.name
}

// toPNG converts a picture. One that cannot be is kept as it is, for somebody to look at.
func (c *conversion) toPNG(u *imageUse, ordinal int) {
	m := c.doc.Media[u.media]
	converted, err := c.rasterized(m)
	if err != nil {
		c.warn("picture-format", fmt.Sprintf("The picture %s (%s) cannot be converted to PNG: %s. It is kept as it is; convert it.", u.name, formatName(m), err), ordinal)
		return
	}
	was := u.name
	u.png, u.name = converted, strings.TrimSuffix(was, path.Ext(was))+".png"
	c.note("picture-converted", fmt.Sprintf("The picture %s was %s; it is PNG now.", u.name, formatName(m)), ordinal)
}

// formatNames are what people call formats of pictures.
var formatNames = map[string]string{
	"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/svg+xml": "SVG", "image/webp": "WebP",
	"image/tiff": "TIFF", "image/bmp": "BMP", "image/emf": "EMF", "image/wmf": "WMF", "image/emf+gzip": "EMZ",
	"image/wmf+gzip": "WMZ", "image/x-pict": "PICT", "image/eps": "EPS", "application/pdf": "PDF", "image/jp2": "JPEG 2000",
	"image/vnd.ms-photo": "JPEG XR",
}

func formatName(m docx.Media) string {
	return firstOf(formatNames[m.MediaType], m.MediaType, "unknown")
}

// formatToDo says what somebody has to do about the format of a picture, if anything.
func formatToDo(m docx.Media) string {
	if _, ok := rasterFormats[m.MediaType]; ok || shown[m.MediaType] {
		return ""
	}
	return fmt.Sprintf("A picture has a format that browsers do not show (%s); convert it.", formatName(m))
}

// extensions are the file extensions of pictures by what they are.
var extensions = map[string]string{
	"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/svg+xml": ".svg", "image/bmp": ".bmp",
	"image/webp": ".webp", "image/tiff": ".tif", "image/emf": ".emf", "image/wmf": ".wmf", "application/pdf": ".pdf",
}

func extension(m docx.Media) string {
	if ext, ok := extensions[m.MediaType]; ok {
		return ext
	}
	ext := strings.ToLower(path.Ext(m.Part))
	if len(ext) < 2 || !plain(ext[1:]) {
		return ".bin"
	}
	return ext
}

// writeImages writes the pictures that topics refer to.
func (c *conversion) writeImages(w *writer) error {
	for _, u := range c.images {
		if err := c.writeImage(w, u); err != nil {
			return refusal(err)
		}
	}
	return nil
}

func (c *conversion) writeImage(w *writer, u imageUse) error {
	if u.png != nil {
		return w.file(imagesFolder+"/"+u.name, bytes.NewReader(u.png))
	}
	content, err := c.pkg.Media(c.doc.Media[u.media])
	if err != nil {
		return err
	}
	defer content.Close() // it was only read
	return w.file(imagesFolder+"/"+u.name, content)
}
