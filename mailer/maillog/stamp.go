package maillog

import (
	"strings"
	"time"
)

// months of syslog are always English.
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// stamps reads the times of one log.
type stamps struct {
	zone *time.Location // of times that name none
	now  time.Time      // by which a year is found where none is written
}

// read takes the time from the start of a line, and gives what follows it.
func (s stamps) read(line string) (at time.Time, rest string, ok bool) {
	if len(line) < 16 {
		return at, line, false
	}
	if line[4] == '-' && line[0] >= '0' && line[0] <= '9' {
		return full(line)
	}
	month := strings.Index(months, line[:3])
	if month < 0 || month%3 != 0 || line[3] != ' ' || line[6] != ' ' || line[9] != ':' || line[12] != ':' || line[15] != ' ' {
		return at, line, false
	}
	day, hour, minute, second := number(strings.TrimPrefix(line[4:6], " ")), number(line[7:9]), number(line[10:12]), number(line[13:15])
	if day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return at, line, false
	}
	return s.dated(time.Month(month/3+1), day, hour, minute, second), line[16:], true
}

// dated finds the year: the last in which this was not to come yet. A day of grace is for clocks and zones.
func (s stamps) dated(month time.Month, day, hour, minute, second int) (at time.Time) {
	for year := s.now.In(s.zone).Year() + 1; year > s.now.Year()-9; year-- {
		at = time.Date(year, month, day, hour, minute, second, 0, s.zone)
		if at.Day() == day && !at.After(s.now.Add(24*time.Hour)) { // else it is to come, or no leap year
			break
		}
	}
	return at
}

// full reads a time with its year and zone (RFC 3339), also with a zone without colon.
func full(line string) (at time.Time, rest string, ok bool) {
	text, rest, _ := strings.Cut(line, " ")
	if len(text) > 40 {
		return at, line, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, rest, true
		}
	}
	return at, line, false
}

// number is a number of one or two digits, -1 for anything else.
func number(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if s == "" {
		return -1
	}
	return n
}
