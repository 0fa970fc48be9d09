package tabular

// ansi is Windows-1252; 0 stands for an octet it does not know (and for NUL itself).
var ansi = single(map[byte]rune{
	0x80: '€', 0x81: 0, 0x82: '‚', 0x83: 'ƒ', 0x84: '„', 0x85: '…', 0x86: '†', 0x87: '‡',
	0x88: 'ˆ', 0x89: '‰', 0x8a: 'Š', 0x8b: '‹', 0x8c: 'Œ', 0x8d: 0, 0x8e: 'Ž', 0x8f: 0,
	0x90: 0, 0x91: '‘', 0x92: '’', 0x93: '“', 0x94: '”', 0x95: '•', 0x96: '–', 0x97: '—',
	0x98: '˜', 0x99: '™', 0x9a: 'š', 0x9b: '›', 0x9c: 'œ', 0x9d: 0, 0x9e: 'ž', 0x9f: 'Ÿ',
})

// latin9 is ISO-8859-15.
var latin9 = single(map[byte]rune{
	0xa4: '€', 0xa6: 'Š', 0xa8: 'š', 0xb4: 'Ž', 0xb8: 'ž', 0xbc: 'Œ', 0xbd: 'œ', 0xbe: 'Ÿ',
})

// single is a table of Latin-1 with differences.
func single(differ map[byte]rune) [256]rune {
	var t [256]rune
	for i := range t {
		t[i] = rune(i)
	}
	for c, r := range differ {
		t[c] = r
	}
	return t
}
