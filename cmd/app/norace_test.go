//go:build !race

package app

// crowd is how many people, or tabs of one person, press the button in the same moment.
const crowd = 256

// raced says that the race detector watches.
const raced = false
