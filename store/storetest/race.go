//go:build race

package storetest

// mostRows is how many rows of a table are changed: some, since under the race detector each change costs
// ten times as much and there is nothing for it to see.
const mostRows = 3
