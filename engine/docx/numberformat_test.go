package docx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFormatNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format string
		n      int
		want   string
	}{
		{"decimal", 12, "12"}, {"decimalZero", 7, "07"}, {"decimalZero", 12, "12"}, {"none", 3, ""}, {"hex", 255, "FF"},
		{"upperRoman", 1994, "MCMXCIV"}, {"lowerRoman", 4, "iv"}, {"lowerRoman", 0, "0"}, {"lowerRoman", 40000, "40000"},
		{"lowerLetter", 1, "a"}, {"lowerLetter", 26, "z"}, {"lowerLetter", 27, "aa"}, {"upperLetter", 53, "AAA"}, {"upperLetter", 2000000000, "2000000000"}, {"lowerLetter", -1, "-1"},
		{"ordinal", 1, "1st"}, {"ordinal", 12, "12th"}, {"ordinal", 23, "23rd"}, {"ordinal", 111, "111th"},
		{"cardinalText", 0, "Zero"}, {"cardinalText", 21, "Twenty-one"}, {"cardinalText", 1100, "One thousand one hundred"},
		{"ordinalText", 1, "First"}, {"ordinalText", 20, "Twentieth"}, {"ordinalText", 22, "Twenty-second"}, {"ordinalText", 100, "One hundredth"},
		{"chicago", 1, "*"}, {"chicago", 5, "**"}, {"numberInDash", 3, "- 3 -"},
		{"decimalEnclosedCircle", 3, "③"}, {"decimalEnclosedCircle", 21, "21"}, {"decimalFullWidth", 10, "１０"},
		{"russianLower", 2, "б"}, {"hebrew1", 15, "טו"}, {"hebrew2", 2, "ב"}, {"arabicAbjad", 2, "ب"}, {"thaiNumbers", 12, "๑๒"},
		{"chineseCounting", 12, "十二"}, {"chineseCountingThousand", 105, "一百零五"}, {"japaneseCounting", 11, "十一"}, {"japaneseCounting", 110, "百十"},
		{"chineseLegalSimplified", 21, "贰拾壹"}, {"ideographDigital", 10, "一〇"}, {"ideographTraditional", 1, "甲"}, {"aiueoFullWidth", 2, "イ"}, {"ganada", 1, "가"},
		{"nonsuch", 4, "4"},
	} {
		require.Equal(t, c.want, formatNumber(c.format, "", c.n), "%s %d", c.format, c.n)
	}
	require.Equal(t, "007", formatNumber("custom", "001, 002, 003, ...", 7))
}
