// Package dita writes DITA: topics, maps, and what stands in them, as a small tree
// of elements that is serialised the same way every time.
//
// A [Document] is a topic or a map with the identifier of its grammar; [Element]
// and [Text] are what it is made of. The package knows how DITA documents are
// written, not how they are thought up: that is the business of who builds the tree.
//
// Source: OASIS Darwin Information Typing Architecture (DITA) Version 1.2 and 1.3.
package dita
