package plain

import (
	"cmp"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rank orders an entry in its folder: by weight, then by the number before
// its name, then by name. What has no weight or number follows what has one.
type rank struct {
	weight, number float64
	name           string
}

func newRank(m Meta, name string) rank {
	r := rank{weight: math.Inf(1), number: math.Inf(1), name: name}
	if m.Weighted {
		r.weight = m.Weight
	}
	if n, _, ok := numbered(name); ok {
		r.number = n
	}
	return r
}

func (r rank) compare(other rank) int {
	return cmp.Or(cmp.Compare(r.weight, other.weight), cmp.Compare(r.number, other.number),
		natural(r.name, other.name), cmp.Compare(r.name, other.name))
}

var (
	numberPrefix = regexp.MustCompile(`^(\d{1,4})[-_. ]+(.*\pL.*)$`)
	datePrefix   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)
)

// numbered splits "01-intro" into 1 and "intro". A date is no number.
func numbered(name string) (n float64, rest string, ok bool) {
	m := numberPrefix.FindStringSubmatch(name)
	if m == nil || datePrefix.MatchString(name) {
		return 0, name, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n, m[2], err == nil
}

// natural compares without regard to case and runs of digits by value, so
// that step2 comes before step10.
func natural(a, b string) int {
	for a != "" && b != "" {
		if digits(a) > 0 && digits(b) > 0 {
			c, restA, restB := compareNumbers(a, b)
			if c != 0 {
				return c
			}
			a, b = restA, restB
			continue
		}
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if c := cmp.Compare(unicode.ToLower(ra), unicode.ToLower(rb)); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// compareNumbers compares the digits at the head of both, of any length.
func compareNumbers(a, b string) (c int, restA, restB string) {
	da, db := digits(a), digits(b)
	na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
	return cmp.Or(cmp.Compare(len(na), len(nb)), cmp.Compare(na, nb)), a[da:], b[db:]
}

// readable makes a title of a file name: "01-getting_started" becomes
// "Getting started"; names with capitals of their own keep them.
func readable(name string) string {
	_, name, _ = numbered(name)
	if !datePrefix.MatchString(name) {
		name = strings.NewReplacer("-", " ", "_", " ").Replace(name)
	}
	name = strings.Join(strings.Fields(name), " ")
	if name != "" && name == strings.ToLower(name) {
		r, size := utf8.DecodeRuneInString(name)
		name = string(unicode.ToUpper(r)) + name[size:]
	}
	return name
}
