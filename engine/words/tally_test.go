package words_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/words"
)

func TestTally(t *testing.T) {
	t.Parallel()
	in, out := words.Tally{}, words.Tally{}
	in.Add("one two two three")
	out.Add("two four one four")
	require.Equal(t, 4, in.Total())
	require.Equal(t, words.Tally{"two": 1, "three": 1}, in.Without(out), "what came in does not make up for what is lost")
	require.Empty(t, in.Without(in))
}

func TestStream(t *testing.T) {
	t.Parallel()
	tally, s := words.Tally{}, words.Stream{}
	s.Write(tally, "wo")
	s.Write(tally, "rd ne")
	s.Break(tally)
	s.Write(tally, "xt")
	s.Break(tally)
	s.Break(tally)
	require.Equal(t, words.Tally{"word": 1, "ne": 1, "xt": 1}, tally)
}

func TestTallyIsBounded(t *testing.T) {
	t.Parallel()
	tally := words.Tally{}
	tally.Add(strings.Repeat("x", 1000))
	for word := range tally {
		require.Len(t, word, 100)
	}
	var many strings.Builder
	for i := range 1<<20 + 100 {
		fmt.Fprintf(&many, "w%d ", i)
	}
	tally.Add(many.String())
	require.Equal(t, 1<<20+101, tally.Total())
	require.LessOrEqual(t, len(tally), 1<<20+1)
}
