package words_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/words"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                      nil,
		"Don't stop, 3.5 times": {"Don't", "stop", "3", "5", "times"},
		"naïve Ωmega":           {"naïve", "Ωmega"},
		"漢字 and かな":             {"漢", "字", "and", "か", "な"},
		" … — • ":               nil,
		"co\u00ADoperate":       {"co\u00ADoperate"},
		"한국어 문서":                {"한국어", "문서"},
	} {
		var got []string
		words.Each(text, func(w string) { got = append(got, w) })
		require.Equal(t, want, got, text)
		require.Equal(t, len(want), words.Count(text))
	}
}

func FuzzEach(f *testing.F) {
	f.Add("a'b 漢 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		total := 0
		words.Each(text, func(w string) {
			require.NotEmpty(t, w)
			require.True(t, !utf8.ValidString(text) || utf8.ValidString(w))
			total += len(w)
		})
		require.LessOrEqual(t, total, len(text))
	})
}
