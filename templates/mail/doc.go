// Package mail draws the message that asks once: an HTML part and a text part that say the same. The
// layout sets the links, the questions, the block to object and all that the law wants said; the
// author's words stand above. There is no image, no remote resource and no script, and nothing
// depends on styles: a program that drops them shows plain paragraphs in the same order.
//
// What is personal stays in place as {{name}}; whoever sends a message fills it in. The words of the
// layout stand in words_xx.go, one file per language.
package mail
