package docx

// Word stores the names of built-in styles in English (ECMA-376-1, 17.7.4.9) and shows
// them in the language of the user. Other programs store what they show, and a document
// without a style sheet has the IDs only, which Word makes of the names that it shows.
var (
	// localHeadings are "heading" before a number; IDs have no letters beyond ASCII.
	localHeadings = makeSet(`überschrift berschrift titre título ttulo titolo kop overskrift rubrik otsikko nagłówek nagwek
		nadpis naslov címsor cmsor başlık balk заголовок 标题 標題 見出し 제목`)

	// localStyles are other built-in styles that mean something for the structure of a text.
	localStyles = map[string]string{
		"titel": "Title", "titre": "Title", "título": "Title", "titolo": "Title", "название": "Title", "标题": "Title", "表題": "Title",
		"untertitel": "Subtitle", "sous-titre": "Subtitle", "subtítulo": "Subtitle", "sottotitolo": "Subtitle", "ondertitel": "Subtitle",
		"beschriftung": "Caption", "légende": "Caption", "descripción": "Caption", "legenda": "Caption", "didascalia": "Caption",
		"bijschrift": "Caption", "题注": "Caption", "図表番号": "Caption",
		"zitat": "Quote", "cita": "Quote", "citazione": "Quote", "citação": "Quote", "citaat": "Quote",
	}
)
