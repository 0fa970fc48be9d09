package campaign

import "time"

// Meter is told what happens, so that it can be counted. It returns at once and cannot fail: nothing hangs on
// it. Nobody is named to it; a mailbox provider is, which may be the domain of one person alone.
type Meter interface {
	Limited(perSecond float64)                  // the rate that binds the campaign whose turn it is
	Claimed(claimed, putOff int)                // by one claim
	UnderWay(n int)                             // so many deliveries more, or less, between beginning and end
	Ended(provider string, o Outcome)           // one delivery
	Beat(ends, commits int, took time.Duration) // Update and journal of so many ends and points of no return
	Answered(kind ResponseKind, granted bool)
	Shown() // a form
	CameBack(e Effect)
	ClockSet() // it jumped
	Unasked()  // somebody has a message that this database does not know to have left
}

// uncounted is the meter of a desk that has none.
type uncounted struct{}

func (uncounted) Limited(float64)              {}
func (uncounted) Claimed(int, int)             {}
func (uncounted) UnderWay(int)                 {}
func (uncounted) Ended(string, Outcome)        {}
func (uncounted) Beat(int, int, time.Duration) {}
func (uncounted) Answered(ResponseKind, bool)  {}
func (uncounted) Shown()                       {}
func (uncounted) CameBack(Effect)              {}
func (uncounted) ClockSet()                    {}
func (uncounted) Unasked()                     {}
