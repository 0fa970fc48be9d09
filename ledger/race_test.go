//go:build race

package ledger_test

// often is by how much a test that draws is repeated less: the race detector makes each draw ten times as dear, and in
// proofs and texts there is nothing for it to see.
const often = 30
