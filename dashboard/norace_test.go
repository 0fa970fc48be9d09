//go:build !race

package dashboard_test

// raced says that the race detector watches.
const raced = false
