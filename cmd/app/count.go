package app

import "fmt"

// Count is a number with its noun: 1 person, 2 people.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// People is a number of people.
func People(n int) string { return Count(n, "person", "people") }
