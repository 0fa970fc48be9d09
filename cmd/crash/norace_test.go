//go:build !race && failpoint

package crash

const raced = false
