package grammar

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	f, ok := parseJing(`/tmp/x/000001.xml:2:86: error: element "bad" not allowed here`)
	require.True(t, ok)
	require.Equal(t, Finding{File: "/tmp/x/000001.xml", Line: 2, Column: 86, Message: `element "bad" not allowed here`}, f)
	f, ok = parseXMLLint(`000001.xml:5: element conbody: validity error : Element conbody content does not follow the DTD`)
	require.True(t, ok)
	require.Equal(t, Finding{File: "000001.xml", Line: 5, Message: "Element conbody content does not follow the DTD"}, f)
	for _, line := range []string{"", "Document 000001.xml does not validate", "Picked up JAVA_TOOL_OPTIONS: x"} {
		_, ok = parseJing(line)
		require.False(t, ok, line)
		_, ok = parseXMLLint(line)
		require.False(t, ok, line)
	}
}

// What a program is given has no declaration, and every line is where it was.
func FuzzUndeclare(f *testing.F) {
	f.Add([]byte("<?xml version='1.0'?>\n<!DOCTYPE a PUBLIC 'x'\n 'y'><a/>"))
	f.Add([]byte("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"))
	f.Add([]byte("<a><!-- <!DOCTYPE --></a>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		before := bytes.Clone(content)
		root, fault := undeclare(content)
		require.Equal(t, root == "", fault != nil)
		require.Len(t, content, len(before))
		require.Equal(t, bytes.Count(before, []byte("\n")), bytes.Count(content, []byte("\n")))
		if fault != nil {
			require.NotEmpty(t, fault.Message)
			return
		}
		again, fault := undeclare(content)
		require.Nil(t, fault)
		require.Equal(t, root, again)
	})
}
