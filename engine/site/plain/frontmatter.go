package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	yamlerrors "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
	"go.yaml.in/yaml/v3"
)

// frontMatter is the block of metadata at the head of a file.
type frontMatter struct {
	values map[string]any
	// bodyStart is the offset of the Markdown after the block; bodyLine its
	// line, from 1.
	bodyStart, bodyLine int
}

// fault is a DocumentError before its path is known.
type fault struct {
	line         int
	problem, fix string
}

func (f *fault) Error() string { return f.problem }

const maxFrontMatter = 64 << 10

// splitFrontMatter reads a YAML (---), TOML (+++) or JSON ({) block as Hugo,
// Jekyll and MkDocs write it. A rule at the top of a page is no front matter:
// the line after the fence must not be blank and the block must be closed.
func splitFrontMatter(src []byte) (frontMatter, error) {
	first, rest := cutLine(src)
	switch fence := string(bytes.TrimRight(first, " \t")); {
	case fence == "---" || fence == "+++":
		return fenced(src, rest, fence)
	case fence == "{" || strings.HasPrefix(fence, `{"`):
		return jsonBlock(src)
	}
	return frontMatter{bodyLine: 1}, nil
}

// cutLine splits after the first line; the line comes without its ending.
func cutLine(src []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(src, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

var keyLine = regexp.MustCompile(`^[A-Za-z_][\w-]*\s*[:=]`)

func fenced(src, rest []byte, fence string) (frontMatter, error) {
	head, _ := cutLine(rest)
	block, after, lines, closed := untilFence(rest, fence)
	looksLike := keyLine.Match(head)
	switch {
	case !closed && looksLike:
		return frontMatter{}, &fault{1, "the front matter opened here is never closed",
			"add a line with " + fence + " after it"}
	case !closed || len(bytes.TrimSpace(head)) == 0 && fence == "---" && !anyKey(block):
		return frontMatter{bodyLine: 1}, nil
	case len(block) > maxFrontMatter:
		return frontMatter{}, &fault{1, fmt.Sprintf("the front matter is larger than %d bytes", maxFrontMatter), "shorten it"}
	}
	values, err := decodeBlock(block, fence)
	if err != nil {
		return frontMatter{}, err
	}
	if values == nil && len(bytes.TrimSpace(block)) > 0 && !looksLike {
		return frontMatter{bodyLine: 1}, nil
	}
	return frontMatter{values: values, bodyStart: len(src) - len(after), bodyLine: lines + 2}, nil
}

func anyKey(block []byte) bool {
	for line := range bytes.Lines(block) {
		if keyLine.Match(line) {
			return true
		}
	}
	return false
}

// untilFence finds the closing fence; lines counts from the opening one.
func untilFence(rest []byte, fence string) (block, after []byte, lines int, closed bool) {
	pos := 0
	for line := range bytes.Lines(rest) {
		lines++
		if string(bytes.TrimRight(line, " \t\r\n")) == fence {
			return rest[:pos], rest[pos+len(line):], lines, true
		}
		pos += len(line)
	}
	return rest, nil, lines, false
}

func decodeBlock(block []byte, fence string) (map[string]any, error) {
	if fence == "+++" {
		return decodeTOML(block)
	}
	var value any
	if err := yaml.Unmarshal(block, &value); err != nil {
		return nil, yamlFault(block, err)
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	case string:
		return nil, nil // text between two rules
	}
	return nil, &fault{2, "the front matter is no list of keys and values", `write it as "key: value" lines`}
}

const fixFrontMatter = "repair it, or remove the block"

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlFault makes a fault of the decoder's error. The decoder is the one that
// withstands nests of aliases; the lines in its messages are often one off,
// so another parser is asked for the place first.
func yamlFault(block []byte, err error) *fault {
	message := firstLine(err.Error())
	line := 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		line, _ = strconv.Atoi(m[1])
	}
	message, _, _ = strings.Cut(message, ": map[") // Go's view of a wrong key helps no writer
	if exact := yamlErrorLine(block); exact > 0 {
		line = exact
	}
	return &fault{max(line, 1) + 1, "the front matter is not valid YAML: " + message, fixFrontMatter}
}

// yamlErrorLine is the line of the first syntax error, 0 if there is none.
func yamlErrorLine(block []byte) (line int) {
	defer func() {
		if recover() != nil { // a parser's bug must not hide the fault found before
			line = 0
		}
	}()
	_, err := parser.ParseBytes(block, 0)
	var syntax yamlerrors.Error
	if errors.As(err, &syntax) {
		if token := syntax.GetToken(); token != nil && token.Position != nil {
			return token.Position.Line
		}
	}
	return 0
}

func decodeTOML(block []byte) (map[string]any, error) {
	var values map[string]any
	_, err := toml.Decode(string(block), &values)
	if err == nil {
		return values, nil
	}
	line, message := 2, firstLine(err.Error())
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		line, message = syntax.Position.Line+1, syntax.Message
	}
	return nil, &fault{line, "the front matter is not valid TOML: " + message, fixFrontMatter}
}

func jsonBlock(src []byte) (frontMatter, error) {
	head := src[:min(len(src), maxFrontMatter)]
	decoder := json.NewDecoder(bytes.NewReader(head))
	var values map[string]any
	if err := decoder.Decode(&values); err != nil {
		line := 1
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line += bytes.Count(head[:min(int(syntax.Offset), len(head))], []byte("\n"))
		}
		return frontMatter{}, &fault{line, "the front matter is not valid JSON: " + err.Error(), fixFrontMatter}
	}
	end := int(decoder.InputOffset())
	tail, after := cutLine(src[end:])
	if len(bytes.TrimSpace(tail)) == 0 {
		end = len(src) - len(after)
	}
	return frontMatter{values: values, bodyStart: end, bodyLine: 1 + bytes.Count(src[:end], []byte("\n"))}, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
