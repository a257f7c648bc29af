// Package convert turns Word documents into DITA: a map, topics and pictures
// for each document, with a report of what was kept.
package convert
