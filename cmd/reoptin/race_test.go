//go:build race

package main

// raced says that the race detector watches. Under it a process costs ten times as much, so that only
// the scripts run in which something happens at the same time.
const raced = true
