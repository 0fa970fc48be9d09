// Package schedule says when things may happen and makes them happen: sending windows, rates, and
// a table of recurring jobs on top of robfig/cron. It knows nothing of what the jobs do.
//
//	window.go     "Mon-Sat 08:00-20:00": is it open, when does it open next
//	rate.go       "600/min"
//	spec.go       cron specifications, minus those that the library gets wrong
//	scheduler.go  runs jobs: never twice at once, never past their timeout, never fatal
//
// A Scheduler reads every specification in UTC. Local time has nights with a missing and nights
// with a repeated hour, and the library skips a job in the one and runs it twice in the other; what
// people experience as local time is the Window's business, which knows both nights.
package schedule
