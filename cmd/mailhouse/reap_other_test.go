//go:build !linux

package mailhouse

func adopt() {}
func reap()  {}
