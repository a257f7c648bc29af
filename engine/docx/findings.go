package docx

// findings gathers what a person may want to look at: the first place of each
// kind and how often it was met.
type findings struct {
	list []Finding
	at   map[string]int // index in list, by code and message
}

func (f *findings) add(found Finding) {
	key := found.Code + "\x00" + found.Message
	if i, ok := f.at[key]; ok {
		f.list[i].Count++
		return
	}
	if len(f.list) >= maxFindings {
		return
	}
	if f.at == nil {
		f.at = map[string]int{}
	}
	found.Count = 1
	f.at[key] = len(f.list)
	f.list = append(f.list, found)
}

// maxFindings bounds the list: nobody reads more, and a hostile file has more.
const maxFindings = 1000
