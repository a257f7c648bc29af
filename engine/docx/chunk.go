package docx

// chunk reads a w:altChunk (ECMA-376-1, 17.17.2.1): another file, which Word takes
// into the document when it opens it.
func (s *story) chunk(k *sink, e element) {
	s.find("alt-chunk", "the document includes content of another format, which is not read")
	_ = k
	_ = e
}
