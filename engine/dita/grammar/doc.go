// Package grammar validates DITA against the official grammar, by programs that are
// installed beside docjobs: it holds neither a grammar nor a validator.
//
// [Detect] looks for what there is. Best is jing, which validates thousands of
// topics in one process against RELAX NG. That comes from a folder that the operator
// names, or is made by trang, once, of the DTDs that the package dita-ot installs.
// Without one of them xmllint validates against the DTDs themselves, without columns.
// Without that there is no validator, and what was not validated must be called so.
//
// The programs see copies of the documents that have no document type declaration,
// so that nothing that a document says makes them fetch anything. They run in a
// process group that ends with the context, with bounds on time and output.
//
// IDs are not checked here: a grammar can tell only those of topics, the one per file
// that a topic has by the way it is written. Package refs checks all of them. Jing gets
// the option -i for that reason: grammars made of the DTDs give the attribute id another
// type in topics than elsewhere, which its ID check refuses to work with.
package grammar
