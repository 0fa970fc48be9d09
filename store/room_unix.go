//go:build linux || darwin || freebsd

package store

import (
	"fmt"
	"path/filepath"
	"syscall"

	"github.com/reoptin/reoptin/campaign"
)

// Room is what the disk of a file has left for users who are not root.
func Room(path string) (campaign.Room, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return campaign.Room{}, fmt.Errorf("ask how much room the disk of %s has: %w", path, err)
	}
	block := uint64(s.Bsize)
	return campaign.Room{Free: uint64(s.Bavail) * block, Total: uint64(s.Blocks) * block}, nil
}
