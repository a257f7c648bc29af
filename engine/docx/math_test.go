package docx_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

func TestMath(t *testing.T) {
	t.Parallel()
	r := func(text string) string { return `<m:r><m:t>` + text + `</m:t></m:r>` }
	e := func(content string) string { return `<m:e>` + content + `</m:e>` }
	for _, c := range []struct{ name, omml, mathML, text string }{
		{"letters, numbers, signs", r("ab+1.5"), `<mi>a</mi><mi>b</mi><mo>+</mo><mn>1.5</mn>`, "ab+1.5"},
		{"upright", `<m:r><m:rPr><m:sty m:val="p"/></m:rPr><m:t>max x</m:t></m:r>`, `<mi mathvariant="normal">max</mi><mi mathvariant="normal">x</mi>`, "max x"},
		{"normal text", `<m:r><m:rPr><m:nor/></m:rPr><m:t>if x &lt; 1</m:t></m:r>`, `<mtext>if x &lt; 1</mtext>`, "if x < 1"},
		{"bold and scripts", `<m:r><m:rPr><m:sty m:val="b"/></m:rPr><m:t>v</m:t></m:r><m:r><m:rPr><m:scr m:val="double-struck"/></m:rPr><m:t>R</m:t></m:r>`, `<mi mathvariant="bold">v</mi><mi mathvariant="double-struck">R</mi>`, "vR"},
		{"fraction", `<m:f><m:num>` + r("a+b") + `</m:num><m:den>` + r("c") + `</m:den></m:f>`, `<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mrow><mi>c</mi></mrow></mfrac>`, "(a+b)/c"},
		{"linear fraction", `<m:f><m:fPr><m:type m:val="lin"/></m:fPr><m:num>` + r("a") + `</m:num><m:den>` + r("c") + `</m:den></m:f>`, `<mrow><mrow><mi>a</mi></mrow><mo>/</mo><mrow><mi>c</mi></mrow></mrow>`, "a/c"},
		{"binomial", `<m:f><m:fPr><m:type m:val="noBar"/></m:fPr><m:num>` + r("n") + `</m:num><m:den>` + r("k") + `</m:den></m:f>`, `<mfrac linethickness="0"><mrow><mi>n</mi></mrow><mrow><mi>k</mi></mrow></mfrac>`, "n¦k"},
		{"roots", `<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>` + e(r("x")) + `</m:rad><m:rad><m:deg>` + r("3") + `</m:deg>` + e(r("x+1")) + `</m:rad>`, `<msqrt><mrow><mi>x</mi></mrow></msqrt><mroot><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow><mrow><mn>3</mn></mrow></mroot>`, "√x√(3&x+1)"},
		{"scripts", `<m:sSubSup>` + e(r("x")) + `<m:sub>` + r("i") + `</m:sub><m:sup>` + r("2") + `</m:sup></m:sSubSup>`, `<msubsup><mrow><mi>x</mi></mrow><mrow><mi>i</mi></mrow><mrow><mn>2</mn></mrow></msubsup>`, "x_i^2"},
		{"scripts in front", `<m:sPre><m:sub>` + r("2") + `</m:sub><m:sup>` + r("4") + `</m:sup>` + e(r("H")) + `</m:sPre>`, `<mmultiscripts><mrow><mi>H</mi></mrow><mprescripts/><mrow><mn>2</mn></mrow><mrow><mn>4</mn></mrow></mmultiscripts>`, "_2^4 H"},
		{"sum", `<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>` + r("i=0") + `</m:sub><m:sup>` + r("n") + `</m:sup>` + e(r("i")) + `</m:nary>`, `<mrow><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>0</mn></mrow><mrow><mi>n</mi></mrow></munderover><mrow><mi>i</mi></mrow></mrow>`, "∑_(i=0)^n i"},
		{"integral without upper limit", `<m:nary><m:naryPr><m:supHide m:val="1"/></m:naryPr><m:sub>` + r("C") + `</m:sub><m:sup/>` + e(r("f")) + `</m:nary>`, `<mrow><msub><mo>∫</mo><mrow><mi>C</mi></mrow></msub><mrow><mi>f</mi></mrow></mrow>`, "∫_C f"},
		{"delimiters", `<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr>` + e(r("a")) + e(r("b")) + `</m:d>`, `<mrow><mo fence="true">[</mo><mrow><mi>a</mi></mrow><mo fence="true">|</mo><mrow><mi>b</mi></mrow></mrow>`, "[a|b"},
		{"matrix", `<m:m><m:mr>` + e(r("a")) + e(r("b")) + `</m:mr><m:mr>` + e(r("c")) + e(r("d")) + `</m:mr></m:m>`, `<mtable><mtr><mtd><mrow><mi>a</mi></mrow></mtd><mtd><mrow><mi>b</mi></mrow></mtd></mtr><mtr><mtd><mrow><mi>c</mi></mrow></mtd><mtd><mrow><mi>d</mi></mrow></mtd></mtr></mtable>`, "■(a & b @ c & d)"},
		{"accent", `<m:acc><m:accPr><m:chr m:val="⃗"/></m:accPr>` + e(r("v")) + `</m:acc>`, `<mover accent="true"><mrow><mi>v</mi></mrow><mo>→</mo></mover>`, "v⃗"},
		{"bar", `<m:bar><m:barPr><m:pos m:val="top"/></m:barPr>` + e(r("x")) + `</m:bar>`, `<mover><mrow><mi>x</mi></mrow><mo stretchy="true">¯</mo></mover>`, "x"},
		{"function with limit", `<m:func><m:fName><m:limLow>` + e(`<m:r><m:rPr><m:sty m:val="p"/></m:rPr><m:t>lim</m:t></m:r>`) + `<m:lim>` + r("n→∞") + `</m:lim></m:limLow></m:fName>` + e(r("a")) + `</m:func>`, `<mrow><mrow><munder><mrow><mi mathvariant="normal">lim</mi></mrow><mrow><mi>n</mi><mo>→</mo><mi>∞</mi></mrow></munder></mrow><mo>` + "\u2061" + `</mo><mrow><mi>a</mi></mrow></mrow>`, "lim┬(n→∞) a"},
		{"equations below each other", `<m:eqArr>` + e(r("a&amp;=b")) + e(r("c&amp;=d")) + `</m:eqArr>`, `<mtable columnalign="left"><mtr><mtd><mrow><mi>a</mi><mo>=</mo><mi>b</mi></mrow></mtd></mtr><mtr><mtd><mrow><mi>c</mi><mo>=</mo><mi>d</mi></mrow></mtd></mtr></mtable>`, "a=b @ c=d"},
		{"brace", `<m:groupChr>` + e(r("a")) + `</m:groupChr>`, `<munder><mrow><mi>a</mi></mrow><mo stretchy="true">⏟</mo></munder>`, "a"},
		{"boxes", `<m:borderBox><m:borderBoxPr><m:strikeBLTR m:val="1"/></m:borderBoxPr>` + e(r("a")) + `</m:borderBox><m:box>` + e(r("b")) + `</m:box>`, `<menclose notation="box updiagonalstrike"><mrow><mi>a</mi></mrow></menclose><mrow><mrow><mi>b</mi></mrow></mrow>`, "ab"},
		{"phantom", `<m:phant><m:phantPr><m:show m:val="0"/></m:phantPr>` + e(r("a")) + `</m:phant>`, `<mphantom><mrow><mi>a</mi></mrow></mphantom>`, "a"},
		{"tracked changes", `<w:del><m:r><m:t>a</m:t></m:r></w:del><w:ins><m:r><m:t>b</m:t></m:r></w:ins>`, `<mi>b</mi>`, "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, w.New(w.P("x ", w.XML(`<m:oMath>`+c.omml+`</m:oMath>`))), docx.Options{})
			math := doc.Body[0].(*docx.Paragraph).Content[1].(*docx.Math)
			require.Equal(t, `<math xmlns="http://www.w3.org/1998/Math/MathML"><mrow>`+c.mathML+`</mrow></math>`, math.MathML)
			require.Equal(t, c.text, math.Text)
			require.False(t, math.Display)
			requireWellFormed(t, math.MathML)
		})
	}
}

func TestDisplayMath(t *testing.T) {
	t.Parallel()
	doc := read(t, w.New(w.P(w.XML(`<m:oMathPara><m:oMathParaPr/><m:oMath><m:r><m:t>a</m:t></m:r></m:oMath></m:oMathPara>`))), docx.Options{})
	require.Equal(t, &docx.Math{MathML: `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow><mi>a</mi></mrow></math>`, Text: "a", Display: true}, doc.Body[0].(*docx.Paragraph).Content[0])
}

func requireWellFormed(t *testing.T, s string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(s)); ; {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err, s)
	}
}
