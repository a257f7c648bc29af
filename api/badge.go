package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

// badgeColors are the colours of states; each has a contrast of at least 4.5 with
// white (WCAG 2.2, 1.4.3).
var badgeColors = map[job.State]string{
	job.StateQueued: "#5a6572", job.StateProcessing: "#0b66c3", job.StateAwaitingApproval: "#7a4fbf",
	job.StateCompleted: "#1a7f37", job.StatePartial: "#9a6700", job.StateFailed: "#c62828",
	job.StateCancelled: "#5a6572", job.StateExpired: "#5a6572",
}

// badgeSVG is a label and the state beside it. Text has the width that it is given,
// whatever font there is.
const badgeSVG = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[2]s: %[3]s">` +
	`<title>%[2]s: %[3]s</title>` +
	`<rect width="%[4]d" height="20" fill="#3d444d"/><rect x="%[4]d" width="%[5]d" height="20" fill="%[6]s"/>` +
	`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">` +
	`<text x="8" y="14" textLength="%[7]d">%[2]s</text><text x="%[8]d" y="14" textLength="%[9]d">%[3]s</text></g></svg>` + "\n"

// badge answers a picture of where a job stands, for pages and pull requests.
func (s *server) badge(c *gin.Context, in *attemptInput) error {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return err
	}
	st, err := s.Service.Get(c.Request.Context(), id, job.StatusQuery{Attempt: in.Attempt})
	if err != nil {
		return err
	}
	label, state := string(st.Kind), badgeText(st)
	const letter, margin = 7, 8 // pixels
	left, right := letter*len(label), letter*len(state)
	c.Header("Cache-Control", "no-cache, max-age=0") // image proxies ask again
	c.Header("ETag", fmt.Sprintf(`"%s-%d-%s"`, id, st.Attempt, strings.ReplaceAll(state, " ", "-")))
	c.Data(http.StatusOK, "image/svg+xml; charset=utf-8", fmt.Appendf(nil, badgeSVG,
		left+right+4*margin, label, state, left+2*margin, right+2*margin, badgeColors[st.State], left, left+3*margin, right))
	return nil
}

// badgeText says where a job stands in a few letters.
func badgeText(st *job.Status) string {
	text := string(st.State)
	if st.State == job.StateAwaitingApproval {
		text = "awaiting approval"
	}
	if p := st.Progress; st.State == job.StateProcessing && p != nil && p.Total > 0 {
		text += fmt.Sprintf(" %d%%", min(p.Done, p.Total)*100/p.Total)
	}
	if st.State == job.StatePartial {
		text += fmt.Sprintf(" %d/%d", st.Items.Completed, st.Items.Total)
	}
	return text
}
