//go:build !race

package ledger_test

// often is by how much a test that draws is repeated less.
const often = 1
