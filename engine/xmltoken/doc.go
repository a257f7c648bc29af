// Package xmltoken reads XML as a stream of tags and texts, fast and strictly: what is
// not well-formed is an error with its line.
//
// It reads XML 1.0 (fifth edition) with Namespaces in XML 1.0 (third edition) as
// encoding/xml does, and refuses what that refuses; a fuzz test holds it to that. It is
// several times faster, because names are resolved once and nothing else is copied:
// texts and values are slices of its buffer. It differs where formats gain by it:
//
//   - Names come as one string, with the prefix that the reader of a format knows a
//     namespace by, whatever prefix the file has for it. Declarations of namespaces are
//     no attributes; comments and processing instructions are passed over.
//   - Names may have the characters of the fifth edition (2.3), which are more than
//     encoding/xml lets through.
//   - UTF-16 is told by its first bytes (appendix F.1), and other encodings are read by
//     their declaration (4.3.3).
//   - The sizes of tokens and the nesting of elements are bounded.
//
// Like encoding/xml it finds where a document type declaration ends but does not read it,
// so that there are no entities but the five predefined ones (4.6), and it does not mind
// an attribute that is there twice, or more than one root. Who reads a format decides.
package xmltoken
