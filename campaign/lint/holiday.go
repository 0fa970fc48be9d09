package lint

import "time"

// Days on which nobody answers a question: public holidays of a whole country. Those of regions are left out, for a
// warning about a day on which most people work would teach others to pass over it.

// fixed are holidays on the same day each year, by country: month and day.
var fixed = map[string][][2]int{
	"FR": {{5, 1}, {5, 8}, {7, 14}, {8, 15}, {11, 1}, {11, 11}, {12, 25}}, "BE": {{5, 1}, {7, 21}, {8, 15}, {11, 1}, {11, 11}, {12, 25}},
	"LU": {{5, 1}, {5, 9}, {6, 23}, {8, 15}, {11, 1}, {12, 25}, {12, 26}}, "CH": {{8, 1}, {12, 25}},
	"DE": {{5, 1}, {10, 3}, {12, 25}, {12, 26}}, "AT": {{1, 6}, {5, 1}, {8, 15}, {10, 26}, {11, 1}, {12, 8}, {12, 25}, {12, 26}},
	"ES": {{1, 6}, {5, 1}, {8, 15}, {10, 12}, {11, 1}, {12, 6}, {12, 8}, {12, 25}},
	"IT": {{1, 6}, {4, 25}, {5, 1}, {6, 2}, {8, 15}, {11, 1}, {12, 8}, {12, 25}, {12, 26}},
	"NL": {{4, 27}, {12, 25}, {12, 26}}, "PT": {{4, 25}, {5, 1}, {6, 10}, {8, 15}, {10, 5}, {11, 1}, {12, 1}, {12, 8}, {12, 25}},
	"GB": {{12, 25}, {12, 26}}, "IE": {{3, 17}, {12, 25}, {12, 26}},
}

// movable are holidays by their distance from Easter Sunday.
var movable = map[string][]int{
	"FR": {1, 39, 50}, "BE": {1, 39, 50}, "LU": {1, 39, 50}, "CH": {39}, "DE": {-2, 1, 39, 50}, "AT": {1, 39, 50, 60}, "ES": {-2},
	"IT": {1}, "NL": {1, 39, 50}, "PT": {-2, 60}, "GB": {-2}, "IE": {1},
}

// Holiday says whether a day is a public holiday in a whole country.
func Holiday(country string, day time.Time) bool {
	days, known := fixed[country]
	if !known {
		return false
	}
	year, month, d := day.Date()
	if month == time.January && d == 1 {
		return true
	}
	for _, f := range days {
		if int(month) == f[0] && d == f[1] {
			return true
		}
	}
	for _, after := range movable[country] {
		if dayOf(day).Equal(easter(year).AddDate(0, 0, after)) {
			return true
		}
	}
	return false
}

// easter is Easter Sunday of a year in the Gregorian calendar.
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
