// Package board holds the pages of the marketer and of the demonstration: the demo's start page
// and the inbox of its catch-all mail server. The pages speak English; what recipients see speaks
// theirs.
package board
