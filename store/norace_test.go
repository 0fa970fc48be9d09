//go:build !race

package store_test

// flips is how many bytes of a database are changed, one at a time.
const flips = 1000

const raced = false
