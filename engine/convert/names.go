package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxSlug bounds a name that is made of a title, in bytes.
const maxSlug = 60

// letters are Latin letters that do not decompose into one of ASCII and a mark.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// slug returns a title as a name for files and IDs: lower-case ASCII letters,
// digits and single dashes, beginning with a letter. A title that has none of
// them, as in Chinese, gets the otherwise.
func slug(title, otherwise string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(letters.Replace(strings.ToLower(title))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		default:
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	s := b.String()
	if len(s) > maxSlug {
		s = s[:maxSlug]
		if cut := strings.LastIndexByte(s, '-'); cut > maxSlug/2 {
			s = s[:cut]
		}
	}
	s = strings.Trim(s, "-")
	if s == "" {
		return otherwise
	}
	if s[0] >= '0' && s[0] <= '9' {
		s = otherwise + "-" + s
	}
	return s
}

// names are the names that are taken. All are lower case, so that they are also
// apart on file systems that do not tell cases.
type names map[string]bool

// unique returns the name, or the name with the first free number behind it.
func (n names) unique(name string) string {
	free := name
	for i := 2; n[free]; i++ {
		free = name + "-" + strconv.Itoa(i)
	}
	n[free] = true
	return free
}

// baseName returns the name of a document without folder and extension.
func baseName(document string) string {
	base := path.Base(document)
	return strings.TrimSuffix(base, path.Ext(base))
}

// OutputFolder returns the folder, under the output of a whole job, for what
// becomes of the document at a path. It is readable where the path is plain; where
// two paths could fall together, a digest of the path keeps them apart.
func OutputFolder(document string) string {
	document = path.Clean("/" + document)[1:]
	parts := strings.Split(strings.TrimSuffix(document, path.Ext(document)), "/")
	for i, part := range parts {
		parts[i] = slug(part, "d")
	}
	folder := strings.Join(parts, "/")
	if folder+".docx" != document {
		sum := sha256.Sum256([]byte(document))
		folder += "-" + hex.EncodeToString(sum[:3])
	}
	return folder
}
