package api

import (
	"encoding/csv"
	"net/http"
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
}

// writeCSV writes all jobs that the filter chooses, from its cursor on, as CSV (RFC 4180).
func (s *server) writeCSV(c *gin.Context, f job.Filter) error {
	f.Limit = job.MaxLimit
	page, err := s.Service.List(c.Request.Context(), f) // before the first byte: it may refuse
	if err != nil {
		return err
	}
	c.Header("Content-Type", csvType+"; charset=utf-8; header=present")
	c.Header("Content-Disposition", `attachment; filename="jobs.csv"`)
	c.Header("Cache-Control", noStore)
	c.Status(http.StatusOK)
	w := csv.NewWriter(newPatientWriter(c))
	if err := w.Write(csvHead); err != nil {
		return err
	}
	for {
		for _, j := range page.Jobs {
			if err := w.Write(csvRow(j)); err != nil {
				return err
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

func csvRow(j job.Summary) []string {
	finished := ""
	if j.FinishedAt != nil {
		finished = j.FinishedAt.UTC().Format(time.RFC3339)
	}
	row := []string{
		string(j.ID), string(j.Kind), string(j.State), strconv.Itoa(j.Attempt), j.Submitter, j.Target,
		strings.Join(j.Labels, " "), j.Summary, j.CreatedAt.UTC().Format(time.RFC3339), finished,
	}
	for i := range row {
		row[i] = inert(row[i])
	}
	return row
}

// inert keeps a spreadsheet from taking text for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
