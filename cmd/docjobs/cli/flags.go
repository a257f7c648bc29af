package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// wordFlag adds a flag that takes one of a few words, and tells the shell.
func wordFlag[S ~string](cmd *cobra.Command, value *S, name, usage string, words ...S) {
	cmd.Flags().Var(oneOf(value, words...), name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(strs(words), cobra.ShellCompDirectiveNoFileComp))
}

// oneOf returns the flag that sets value to one of the words.
func oneOf[S ~string](value *S, words ...S) *wordValue[S] { return &wordValue[S]{value, words} }

// A wordValue is a flag with a fixed set of values. It is a pflag.Value.
type wordValue[S ~string] struct {
	value *S
	words []S
}

// String implements pflag.Value.
func (w *wordValue[S]) String() string { return string(*w.value) }

// Type implements pflag.Value.
func (w *wordValue[S]) Type() string { return "WORD" }

// Set implements pflag.Value.
func (w *wordValue[S]) Set(s string) error {
	for _, word := range w.words {
		if s == string(word) {
			*w.value = word
			return nil
		}
	}
	return fmt.Errorf("it must be one of %s", strings.Join(strs(w.words), ", "))
}

// wordsFlag adds a flag that takes any of a few words, with commas between them or given
// several times, and tells the shell.
func wordsFlag[S ~string](cmd *cobra.Command, values *[]S, name, usage string, words ...S) {
	cmd.Flags().Var(&wordsValue[S]{values, words}, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(strs(words), cobra.ShellCompDirectiveNoFileComp))
}

// A wordsValue is a flag with several of a fixed set of values. It is a pflag.Value.
type wordsValue[S ~string] struct {
	values *[]S
	words  []S
}

// String implements pflag.Value.
func (w *wordsValue[S]) String() string {
	if w.values == nil {
		return ""
	}
	return strings.Join(strs(*w.values), ",")
}

// Type implements pflag.Value.
func (w *wordsValue[S]) Type() string { return "WORD" }

// Set implements pflag.Value.
func (w *wordsValue[S]) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		var word S
		if err := oneOf(&word, w.words...).Set(part); err != nil {
			return err
		}
		*w.values = append(*w.values, word)
	}
	return nil
}

func strs[S ~string](words []S) []string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = string(word)
	}
	return out
}

// A momentValue is a flag for a moment: in RFC 3339, as a day, or as a time
// before now. It is a pflag.Value.
type momentValue struct {
	t    *time.Time
	zone *time.Location
}

// String implements pflag.Value.
func (m *momentValue) String() string {
	if m.t == nil || m.t.IsZero() {
		return ""
	}
	return m.t.Format(time.RFC3339)
}

// Type implements pflag.Value.
func (m *momentValue) Type() string { return "TIME" }

// Set implements pflag.Value.
func (m *momentValue) Set(s string) error {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, m.zone); err == nil {
			*m.t = t
			return nil
		}
	}
	if days, found := strings.CutSuffix(s, "d"); found {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			*m.t = time.Now().AddDate(0, 0, -n)
			return nil
		}
	}
	ago, err := time.ParseDuration(s)
	if err != nil || ago < 0 {
		return fmt.Errorf("it must be a time such as 2026-01-31, 2026-01-31T09:30, or 24h or 7d for so long ago")
	}
	*m.t = time.Now().Add(-ago)
	return nil
}
