//go:build race

package store_test

// flips is how many bytes of a database are changed, one at a time: fewer, since the race detector makes
// each ten times as dear and there is nothing for it to see.
const flips = 100

const raced = true
