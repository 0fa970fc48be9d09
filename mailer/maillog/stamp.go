package maillog

import (
	"strings"
	"time"
)

// months as they stand before a time, in small letters and without a dot. Those of syslog are English; journalctl writes them in the
// language of whoever calls it.
var months = func() map[string]time.Month {
	names := map[string]time.Month{}
	for n, all := range []string{"jan janv ene gen", "feb févr fev", "mar mars mär märz mrt", "apr avril abr", "may mai mei mag", "jun juin juni giu",
		"jul juil juli lug", "aug août ago", "sep sept set sett", "oct okt ott out", "nov", "dec déc dez dic"} {
		for name := range strings.FieldsSeq(all) {
			names[name] = time.Month(n + 1)
		}
	}
	return names
}()

// longestMonth is how many octets a name has at most, with its dot.
const longestMonth = 8

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
	name, _, _ := strings.Cut(line[:min(len(line), longestMonth+1)], " ")
	month, known := months[strings.ToLower(strings.TrimSuffix(name, "."))]
	if !known {
		return at, line, false
	}
	rest = line[len(name)+1:]
	if len(rest) < 12 || rest[2] != ' ' || rest[5] != ':' || rest[8] != ':' {
		return at, line, false
	}
	day, hour, minute, second := number(strings.TrimPrefix(rest[:2], " ")), number(rest[3:5]), number(rest[6:8]), number(rest[9:11])
	if day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return at, line, false
	}
	fraction, rest, ok := strings.Cut(rest[11:], " ") // journalctl may write one
	if !ok || fraction != "" && (fraction[0] != '.' || strings.Trim(fraction[1:], "0123456789") != "") {
		return at, line, false
	}
	return s.dated(month, day, hour, minute, second), rest, true
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
