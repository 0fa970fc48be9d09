//go:build !linux && !darwin && !freebsd

package store

import "github.com/reoptin/reoptin/campaign"

// Room is not known on this system.
func Room(string) (campaign.Room, error) { return campaign.Room{}, nil }
