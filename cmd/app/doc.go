// Package app ties the house together: it reads files, opens keys, database and journal, joins the
// packages that may not know each other, holds the table of jobs and runs the demo. Everything a
// command does is a method of App; the commands only read flags and print.
package app
