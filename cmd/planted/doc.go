// Command planted keeps the planted bugs apart from the sources that they weaken.
//
// A planted bug is a rule left out on purpose, behind a switch, so that checks can
// be shown to notice. The sources of production have none of it. What a planted
// build has besides stands in sim/planted: one patch per directory, which puts the
// guards ("unless this bug is planted") into copies of the sources, and _files, which
// are whole (the names and the switches). "go build -overlay" then takes the copies
// in place of the sources.
//
//	planted overlay       copies and patches, and prints the path of the overlay
//	planted edit FILE...  adds copies of sources that have no guard yet
//	planted save          writes the patches anew, from what was edited in the copies
//
// So to plant a bug: overlay, edit the copies under bin/.planted, add its name in
// sim/planted/_files/core, save. Where a change of a source breaks a patch, overlay
// says which: then "git apply --reject" by hand in the copies, and save.
package main
