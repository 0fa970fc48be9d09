// Package board holds the pages of people who work here: the frame of the dashboard, the parts that
// its pages are made of, the pages themselves, and those of the demonstration.
//
// A page takes a view model, whose words are already in the reader's language or come from the
// printer in its Frame, and whose links are already made. It decides nothing: what a person may not
// do is not in the model. Everything works without JavaScript; htmx only refreshes what is there.
//
//	frame.go, frame.templ   the document, top bar, menu, flash
//	part.go, part.templ     tables, fields, badges, bars, empty states, pages of a list
//	home, login, account, user, failure   one file each for the pages
//	demo.*                  the demonstration, with a style sheet of its own
package board
