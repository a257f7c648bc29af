// Package docx reads WordprocessingML documents (.docx) into a [Document]: the
// text, structure and pictures of a Word file as its author sees them.
package docx
