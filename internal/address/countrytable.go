package address

import "strings"

// countries are the assigned ISO 3166-1 alpha-2 codes.
var countries = set(`AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
	BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
	ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
	ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU
	LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
	NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK
	SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA
	VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`)

// topLevel are the top-level domains that are not their country's code, and those that name no country.
var topLevel = map[string]string{
	"uk": "GB", "bzh": "FR", "paris": "FR", "alsace": "FR", "corsica": "FR", "berlin": "DE", "hamburg": "DE",
	"bayern": "DE", "koeln": "DE", "cologne": "DE", "nrw": "DE", "saarland": "DE", "ruhr": "DE", "tirol": "AT", "wien": "AT", "swiss": "CH", "zuerich": "CH", "brussels": "BE",
	"vlaanderen": "BE", "gent": "BE", "amsterdam": "NL", "frl": "NL", "london": "GB", "scot": "GB", "wales": "GB", "cymru": "GB",
	"cat": "ES", "gal": "ES", "eus": "ES", "madrid": "ES", "barcelona": "ES", "quebec": "CA", "moscow": "RU", "istanbul": "TR",
	"xn--p1ai": "RU", "xn--90ae": "BG", "xn--qxam": "GR", "xn--j1amh": "UA", "xn--90a3ac": "RS",
	"xn--d1alf": "MK", "xn--y9a3aq": "AM", "xn--node": "GE", "xn--fiqs8s": "CN", "xn--fiqz9s": "CN",
	"ac": "", "ag": "", "ai": "", "am": "", "bz": "", "cc": "", "cd": "", "cf": "", "co": "", "cx": "", "dj": "", "fm": "", "ga": "",
	"gd": "", "gg": "", "gl": "", "gq": "", "gs": "", "im": "", "io": "", "je": "", "la": "", "ly": "", "me": "", "ml": "", "ms": "",
	"nu": "", "pn": "", "pw": "", "sc": "", "sh": "", "so": "", "st": "", "su": "", "tc": "", "tf": "", "tk": "", "to": "", "tv": "", "vc": "",
	"vg": "", "ws": "",
}

const longestPrefix = 7

// dialling maps the leading digits of an international number to a country; the longest match wins.
var dialling = phoneTable(`20 EG 211 SS 212 MA 213 DZ 216 TN 218 LY 220 GM 221 SN 222 MR 223 ML 224 GN 225 CI 226 BF
	227 NE 228 TG 229 BJ 230 MU 231 LR 232 SL 233 GH 234 NG 235 TD 236 CF 237 CM 238 CV 239 ST 240 GQ 241 GA
	242 CG 243 CD 244 AO 245 GW 246 IO 248 SC 249 SD 250 RW 251 ET 252 SO 253 DJ 254 KE 255 TZ 256 UG 257 BI
	258 MZ 260 ZM 261 MG 262 RE 262269 YT 262639 YT 263 ZW 264 NA 265 MW 266 LS 267 BW 268 SZ 269 KM 27 ZA
	290 SH 291 ER 297 AW 298 FO 299 GL 30 GR 31 NL 32 BE 33 FR 34 ES 350 GI 351 PT 352 LU 353 IE 354 IS
	355 AL 356 MT 357 CY 358 FI 35818 AX 359 BG 36 HU 370 LT 371 LV 372 EE 373 MD 374 AM 375 BY 376 AD
	377 MC 378 SM 380 UA 381 RS 382 ME 385 HR 386 SI 387 BA 389 MK 39 IT 3906698 VA 40 RO 41 CH
	420 CZ 421 SK 423 LI 43 AT 44 GB 441481 GG 441534 JE 441624 IM 45 DK 46 SE 47 NO 48 PL 49 DE 500 FK
	501 BZ 502 GT 503 SV 504 HN 505 NI 506 CR 507 PA 508 PM 509 HT 51 PE 52 MX 53 CU 54 AR 55 BR 56 CL 57 CO
	58 VE 590 GP 591 BO 592 GY 593 EC 594 GF 595 PY 596 MQ 597 SR 598 UY 5993 BQ 5994 BQ 5997 BQ 5999 CW
	60 MY 61 AU 62 ID 63 PH 64 NZ 65 SG 66 TH 670 TL 672 NF 673 BN 674 NR 675 PG 676 TO 677 SB 678 VU
	679 FJ 680 PW 681 WF 682 CK 683 NU 685 WS 686 KI 687 NC 688 TV 689 PF 690 TK 691 FM 692 MH 7 RU 76 KZ
	77 KZ 81 JP 82 KR 84 VN 850 KP 852 HK 853 MO 855 KH 856 LA 86 CN 880 BD 886 TW 90 TR 91 IN 92 PK 93 AF
	94 LK 95 MM 960 MV 961 LB 962 JO 963 SY 964 IQ 965 KW 966 SA 967 YE 968 OM 970 PS 971 AE 972 IL 973 BH
	974 QA 975 BT 976 MN 977 NP 98 IR 992 TJ 993 TM 994 AZ 995 GE 996 KG 998 UZ 1 US
	1242 BS 1246 BB 1264 AI 1268 AG 1284 VG 1340 VI 1345 KY 1441 BM 1473 GD 1649 TC 1658 JM 1664 MS 1670 MP
	1671 GU 1684 AS 1721 SX 1758 LC 1767 DM 1784 VC 1787 PR 1809 DO 1829 DO 1849 DO 1868 TT 1869 KN 1876 JM
	1939 PR 1800 - 1833 - 1844 - 1855 - 1866 - 1877 - 1888 - 1900 -`,
	`204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 460 468 474 506 514
	519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942`)

// phoneTable reads prefix-country pairs, "-" for none, and the area codes of Canada within +1.
func phoneTable(pairs, canada string) map[string]string {
	m := map[string]string{}
	words := strings.Fields(pairs)
	for i := 0; i+1 < len(words); i += 2 {
		m[words[i]] = strings.TrimSuffix(words[i+1], "-")
	}
	for area := range strings.FieldsSeq(canada) {
		m["1"+area] = "CA"
	}
	return m
}
