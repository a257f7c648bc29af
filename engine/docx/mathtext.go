package docx

import "strings"

// linearMath writes a formula in a line, in the notation of Word's linear format
// (Unicode Technical Note 28): (a+b)/c, x^2, √(x+1), ∑_(i=0)^n.
func linearMath(n *mathNode) string {
	return strings.Join(strings.Fields(linear(n)), " ")
}

func linear(n *mathNode) string {
	switch n.name {
	case "m:f":
		return linearFraction(n)
	case "m:rad":
		return linearRadical(n)
	case "m:sSup", "m:sSub", "m:sSubSup":
		return operand(n.child("m:e")) + scripts(n)
	case "m:sPre":
		return scripts(n) + " " + operand(n.child("m:e"))
	case "m:nary":
		return n.prop("chr", "∫") + scripts(n) + " " + linear(n.child("m:e"))
	case "m:limLow":
		return operand(n.child("m:e")) + "┬" + operand(n.child("m:lim"))
	case "m:limUpp":
		return operand(n.child("m:e")) + "┴" + operand(n.child("m:lim"))
	case "m:func":
		return linear(n.child("m:fName")) + " " + linear(n.child("m:e"))
	case "m:acc":
		return operand(n.child("m:e")) + n.prop("chr", "\u0302")
	case "m:d":
		return n.prop("begChr", "(") + linearList(n.all("m:e"), n.prop("sepChr", "|")) + n.prop("endChr", ")")
	case "m:m":
		return "■(" + linearList(n.all("m:mr"), " @ ") + ")"
	case "m:mr":
		return linearList(n.all("m:e"), " & ")
	case "m:eqArr":
		return strings.ReplaceAll(linearList(n.all("m:e"), " @ "), "&", "")
	}
	var b strings.Builder
	b.WriteString(n.text)
	for _, c := range n.children {
		b.WriteString(linear(c))
	}
	return b.String()
}

func linearRadical(n *mathNode) string {
	if degree := linear(n.child("m:deg")); degree != "" && !n.on("degHide") {
		return "√(" + degree + "&" + linear(n.child("m:e")) + ")"
	}
	return "√" + operand(n.child("m:e"))
}

func linearFraction(n *mathNode) string {
	num, den := operand(n.child("m:num")), operand(n.child("m:den"))
	if n.prop("type", "bar") == "noBar" {
		return num + "¦" + den
	}
	return num + "/" + den
}

func linearList(nodes []*mathNode, glue string) string {
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		texts[i] = linear(n)
	}
	return strings.Join(texts, glue)
}

// scripts writes the sub- and superscript that a node has.
func scripts(n *mathNode) string {
	text := ""
	if sub := n.child("m:sub"); !sub.empty() && !n.on("subHide") {
		text += "_" + operand(sub)
	}
	if sup := n.child("m:sup"); !sup.empty() && !n.on("supHide") {
		text += "^" + operand(sup)
	}
	return text
}

// operand writes what must hold together, in parentheses unless it is one name,
// number or sign.
func operand(n *mathNode) string {
	text := strings.TrimSpace(linear(n))
	tokens := mathTokens(text, true)
	if len(tokens) <= 1 || isDelimited(n) {
		return text
	}
	return "(" + text + ")"
}

// isDelimited tells whether an argument is nothing but delimiters around something.
func isDelimited(n *mathNode) bool {
	return len(n.children) == 1 && n.children[0].name == "m:d"
}
