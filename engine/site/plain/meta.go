package plain

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Meta is the part of a front matter that has a meaning for a plain folder.
// Key names are compared without regard to case; every other key is ignored.
type Meta struct {
	// Title is the page's name: title.
	Title string
	// NavTitle is a shorter name for navigation: nav_title, linkTitle,
	// sidebar_label, short_title.
	NavTitle string
	// Description is one sentence on the page: description, summary.
	Description string
	// Weight orders the page in its folder, smaller first: weight,
	// nav_order, sort_rank, sidebar_position, order, position.
	Weight float64
	// Weighted says whether a weight was given.
	Weighted bool
	// Draft leaves the page out: draft: true, published: false.
	Draft bool
}

var (
	navTitleKeys    = []string{"nav_title", "linktitle", "sidebar_label", "short_title"}
	descriptionKeys = []string{"description", "summary"}
	weightKeys      = []string{"weight", "nav_order", "sort_rank", "sidebar_position", "order", "position"}
)

// newMeta reads what it knows from front matter; values of an unexpected
// type count as absent.
func newMeta(values map[string]any) Meta {
	keys := make(map[string]any, len(values))
	for _, k := range slices.Sorted(maps.Keys(values)) {
		keys[strings.ToLower(k)] = values[k] // the lower-case spelling sorts last and wins
	}
	m := Meta{
		Title:       scalar(keys["title"]),
		NavTitle:    firstScalar(keys, navTitleKeys),
		Description: firstScalar(keys, descriptionKeys),
		Draft:       keys["draft"] == true || keys["published"] == false,
	}
	m.Weight, m.Weighted = firstNumber(keys, weightKeys)
	return m
}

func firstScalar(values map[string]any, keys []string) string {
	for _, key := range keys {
		if s := scalar(values[key]); s != "" {
			return s
		}
	}
	return ""
}

func firstNumber(values map[string]any, keys []string) (float64, bool) {
	for _, key := range keys {
		if n, ok := number(values[key]); ok {
			return n, true
		}
	}
	return 0, false
}

// scalar gives scalars as one line of text, so that "title: 2024" is a title.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return strings.Join(strings.Fields(v), " ")
	case bool, int, int64, uint64, float64:
		b, _ := json.Marshal(v)
		return string(b)
	}
	return ""
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, v == v
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil && n == n
	}
	return 0, false
}
