package convert

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/docx"
	"github.com/docjobs/docjobs/engine/words"
)

func TestABuilderStopsWithinATopicWhenTimeIsOver(t *testing.T) {
	t.Parallel()
	left := func(ctx context.Context) []Warning {
		c := &conversion{ctx: ctx, styles: Default(), droppedWords: words.Tally{}}
		b := &builder{conversion: c, topic: &topic{}}
		b.blocks([]docx.Block{&docx.Paragraph{Generated: "a table of contents", Content: []docx.Inline{&docx.Text{Text: "a"}}}}, place{})
		return c.notes
	}
	require.Len(t, left(t.Context()), 1)
	over, end := context.WithCancel(t.Context())
	end()
	require.Empty(t, left(over))
}
