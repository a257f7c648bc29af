//go:build !linux

package hugo

// confine reports that this platform cannot.
func confine(_, _ []string, _ bool) (bool, error) { return false, nil }
