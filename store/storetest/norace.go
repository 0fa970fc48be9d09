//go:build !race

package storetest

// mostRows is how many rows of a table are changed: all.
const mostRows = 1 << 30
