// Package crash holds no program: its tests kill one. They build the real reoptin with its failpoints,
// let it send to a mail server that misbehaves, end it at every mark between what is durable and what is
// not, and hold what it believes against what the mail server remembers.
//
// The tests need the build tag failpoint, and those of power cuts need strace:
//
//	go test -tags failpoint ./cmd/crash
//
// REOPTIN_KILLS sets how often TestKills kills, REOPTIN_KILL_SEED repeats one of its installations, REOPTIN_ROUNDS how
// often TestFourSenders has four at once, REOPTIN_IMAGES how many images of the disk the tests of power cuts look at,
// and REOPTIN_SWEEP=all lets TestEveryCallFailsOnce try every number of a call.
package crash
