// Package intake receives mail. Here is a small catch-all server for the demo: it takes every message
// that fits its limits and holds the newest in memory, so that a newcomer sees what people would get.
// It relays nothing and should listen on loopback only.
package intake
