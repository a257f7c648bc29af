package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Forms of what differs from run to run, in the order in which they are looked for.
const (
	jobForm      = `(?:publish|convert|rollback|resubmit|probe)-[0-9a-hjkmnp-tv-z]{16}`
	deliveryForm = `msg_[a-z2-7]{26}`
	digestForm   = `sha256:[0-9a-f]{8,64}…?`
	timeForm     = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`
	hexForm      = `\b[0-9a-f]{64}\b|\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b|\b[0-9a-f]{4,16}…`
	base64Form   = `:[A-Za-z0-9+/]{43}=:`
	numberForm   = `\b[0-9]+(?:[.:-][0-9]+)*(?: (?:ms|s|min|h|bytes|B|kB|MB)\b)?`
)

// placeholder finds what stands on a page for something of a run.
var placeholder = regexp.MustCompile(strings.Join([]string{
	jobForm, deliveryForm, digestForm, timeForm, hexForm, base64Form, numberForm, `…`, `\s+`}, "|"))

var nameForm = regexp.MustCompile(`^(?:` + jobForm + `|` + deliveryForm + `|` + digestForm + `)$`)

// isName is whether a placeholder means the same wherever it stands on the page.
func isName(text string) bool { return nameForm.MatchString(text) }

// form is what a placeholder stands for, as a regular expression. Numbers of one digit
// count something and stand for themselves.
func form(text string) string {
	kind, _, _ := strings.Cut(text, "-")
	switch {
	case text == "…":
		return `.*`
	case strings.TrimSpace(text) == "":
		return `\s+`
	case regexp.MustCompile(`^` + jobForm + `$`).MatchString(text):
		return kind + `-[0-9a-hjkmnp-tv-z]{16}`
	case strings.HasPrefix(text, "msg_"):
		return deliveryForm
	case strings.HasPrefix(text, "sha256:"):
		return `sha256:[0-9a-f]{64}`
	case regexp.MustCompile(`^(?:` + timeForm + `)$`).MatchString(text):
		return timeForm
	case regexp.MustCompile(`^[0-9a-f]{4,16}…$`).MatchString(text):
		return `[0-9a-f]{64}`
	case regexp.MustCompile(`^(?:` + hexForm + `)$`).MatchString(text):
		return fmt.Sprintf(`[0-9a-f]{%d}`, len(text))
	case strings.HasPrefix(text, ":"):
		return base64Form
	case len(text) == 1:
		return text
	default:
		return numberForm
	}
}

// same is whether a text of the page says what the program says. A name that the page
// has not used before is from then on the one that the program says.
func (s *scene) same(documented, printed string) bool {
	documented = s.put(documented)
	var pattern strings.Builder
	var unknown []string
	at := 0
	for _, found := range placeholder.FindAllStringIndex(documented, -1) {
		text := documented[found[0]:found[1]]
		pattern.WriteString(regexp.QuoteMeta(documented[at:found[0]]))
		at = found[1]
		switch known := s.real[text]; {
		case known != "":
			pattern.WriteString(regexp.QuoteMeta(known))
		case isName(text):
			unknown = append(unknown, text)
			pattern.WriteString("(" + form(text) + ")")
		default:
			pattern.WriteString("(?:" + form(text) + ")")
		}
	}
	pattern.WriteString(regexp.QuoteMeta(documented[at:]))
	matched := regexp.MustCompile(`(?s)^` + pattern.String() + `$`).FindStringSubmatch(printed)
	if matched == nil {
		return false
	}
	for i, name := range unknown {
		if s.real[name] != "" && s.real[name] != matched[i+1] {
			return false
		}
		s.real[name] = matched[i+1]
	}
	return true
}

// checkPrinted checks that the lines of an example, and no others, were printed. For a
// line "…" there may be any number of lines.
func (s *scene) checkPrinted(e example, out string) {
	s.t.Helper()
	if e.printed == nil {
		return
	}
	printed, gap := texts(strings.Split(out, "\n")), false
	for _, line := range texts(e.printed) {
		if line == "…" {
			gap = true
			continue
		}
		for gap && len(printed) > 0 && !s.sameLine(line, printed[0]) {
			printed = printed[1:]
		}
		if !assert.True(s.t, len(printed) > 0 && s.sameLine(line, printed[0]), "%v\ndoes not print %q where the page says so, but:\n%s", e, line, out) {
			return
		}
		printed, gap = printed[1:], false
	}
	assert.True(s.t, gap || len(printed) == 0, "%v\nprints more than the page says:\n%s", e, out)
}

// sameLine is same of a line, which may be JSON, also as an event of a stream.
func (s *scene) sameLine(documented, printed string) bool {
	want, got := strings.TrimPrefix(documented, "data: "), strings.TrimPrefix(printed, "data: ")
	if !strings.HasPrefix(want, "{") || len(documented)-len(want) != len(printed)-len(got) {
		return s.same(documented, printed)
	}
	return s.sameJSON(want, got) == nil
}

// texts are the lines that are not blank, without spaces around them.
func texts(lines []string) (found []string) {
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

// checkAnswer checks an answer that curl has printed: status, headers and body.
func (s *scene) checkAnswer(e example, out outcome) {
	s.t.Helper()
	assert.Zero(s.t, out.code, "%v: %s", e, out.err)
	code, found := strings.CutPrefix(strings.TrimSpace(out.err), "HTTP ")
	require.True(s.t, found, "%v: %s", e, out.err)
	status, err := strconv.Atoi(code)
	require.NoError(s.t, err)

	documented, printed := strings.Join(e.printed, "\n"), strings.ReplaceAll(out.out, "\r\n", "\n")
	want := http.StatusOK
	if strings.HasPrefix(documented, "HTTP/") {
		var wantHead, gotHead string
		wantHead, documented, _ = strings.Cut(documented, "\n\n")
		gotHead, printed, _ = strings.Cut(printed, "\n\n")
		want = s.checkHead(e, strings.Split(wantHead, "\n"), strings.Split(gotHead, "\n"))
	} else if problem := regexp.MustCompile(`"type":"/problems/[^}]*?"status":(\d+)`).FindStringSubmatch(documented); problem != nil {
		want, err = strconv.Atoi(problem[1])
		require.NoError(s.t, err)
	}
	assert.Equal(s.t, want, status, "%v\n%s", e, out.out)
	switch {
	case e.printed == nil:
	case strings.HasPrefix(strings.TrimSpace(documented), "{"):
		assert.NoError(s.t, s.sameJSON(documented, printed), "%v\n%s", e, printed)
	default:
		s.checkPrinted(example{page: e.page, line: e.line, script: e.script, printed: strings.Split(documented, "\n")}, printed)
	}
}

// checkHead checks the documented headers of an answer, and returns the status that is
// documented.
func (s *scene) checkHead(e example, documented, printed []string) int {
	s.t.Helper()
	_, status, _ := strings.Cut(documented[0], " ")
	assert.Equal(s.t, documented[0], strings.TrimSpace(printed[0]), "%v", e)
	for _, line := range documented[1:] {
		name, _, _ := strings.Cut(line, ":")
		found := false
		for _, got := range printed[1:] {
			if gotName, _, _ := strings.Cut(got, ":"); strings.EqualFold(name, gotName) {
				found = found || s.same(line, got)
			}
		}
		assert.True(s.t, found, "%v\nhas no header %q but\n%s", e, line, strings.Join(printed, "\n"))
	}
	number, err := strconv.Atoi(strings.Fields(status)[0])
	require.NoError(s.t, err)
	return number
}

// sameJSON compares JSON of the page, which may leave out something with "…", with what
// the program answers: one value, or several one after the other.
func (s *scene) sameJSON(documented, printed string) error {
	want, err := values(whole(documented))
	if err != nil {
		return fmt.Errorf("the page shows no JSON: %w:\n%s", err, whole(documented))
	}
	got, err := values(printed)
	if err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	return s.sameValue("answer", want, got)
}

func values(text string) (all []any, err error) {
	for decoder := json.NewDecoder(strings.NewReader(text)); ; {
		var value any
		if err = decoder.Decode(&value); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, value)
	}
}

// whole makes JSON of JSON with "…" between values: a member "…" of an object, a value
// "…" of an array.
func whole(text string) string {
	var out strings.Builder
	var inside []rune
	quoted, escaped := false, false
	runes := []rune(text)
	for i, r := range runes {
		if quoted {
			out.WriteRune(r)
			quoted, escaped = r != '"' || escaped, r == '\\' && !escaped
			continue
		}
		switch r {
		case '"':
			quoted = true
		case '{', '[':
			inside = append(inside, r)
		case '}', ']':
			inside = inside[:max(0, len(inside)-1)]
		case '…':
			out.WriteString(`"…"`)
			if len(inside) > 0 && inside[len(inside)-1] == '{' {
				out.WriteString(`:"…"`)
			}
			if next := strings.TrimSpace(string(runes[i+1:])); next != "" && !strings.ContainsAny(next[:1], "]},") {
				out.WriteRune(',')
			}
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// sameValue compares a value of the page. Objects may have more members than the page
// shows, as clients must expect; arrays have as many values, unless the page ends with
// "…". Numbers of several digits differ from run to run.
func (s *scene) sameValue(path string, documented, printed any) error {
	differs := fmt.Errorf("%s is %v on the page and %v in the answer", path, documented, printed)
	switch want := documented.(type) {
	case map[string]any:
		got, ok := printed.(map[string]any)
		if !ok {
			return differs
		}
		for name, value := range want {
			if name == "…" {
				continue
			}
			member, ok := got[name]
			if !ok {
				return fmt.Errorf("%s has no member %s in the answer", path, name)
			}
			if err := s.sameValue(path+"."+name, value, member); err != nil {
				return err
			}
		}
		return nil
	case []any:
		got, ok := printed.([]any)
		if !ok {
			return differs
		}
		if more := len(want) > 0 && want[len(want)-1] == "…"; more {
			want = want[:len(want)-1]
			got = got[:min(len(got), len(want))]
		}
		if len(want) != len(got) {
			return fmt.Errorf("%s has %d values on the page and %d in the answer", path, len(want), len(got))
		}
		for i := range want {
			if err := s.sameValue(fmt.Sprintf("%s[%d]", path, i), want[i], got[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if got, ok := printed.(string); ok && s.same(want, got) {
			return nil
		}
	case float64:
		if got, ok := printed.(float64); ok && (got == want || want >= 10 && !strings.HasSuffix(path, ".status")) {
			return nil
		}
	default:
		if printed == documented {
			return nil
		}
	}
	return differs
}

// What a page says and a program does not is found.
func TestExamplesAreComparedWithWhatIsPrinted(t *testing.T) {
	t.Parallel()
	compared := func(documented, printed string) error {
		return (&scene{t: t, address: "127.0.0.1:1", data: "/data", real: map[string]string{}}).sameJSON(documented, printed)
	}
	one, two := "probe-"+strings.Repeat("1", 16), "probe-"+strings.Repeat("2", 16)
	for documented, printed := range map[string]string{
		`{"a":1,…}`:                                `{"a":1,"b":2}`,
		`{"a":[1,…],…  "b":2}`:                     `{"a":[1,2,3],"b":2}`,
		`{"a":"…","b":"x…"}`:                       `{"a":"q","b":"xy"}`,
		`{"bytes":272}`:                            `{"bytes":1000}`,
		`{"id":"` + one + `"}{"id":"` + one + `"}`: `{"id":"` + two + `"}{"id":"` + two + `"}`,
		`{"at":"2026-11-23T23:51:43.14Z"}`:         `{"at":"2020-01-01T00:00:00Z"}`,
	} {
		require.NoError(t, compared(documented, printed), documented)
	}
	for documented, printed := range map[string]string{
		`{"a":1}`:         `{"a":2}`,
		`{"a":1,"b":1}`:   `{"a":1}`,
		`{"a":[1]}`:       `{"a":[1,2]}`,
		`{"a":[1,2,…]}`:   `{"a":[1]}`,
		`{"a":"2 links"}`: `{"a":"3 links"}`,
		`{"status":404}`:  `{"status":409}`,
		`{"a":"x…"}`:      `{"a":"y"}`,
		`{"a":true}`:      `{"a":false}`,
		`{"a":{}}`:        `{"a":"…"}`,
		`{"id":"` + one + `"}{"id":"` + one + `"}`: `{"id":"` + one + `"}{"id":"` + two + `"}`,
		`{"at":"2026-11-23T23:51:43.14Z"}`:         `{"at":"yesterday"}`,
		`{"a":1`:                                   `{"a":1}`,
	} {
		require.Error(t, compared(documented, printed), documented)
	}
}
