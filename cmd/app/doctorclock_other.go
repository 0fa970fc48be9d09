//go:build !linux

package app

// kernelSynced does not know.
func kernelSynced() (synced, known bool) { return false, false }
