package docx

import (
	"strconv"
	"strings"
)

// formatNumber writes a number in an ST_NumberFormat (ECMA-376-1, 17.18.59).
// Formats that only some scripts have and that are not known here are written as
// decimal, as Word does where it lacks the language.
func formatNumber(format, custom string, n int) string {
	switch format {
	case "none", "bullet":
		return ""
	case "custom":
		return customNumber(custom, n)
	}
	if letters, ok := alphabets[format]; ok {
		return alphabetic(letters, n)
	}
	if digits, ok := digitSets[format]; ok {
		return withDigits(digits, n)
	}
	if write, ok := numberWriters[format]; ok {
		if s := write(n); s != "" {
			return s
		}
	}
	return strconv.Itoa(n)
}

var numberWriters = map[string]func(int) string{
	"upperRoman":                   func(n int) string { return strings.ToUpper(roman(n)) },
	"lowerRoman":                   roman,
	"decimalZero":                  func(n int) string { return padded(n, 2) },
	"ordinal":                      ordinal,
	"cardinalText":                 cardinal,
	"ordinalText":                  ordinalText,
	"hex":                          func(n int) string { return strings.ToUpper(strconv.FormatInt(int64(n), 16)) },
	"chicago":                      chicago,
	"numberInDash":                 func(n int) string { return "- " + strconv.Itoa(n) + " -" },
	"decimalEnclosedCircle":        func(n int) string { return enclosed(n, 20, '①') },
	"decimalEnclosedCircleChinese": func(n int) string { return enclosed(n, 20, '①') },
	"decimalEnclosedParen":         func(n int) string { return enclosed(n, 20, '⑴') },
	"decimalEnclosedFullstop":      func(n int) string { return enclosed(n, 20, '⒈') },
	"ideographEnclosedCircle":      func(n int) string { return enclosed(n, 10, '㊀') },
	"chineseCounting":              func(n int) string { return eastAsian(n, "〇一二三四五六七八九", "十百千", "") },
	"chineseCountingThousand":      func(n int) string { return eastAsian(n, "零一二三四五六七八九", "十百千", "零") },
	"taiwaneseCounting":            func(n int) string { return eastAsian(n, "〇一二三四五六七八九", "十百千", "") },
	"taiwaneseCountingThousand":    func(n int) string { return eastAsian(n, "零一二三四五六七八九", "十百千", "零") },
	"japaneseCounting":             func(n int) string { return eastAsian(n, "〇一二三四五六七八九", "十百千", "") },
	"japaneseLegal":                func(n int) string { return eastAsian(n, "零壱弐参四伍六七八九", "拾百阡", "") },
	"chineseLegalSimplified":       func(n int) string { return eastAsian(n, "零壹贰叁肆伍陆柒捌玖", "拾佰仟", "零") },
	"ideographLegalTraditional":    func(n int) string { return eastAsian(n, "零壹貳參肆伍陸柒捌玖", "拾佰仟", "零") },
	"koreanCounting":               func(n int) string { return eastAsian(n, "영일이삼사오육칠팔구", "십백천", "") },
	"hebrew1":                      hebrew,
}

// alphabets count with letters: a … z, aa, bb.
var alphabets = map[string][]rune{
	"lowerLetter":          []rune("abcdefghijklmnopqrstuvwxyz"),
	"upperLetter":          []rune("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
	"russianLower":         []rune("абвгдежзиклмнопрстуфхцчшщыэюя"),
	"russianUpper":         []rune("АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ"),
	"hebrew2":              []rune("אבגדהוזחטיכלמנסעפצקרשת"),
	"arabicAlpha":          []rune("أبتثجحخدذرزسشصضطظعغفقكلمنهوي"),
	"arabicAbjad":          []rune("أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"),
	"thaiLetters":          []rune("กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"),
	"hindiVowels":          []rune("अआइईउऊऋऌऍऎएऐऑऒओऔ"),
	"hindiConsonants":      []rune("कखगघङचछजझञटठडढणतथदधनऩपफबभमयरऱलळऴवशषसह"),
	"ganada":               []rune("가나다라마바사아자차카타파하"),
	"chosung":              []rune("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"),
	"aiueo":                []rune("ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ"),
	"aiueoFullWidth":       []rune("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"),
	"iroha":                []rune("ｲﾛﾊﾆﾎﾍﾄﾁﾘﾇﾙｦﾜｶﾖﾀﾚｿﾂﾈﾅﾗﾑｳヰﾉｵｸﾔﾏｹﾌｺｴﾃｱｻｷﾕﾒﾐｼヱﾋﾓｾｽ"),
	"irohaFullWidth":       []rune("イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"),
	"ideographTraditional": []rune("甲乙丙丁戊己庚辛壬癸"),
	"ideographZodiac":      []rune("子丑寅卯辰巳午未申酉戌亥"),
}

// digitSets count in tens with digits of their own.
var digitSets = map[string][]rune{
	"decimalFullWidth":           []rune("０１２３４５６７８９"),
	"decimalFullWidth2":          []rune("０１２３４５６７８９"),
	"hindiNumbers":               []rune("०१२३४५६७८९"),
	"thaiNumbers":                []rune("๐๑๒๓๔๕๖๗๘๙"),
	"ideographDigital":           []rune("〇一二三四五六七八九"),
	"japaneseDigitalTenThousand": []rune("〇一二三四五六七八九"),
	"taiwaneseDigital":           []rune("○一二三四五六七八九"),
	"koreanDigital":              []rune("영일이삼사오육칠팔구"),
	"koreanDigital2":             []rune("零一二三四五六七八九"),
}

// maxRepeat bounds the letters of one number: a start value may be two thousand
// million.
const maxRepeat = 30

func alphabetic(letters []rune, n int) string {
	if n < 1 {
		return strconv.Itoa(n)
	}
	repeat := (n-1)/len(letters) + 1
	if repeat > maxRepeat {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(letters[(n-1)%len(letters)]), repeat)
}

func withDigits(digits []rune, n int) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return digits[r-'0']
		}
		return r
	}, strconv.Itoa(n))
}

func padded(n, width int) string {
	s := strconv.Itoa(n)
	if len(s) >= width || n < 0 {
		return s
	}
	return strings.Repeat("0", width-len(s)) + s
}

// customNumber reads w:format, an example of the numbers: "001, 002, 003, …".
func customNumber(example string, n int) string {
	first, _, _ := strings.Cut(example, ",")
	return padded(n, min(len(strings.TrimSpace(first)), maxRepeat))
}

// roman writes small numerals up to 32,767, as Word does; "" beyond.
func roman(n int) string {
	if n < 1 || n > 32767 {
		return ""
	}
	var b strings.Builder
	for _, step := range []struct {
		value int
		text  string
	}{
		{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
		{40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"},
	} {
		for ; n >= step.value; n -= step.value {
			b.WriteString(step.text)
		}
	}
	return b.String()
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

var (
	smallNumbers = []string{
		"Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
		"Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
	}
	tens     = []string{"", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"}
	ordinals = map[string]string{
		"One": "First", "Two": "Second", "Three": "Third", "Five": "Fifth", "Eight": "Eighth", "Nine": "Ninth", "Twelve": "Twelfth",
	}
)

// cardinal writes a number in English words, "Twenty-one", with a capital as
// Word does; "" from a million on.
func cardinal(n int) string {
	if n < 0 || n >= 1_000_000 {
		return ""
	}
	s := strings.ToLower(numberWords(n))
	return strings.ToUpper(s[:1]) + s[1:]
}

func numberWords(n int) string {
	switch {
	case n < 20:
		return smallNumbers[n]
	case n < 100:
		return joinWords(tens[n/10], "-", n%10)
	case n < 1000:
		return joinWords(smallNumbers[n/100]+" hundred", " ", n%100)
	}
	return joinWords(numberWords(n/1000)+" thousand", " ", n%1000)
}

func joinWords(head, glue string, rest int) string {
	if rest == 0 {
		return head
	}
	return head + glue + numberWords(rest)
}

func ordinalText(n int) string {
	words := cardinal(n)
	if words == "" {
		return ""
	}
	at := strings.LastIndexAny(words, " -") + 1
	last := strings.ToUpper(words[at:at+1]) + words[at+1:]
	switch {
	case ordinals[last] != "":
		last = ordinals[last]
	case strings.HasSuffix(last, "y"):
		last = strings.TrimSuffix(last, "y") + "ieth"
	default:
		last += "th"
	}
	if at > 0 {
		last = strings.ToLower(last)
	}
	return words[:at] + last
}

// chicago writes *, †, ‡, §, **, … (the Chicago Manual of Style).
func chicago(n int) string { return alphabetic([]rune("*†‡§"), n) }

func enclosed(n, last int, first rune) string {
	if n < 1 || n > last {
		return ""
	}
	return string(first + rune(n-1))
}

// eastAsian writes a number below 10,000 with digits and units; zero fills gaps
// if it is not "".
func eastAsian(n int, digits, units, zero string) string {
	if n < 0 || n > 9999 {
		return ""
	}
	d, u := []rune(digits), []rune(units)
	if n == 0 {
		return string(d[0])
	}
	var b strings.Builder
	gap := false
	for i, scale := 3, 1000; i >= 0; i, scale = i-1, scale/10 {
		digit := n / scale % 10
		if digit == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString(zero)
			gap = false
		}
		if digit > 1 || i != 1 || b.Len() > 0 && zero != "" {
			if !(digit == 1 && i > 0 && zero == "") {
				b.WriteRune(d[digit])
			}
		}
		if i > 0 {
			b.WriteRune(u[i-1])
		}
	}
	return b.String()
}

// hebrew writes a number below 1,000 in Hebrew numerals.
func hebrew(n int) string {
	if n < 1 || n > 999 {
		return ""
	}
	var b strings.Builder
	for ; n >= 400; n -= 400 {
		b.WriteRune('ת')
	}
	if n >= 100 {
		b.WriteRune([]rune("קרש")[n/100-1])
		n %= 100
	}
	switch {
	case n == 15:
		return b.String() + "טו" // not the beginning of a holy name
	case n == 16:
		return b.String() + "טז"
	}
	if n >= 10 {
		b.WriteRune([]rune("יכלמנסעפצ")[n/10-1])
	}
	if n%10 > 0 {
		b.WriteRune([]rune("אבגדהוזחט")[n%10-1])
	}
	return b.String()
}
