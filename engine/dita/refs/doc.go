// Package refs checks that references between DITA files lead somewhere, and that IDs
// are unique.
//
// Each file is read once, as a stream, by [Check] from the folder or by a [Checker] from
// who has it in hand; then every reference is looked up among what was found. The cost is
// linear in the size of the files, and nothing outside the folder is opened. Addresses are those of DITA 1.3, part 1, 2.3.4: file#topic,
// file#topic/element, #topic/element, #./element, and file alone for its first topic or
// for what is no topic. Keys are not resolved, and what lies beyond the folder, such as
// a web page, is not visited.
package refs
