package convert

// A StyleMap says what becomes of the styles of a document.
type StyleMap struct{}
