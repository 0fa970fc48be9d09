//go:build race && failpoint

package crash

// raced says that the race detector watches the test; the program it drives is built without. Fewer
// cycles are enough then: what the detector is to see happens in each.
const raced = true
