package api

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docjobs/docjobs/job"
)

const csvType = "text/csv"

// csvHead names the columns of an export.
var csvHead = []string{
	"job_id", "kind", "state", "attempt", "submitter", "target", "labels", "summary", "created_at", "finished_at",
	"source", "document", "document_state", "document_sha256", "batch", "error",
}

// csvPage is how many jobs are read at once for an export. Each may have thousands of
// documents.
const csvPage = 50

// writeCSV writes all jobs that the filter chooses, from its cursor on, as CSV (RFC
// 4180): a line for each of its documents, or one for a job that has none.
func (s *server) writeCSV(c *gin.Context, f job.Filter) error {
	f.Limit, f.Documents = csvPage, true
	page, err := s.Service.List(c.Request.Context(), f) // before the first byte: it may refuse
	if err != nil {
		return err
	}
	c.Header("Content-Type", csvType+"; charset=utf-8; header=present")
	c.Header("Content-Disposition", `attachment; filename="jobs.csv"`)
	c.Header("Cache-Control", noStore)
	if page.Behind != "" {
		c.Header(behindHeader, page.Behind)
	}
	c.Status(http.StatusOK)
	w := csv.NewWriter(newPatientWriter(c))
	if err := w.Write(csvHead); err != nil {
		return err
	}
	for {
		for _, j := range page.Jobs {
			for _, row := range csvRows(j) {
				if err := w.Write(row); err != nil {
					return err
				}
			}
		}
		if page.Next == "" || page.Next == f.Cursor {
			break
		}
		f.Cursor = page.Next
		if page, err = s.Service.List(c.Request.Context(), f); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// behindHeader says what an export lacks.
const behindHeader = "Docjobs-Behind"

// csvRows are the lines of a job.
func csvRows(j job.Summary) (rows [][]string) {
	finished := ""
	if j.FinishedAt != nil {
		finished = j.FinishedAt.UTC().Format(time.RFC3339)
	}
	head := []string{
		string(j.ID), string(j.Kind), string(j.State), strconv.Itoa(j.Attempt), j.Submitter, j.Target,
		strings.Join(j.Labels, " "), j.Summary, j.CreatedAt.UTC().Format(time.RFC3339), finished, j.Source,
	}
	for _, d := range j.Documents {
		message := ""
		if d.Error != nil {
			message = d.Error.Message
		}
		rows = append(rows, append(slices.Clone(head), d.Document, string(d.State), d.SHA256, string(d.Batch), message))
	}
	if len(rows) == 0 {
		rows = [][]string{append(head, "", "", "", "", j.Error)}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = inert(row[i])
		}
	}
	return rows
}

// inert keeps a spreadsheet from taking text for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
