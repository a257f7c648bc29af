package e2e_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/docjobs/docjobs/job"
)

// wordFiles are Word documents and a file that only has the name of one.
func wordFiles(documents, paragraphs int) map[string]string {
	files := map[string]string{"broken.docx": "This is no Word document."}
	for i := range documents {
		blocks := []docxtest.XML{docxtest.Heading(1, fmt.Sprintf("Chapter %d", i))}
		for range paragraphs {
			blocks = append(blocks, docxtest.P(fmt.Sprintf("Text number %d.", i)))
		}
		files[fmt.Sprintf("guide/chapter %d.docx", i)] = string(docxtest.New(blocks...).Bytes())
	}
	return files
}

// convert submits a folder and returns the receipt.
func (p *program) convert(dir string, args ...string) *job.Receipt {
	p.t.Helper()
	out := p.run(append([]string{"submit", "convert", dir, "--json"}, args...)...)
	require.Zero(p.t, out.code, out.err)
	var receipt job.Receipt
	require.NoError(p.t, json.Unmarshal([]byte(out.out), &receipt))
	return &receipt
}

// migrationLog returns the lines of the log of a convert job, by document.
func (p *program) migrationLog(id job.ID) map[string]map[string]string {
	p.t.Helper()
	var content bytes.Buffer
	require.NoError(p.t, p.Download(p.t.Context(), id, 0, "migration-log.csv", &content))
	rows, err := csv.NewReader(&content).ReadAll()
	require.NoError(p.t, err)
	lines := map[string]map[string]string{}
	for _, row := range rows[1:] {
		line := map[string]string{}
		for i, name := range rows[0] {
			line[name] = row[i]
		}
		require.NotContains(p.t, lines, line["document"], "each document once")
		lines[line["document"]] = line
	}
	return lines
}

// Every document is accounted for, whatever is killed; what was converted is not
// converted again; what was mended is.
func TestConvertAFolderOfWordDocuments(t *testing.T) {
	t.Parallel()
	const documents = 40
	data, dir := t.TempDir(), folder(t, wordFiles(documents, 3000))
	p := up(t, data)
	receipt := p.convert(dir, "--batch-size", "8")
	waitFor(t, "a batch at work", func() bool {
		status, err := p.Get(t.Context(), receipt.ID, job.StatusQuery{})
		require.NoError(t, err)
		require.False(t, status.State.Terminal(), "it was too quick for this test: %v", status.Error)
		return status.Step("convert").State == job.StepProcessing
	})
	p.kill()
	p = p.again(data)
	status := p.finished(receipt.ID)
	require.Equal(t, job.StatePartial, status.State, "%v", status.Error)
	require.Equal(t, documents+1, status.Items.Total)
	require.Equal(t, 1, status.Items.Failed)

	log := p.migrationLog(receipt.ID)
	require.Len(t, log, documents+1)
	batches := map[string]bool{}
	for _, line := range log {
		batches[line["batch_id"]] = true
	}
	require.Len(t, batches, 6)
	batch, err := p.Get(t.Context(), receipt.ID+".b01", job.StatusQuery{})
	require.NoError(t, err)
	require.True(t, batch.State.Terminal())

	lines := p.run("logs", string(receipt.ID), "--item", "guide/chapter 7.docx")
	require.Zero(t, lines.code, lines.err)
	require.Contains(t, lines.out, "Converted to ", "the log of its batch has it")
	require.NotContains(t, lines.out, "chapter 8")
	lines = p.run("logs", string(receipt.ID), "--step", "convert")
	require.Zero(t, lines.code, lines.err)
	require.Contains(t, lines.out, "guide/chapter 8.docx: Converted to ")
	require.Contains(t, lines.out, "broken.docx: ")

	failed, err := p.Items(t.Context(), receipt.ID, job.ItemQuery{State: job.StepFailed})
	require.NoError(t, err)
	require.Len(t, failed.Items, 1)
	require.Equal(t, "broken.docx", failed.Items[0].Document)
	require.NotEmpty(t, failed.Items[0].Error.Message)

	var topic bytes.Buffer
	require.NoError(t, p.Download(t.Context(), receipt.ID, 0, filepath.ToSlash(filepath.Dir(log["guide/chapter 7.docx"]["map"]))+"/topics/chapter-7.dita", &topic))
	require.Contains(t, topic.String(), "Text number 7.")

	done, err := p.Items(t.Context(), receipt.ID, job.ItemQuery{State: job.StepCompleted, Limit: 1})
	require.NoError(t, err)
	require.Len(t, done.Items[0].Outputs, 2, "the map and the fidelity report")
	for path, want := range map[string]string{
		"fidelity.html": "40 of 41 documents converted", "fidelity.json": `"words_lost": 0`, done.Items[0].Outputs[1]: `"words": "passed"`,
	} {
		var content bytes.Buffer
		require.NoError(t, p.Download(t.Context(), receipt.ID, 0, path, &content))
		require.Contains(t, content.String(), want, path)
	}

	mended := docxtest.New(docxtest.P("Mended.")).Bytes()
	wrong := p.run("resubmit", string(receipt.ID), "--wait", "--replace", folder(t, map[string]string{"other/broken.docx": string(mended)}))
	require.Equal(t, 1, wrong.code)
	require.Contains(t, wrong.out, "other/broken.docx")
	resubmitted := p.run("resubmit", string(receipt.ID), "--wait", "--replace", folder(t, map[string]string{"broken.docx": string(mended)}))
	require.Zero(t, resubmitted.code, resubmitted.err)
	status = p.finished(receipt.ID)
	require.Equal(t, job.StateCompleted, status.State, "%v", status.Error)
	require.Equal(t, documents, status.Items.Reused, "only the mended document is converted")

	original := p.convert(dir, "--batch-size", "8")
	require.NotEqual(t, receipt.ID, original.ID, "without what was mended it is other work")
	require.Equal(t, job.StatePartial, p.finished(original.ID).State)
	require.Equal(t, original.ID, p.convert(dir, "--batch-size", "8").ID)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.docx"), mended, 0o644))
	status = p.finished(p.convert(dir, "--batch-size", "8").ID)
	require.Equal(t, job.StateCompleted, status.State, "%v", status.Error)
	require.Equal(t, documents+1, status.Items.Completed)
	require.Equal(t, documents+1, status.Items.Reused, "all is known from the other job")
	p.stop()
}
