// Package letter prints the letters of a campaign: one page for each person, with the address in the window of the envelope,
// the words of the campaign in the person's language, a code to scan and one to type, and a coupon whose boxes are empty.
//
// A letter's words are kept at approval like those of a message (campaign.LetterSheet); printing fills in the person and
// draws. The same batch printed again gives the same bytes. What cannot be printed is known before a letter is claimed: a
// line of the address that is missing or too long, letters that the font lacks or cannot join, a text that takes more than
// its page.
//
// How an address is written in which country, and what a country is called in seven languages, stands in country.tsv. The
// formats are those of Google's address data as collected in the npm package localized-address-format (MIT), the names
// those of Unicode CLDR (Unicode licence).
package letter
