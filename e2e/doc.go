// Package e2e holds the tests that need the real engine: the embedded Temporal
// server, and the whole program as a user runs it. They are apart from the
// packages that they test because linking the engine takes long.
package e2e
