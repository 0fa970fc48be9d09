// Package archtest holds the tests that keep the plan of the house: who may import whom, where each
// library lives, what must never be linked into the program, and how long a function may get. It has
// no code of its own. The tables are in table_test.go; docs/architecture.md explains them.
package archtest
