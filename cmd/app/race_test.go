//go:build race

package app

// crowd is how many people, or tabs of one person, press the button in the same moment: fewer, since under
// the race detector the last of many would wait longer than the server lets anybody wait.
const crowd = 32

// raced says that the race detector watches.
const raced = true
