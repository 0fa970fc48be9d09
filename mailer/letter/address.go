package letter

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

//go:embed country.tsv
var countryTable string

// country is how addresses are written in it, and what it is called.
type country struct {
	format string
	names  map[string]string // by language
}

const defaultFormat = "%N%n%O%n%A%n%Z %C"

// countries is read when a letter is first written: most processes write none.
var countries = sync.OnceValue(func() map[string]country { return readCountries(countryTable) })

// readCountries reads the table. Its first line names the columns.
func readCountries(table string) map[string]country {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	languages := strings.Split(lines[0], "\t")[2:]
	out := make(map[string]country, len(lines))
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		c := country{cells[1], map[string]string{}}
		for n, l := range languages {
			c.names[l] = cells[2+n]
		}
		out[cells[0]] = c
	}
	return out
}

// postcodeNeeded are the countries where no letter should be posted without one.
var postcodeNeeded = strings.Fields("AD AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IS IT JP LI LT LU LV MC MT NL NO NZ PL PT RO SE SI SK SM US VA")

// spoken is the language in which a post office reads the name of another country.
var spoken = map[string]string{"FR": "fr", "MC": "fr", "LU": "fr", "BE": "fr", "CH": "fr", "DE": "de", "AT": "de", "LI": "de", "ES": "es", "MX": "es", "AR": "es", "CO": "es", "CL": "es",
	"IT": "it", "SM": "it", "VA": "it", "NL": "nl", "PT": "pt", "BR": "pt"}

var (
	field       = expression.Of(`%[A-Z]`)
	prefixed    = expression.Of(`[A-Z]{1,3}-?%Z`) // CH-%Z: nothing of it stands without a postcode
	dangling    = " ,-/"
	manyBlanks  = expression.Of(` {2,}`)
	beforeComma = expression.Of(` +,`)
)

// addressOf writes the address of an invitation by post as it is written in its country, and names the country where that
// is not the sender's. A line that must be there and is not is fault.Invalid.
func addressOf(v campaign.Values, home string) ([]string, error) {
	code := v[campaign.ValueCountry]
	if missing := lacks(v, code); len(missing) > 0 {
		return nil, fault.New(fault.Invalid, "letter.address", "the postal address lacks {parts}", "parts", strings.Join(missing, ", ")).At("letter.addressOf")
	}
	format := defaultFormat
	if known, ok := countries()[code]; ok {
		format = known.format
	}
	if v[campaign.ValuePostcode] == "" {
		format = prefixed.ReplaceAllString(format, "%Z")
	}
	parts := map[string]string{"%N": joined(v["title"], v["first_name"], v["last_name"]), "%O": v["company"],
		"%A": strings.Trim(v[campaign.ValueLine1]+"\n"+v[campaign.ValueLine2], "\n"), "%C": v[campaign.ValueCity], "%Z": v[campaign.ValuePostcode], "%S": v[campaign.ValueRegion]}
	if v["first_name"]+v["last_name"] == "" {
		parts["%N"] = ""
	}
	if city := v[campaign.ValueCity]; !strings.Contains(format, "%C") && !strings.EqualFold(city, parts["%S"]) {
		parts["%S"] = strings.Trim(city+", "+parts["%S"], dangling) // the table takes it for known from the region, which bases seldom have
	}
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(format, "%n", "\n"), "\n") {
		filled := field.ReplaceAllStringFunc(line, func(f string) string { return parts[f] })
		for part := range strings.SplitSeq(filled, "\n") {
			part = beforeComma.ReplaceAllString(manyBlanks.ReplaceAllString(part, " "), ",")
			if part = strings.Trim(part, dangling); part != "" {
				lines = append(lines, part)
			}
		}
	}
	if code != home && code != "" {
		lines = append(lines, nameOf(code, home))
	}
	return lines, nil
}

// lacks are the parts that are missing.
func lacks(v campaign.Values, code string) (out []string) {
	if v["first_name"]+v["last_name"]+v["company"] == "" {
		out = append(out, "name")
	}
	for _, part := range []string{campaign.ValueLine1, campaign.ValueCity} {
		if strings.TrimSpace(v[part]) == "" {
			out = append(out, part)
		}
	}
	if strings.TrimSpace(v[campaign.ValuePostcode]) == "" && slices.Contains(postcodeNeeded, code) {
		out = append(out, campaign.ValuePostcode)
	}
	return out
}

func nameOf(code, home string) string {
	language := spoken[home]
	if language == "" {
		language = "en"
	}
	if name := countries()[code].names[language]; name != "" {
		return strings.ToUpper(name)
	}
	return code
}

func joined(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
