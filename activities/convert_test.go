package activities

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/engine/convert"
	"github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/docjobs/docjobs/job"
)

const convertID job.ID = "convert-3f9k2m7qx1ab4c5d"

// A convertRig is the activities of a convert job over real stores, with the real
// engine.
type convertRig struct {
	*rig
	*Convert
	attempt int
}

func newConvertRig(t *testing.T) *convertRig {
	r := newRig(t)
	c := &convertRig{rig: r, Convert: &Convert{Publish: r.Publish, Slots: NewSlots(2)}, attempt: 1}
	r.env.RegisterActivity(c.Convert)
	return c
}

func word(text string) string {
	return string(docxtest.New(docxtest.Heading(1, "Title"), docxtest.P(text)).Bytes())
}

// uploaded stores files as the source of a job.
func (r *convertRig) uploaded(files map[string]string) SourceRef {
	r.t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		require.NoError(r.t, err)
		_, err = f.Write([]byte(files[name]))
		require.NoError(r.t, err)
	}
	require.NoError(r.t, w.Close())
	u, _, err := r.Uploads.Receive(r.t.Context(), &archive)
	require.NoError(r.t, err)
	return SourceRef{Upload: u.ID}
}

// batchOf plans a job for a source, whose first batch is everything.
func (r *convertRig) batchOf(source SourceRef, styleMap string) BatchInput {
	r.t.Helper()
	plan, failed := do[PlanResult](r.rig, r.PlanDocuments, PlanInput{
		Job: Job{ID: convertID, Attempt: r.attempt}, Source: source, BatchSize: 50, StyleMap: styleMap,
	})
	require.Nil(r.t, failed)
	return BatchInput{
		Job: Job{ID: convertID.Batch(1), Attempt: r.attempt}, Tenant: "default", Source: source,
		Plan: plan.Plan, StyleMap: plan.StyleMap, DITA: "1.2", To: plan.Documents,
	}
}

// converted runs a batch through both its steps.
func (r *convertRig) converted(in BatchInput) BatchResult {
	r.t.Helper()
	made, failed := do[BatchResult](r.rig, r.ConvertDocuments, in)
	require.Nil(r.t, failed)
	done, failed := do[BatchResult](r.rig, r.ValidateDocuments, ValidateInput{BatchInput: in, Documents: made.Documents})
	require.Nil(r.t, failed)
	return done
}

func (r *convertRig) documents(ref artifact.Ref) map[string]*converted {
	r.t.Helper()
	list, err := getLines[*converted](r.t.Context(), r.Store, ref)
	require.NoError(r.t, err)
	byPath := map[string]*converted{}
	for _, d := range list {
		byPath[d.Document] = d
	}
	return byPath
}

var mixed = map[string]string{
	"a.docx": word("One."), "sub/b.docx": word("Two."), "broken.docx": "This is no Word file.",
	"~$a.docx": "lock", "notes.txt": "not a document",
}

func TestABadDocumentFailsAlone(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	done := r.converted(r.batchOf(r.uploaded(mixed), ""))
	require.Equal(t, job.ItemCounts{Total: 3, Completed: 2, Failed: 1, Warnings: done.Items.Warnings}, *done.Items)
	documents := r.documents(done.Documents)
	require.Equal(t, convert.Rejected, documents["broken.docx"].Report.Outcome)
	require.Equal(t, "not validated", documents["a.docx"].Validation)

	items, err := getLines[job.Item](t.Context(), r.Store, refOf(t, done.Outputs, job.ItemsPath))
	require.NoError(t, err)
	require.Equal(t, "broken.docx", items[1].Document)
	require.Equal(t, job.StepFailed, items[1].State)
	require.NotEmpty(t, items[1].Error.Message)
}

func refOf(t *testing.T, outputs []job.Output, path string) artifact.Ref {
	t.Helper()
	i := slices.IndexFunc(outputs, func(o job.Output) bool { return o.Path == path })
	require.GreaterOrEqual(t, i, 0, path)
	return artifact.Ref{SHA256: outputs[i].SHA256, Size: outputs[i].Size}
}

// What is known is used again: by the next attempt, and by another job. What
// failed, has changed or is new is converted.
func TestOnlyWhatIsNotKnownIsConverted(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	first := r.batchOf(r.uploaded(mixed), "")
	require.Zero(t, r.converted(first).Items.Reused)
	require.Zero(t, r.converted(first).Items.Reused, "a second try of an attempt has not reused what the attempt did")
	page, err := r.Store.Logs().Read(t.Context(), string(first.ID), artifact.LogQuery{})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(page.Lines, func(l artifact.Line) bool { return l.Message == "Was done before the worker stopped." }))

	again := first
	again.Attempt = 2
	documents := r.documents(r.converted(again).Documents)
	require.True(t, documents["a.docx"].Reused)
	require.False(t, documents["broken.docx"].Reused, "what failed is tried again")

	changed := maps.Clone(mixed)
	changed["sub/b.docx"], changed["broken.docx"], changed["new.docx"] = word("Other."), word("Mended."), word("New.")
	other := r.batchOf(r.uploaded(changed), "")
	other.ID = job.ID("convert-0000000000000000").Batch(1)
	done := r.converted(other)
	require.Equal(t, 1, done.Items.Reused)
	require.Equal(t, 4, done.Items.Completed)
	require.True(t, r.documents(done.Documents)["a.docx"].Reused)

	styled := r.batchOf(r.uploaded(mixed), "topics:\n  split: 2\n")
	styled.ID = other.ID
	require.Zero(t, r.converted(styled).Items.Reused, "another style map makes something else")
	foreign := first
	foreign.Tenant = "other"
	foreign.ID = other.ID
	require.Zero(t, r.converted(foreign).Items.Reused, "tenants share nothing")
}

// strict finds fault with every topic that it is given, or with none.
type strict struct {
	name   string
	faults bool
	seen   *int
}

func (s strict) Name() string { return s.name }

func (s strict) Validate(_ context.Context, _ string, files []string) (map[string][]convert.Warning, error) {
	*s.seen += len(files)
	wrong := map[string][]convert.Warning{}
	for _, f := range files {
		if s.faults {
			wrong[f] = []convert.Warning{{Code: "schema", Message: "no", Place: "3:7"}}
		}
	}
	return wrong, nil
}

func TestWhatIsNotValidIsNeverShownAsValid(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	in := r.batchOf(r.uploaded(map[string]string{"a.docx": word("One.")}), "")
	seen := 0
	r.Validators = map[string]Validator{"1.2": strict{"first", true, &seen}}
	d := r.documents(r.converted(in).Documents)["a.docx"]
	require.Equal(t, "invalid", d.Validation)
	require.Equal(t, convert.WithWarnings, d.kept().Outcome)
	require.Regexp(t, `\.dita(map)?:3:7$`, d.Findings[0].Place)

	before := seen
	require.Equal(t, "invalid", r.documents(r.converted(in).Documents)["a.docx"].Validation)
	require.Equal(t, before, seen, "the same validator does not look twice")

	r.Validators["1.2"] = strict{"second", false, &seen}
	d = r.documents(r.converted(in).Documents)["a.docx"]
	require.Equal(t, "valid", d.Validation)
	require.Empty(t, d.Findings)
}

func TestPlansThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	for name, c := range map[string]struct {
		files  map[string]string
		styles string
		file   string
		want   string
	}{
		"no document":     {map[string]string{"a.txt": "x"}, "", "", "There is no Word document"},
		"faulty map":      {mixed, "paragraphs:\n  Code: nonsense\n", "", "The style map has errors"},
		"map not there":   {mixed, "", "maps/none.yaml", "The source has no such style map"},
		"faulty map file": {map[string]string{"a.docx": word("x"), "m.yaml": "nonsense: 1\n"}, "", "m.yaml", "The style map has errors"},
	} {
		_, failed := do[PlanResult](r.rig, r.PlanDocuments, PlanInput{
			Job: Job{ID: convertID, Attempt: 1}, Source: r.uploaded(c.files), BatchSize: 1, StyleMap: c.styles, StyleMapFile: c.file,
		})
		require.NotNil(t, failed, name)
		require.Contains(t, failed.Message, c.want, name)
		require.False(t, failed.Retryable, name)
	}
	many := &convert.Listing{Documents: make([]string, MaxBatches*2+1)}
	require.ErrorContains(t, refusedPlan(many, 2), "more than 500 batches")
	many.Documents = many.Documents[1:]
	require.NoError(t, refusedPlan(many, 2))
}

// What a job leaves out is not there: it is not planned, and no link leads to it.
func TestDocumentsAreChosen(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	linking := string(docxtest.New(docxtest.P(docxtest.Link("r1", "see b"))).External("r1", "hyperlink", "b.docx").Bytes())
	source := r.uploaded(map[string]string{"x/a.docx": linking, "x/b.docx": word("Two."), "c.docx": word("Three.")})
	for _, c := range []struct {
		exclude  []string
		total    int
		warnings int
	}{{nil, 2, 0}, {[]string{"b.*"}, 1, 1}} {
		plan, failed := do[PlanResult](r.rig, r.PlanDocuments, PlanInput{
			Job: Job{ID: convertID, Attempt: 1}, Source: source, BatchSize: 50, Include: []string{"x/**"}, Exclude: c.exclude,
		})
		require.Nil(t, failed)
		require.Equal(t, c.total, plan.Documents)
		done := r.converted(BatchInput{
			Job: Job{ID: convertID.Batch(1), Attempt: 1}, Tenant: "default", Source: source,
			Plan: plan.Plan, StyleMap: plan.StyleMap, DITA: "1.2", To: plan.Documents,
		})
		a := r.documents(done.Documents)["x/a.docx"]
		require.Len(t, a.Report.Warnings, c.warnings)
	}
	_, failed := do[PlanResult](r.rig, r.PlanDocuments, PlanInput{Job: Job{ID: convertID, Attempt: 1}, Source: source, BatchSize: 1, Include: []string{"X/**"}})
	require.Contains(t, failed.Message, "include and exclude leave them all out")
}

// Every document of the job is in the log, also those of a batch that did not get
// to its end: what it had done counts, the rest failed for its reason.
func TestEveryDocumentIsAccountedFor(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	source := r.uploaded(map[string]string{"a.docx": word("One."), "b.docx": word("Two."), "=c.docx": word("Three.")})
	whole := r.batchOf(source, "")
	part := whole
	part.From, part.To = 0, 2 // =c.docx and a.docx
	done := r.converted(part)
	lost := &job.Error{Code: job.CodeWorkerLost, Message: "The worker died."}
	in := CollectInput{BatchInput: whole, Title: "All", Batches: []BatchRef{
		{ID: convertID.Batch(1), From: 0, To: 1, Error: lost},
		{ID: convertID.Batch(2), From: 1, To: 2, Error: lost},
		{ID: convertID.Batch(3), From: 2, To: 3, Error: lost},
	}}
	in.ID = convertID
	all, failed := do[CollectResult](r.rig, r.CollectDocuments, in)
	require.Nil(t, failed)
	require.Equal(t, 2, all.Items.Completed)
	require.Equal(t, 1, all.Items.Failed)
	require.Contains(t, all.Summary, "2 not validated")
	require.Equal(t, 2, done.Items.Completed)

	file, err := r.Store.Open(t.Context(), refOf(t, all.Outputs, "migration-log.csv"))
	require.NoError(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 4)
	require.Equal(t, "'=c.docx", lines[1][3], "no formula for a spreadsheet")
	require.Equal(t, []string{string(convertID), "1", string(convertID.Batch(3)), "b.docx"}, lines[3][:4])
	require.Equal(t, "rejected", lines[3][5])
	require.Equal(t, "worker_lost: The worker died.", lines[3][15])

	for _, path := range []string{"dita/", job.ItemsPath, DocumentsPath, "fidelity/", "fidelity.json", "fidelity.html", "review.csv"} {
		refOf(t, all.Outputs, path)
	}
	in.Batches = in.Batches[:2]
	_, failed = do[CollectResult](r.rig, r.CollectDocuments, in)
	require.Contains(t, failed.Detail, "the batches tell of 2 documents, and there are 3")
}

// What is made does not depend on how many documents are converted at a time, nor on how
// they are cut into batches; links lead from one batch into another.
func TestTheSameBytesHoweverParallel(t *testing.T) {
	t.Parallel()
	files := map[string]string{"z.docx": string(docxtest.New(docxtest.Heading(1, "Last"), docxtest.P(docxtest.Bookmark("goal", "Here."))).Bytes())}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		files[name+".docx"] = string(docxtest.New(docxtest.Heading(1, name), docxtest.P(docxtest.Link("r1", "see the last"))).External("r1", "hyperlink", "z.docx#goal").Bytes())
	}
	made := func(slots, batchSize int) (artifact.Ref, map[string]*convert.Report) {
		r := newConvertRig(t)
		r.Slots = NewSlots(slots)
		whole := r.batchOf(r.uploaded(files), "")
		in := CollectInput{BatchInput: whole, Title: "All"}
		in.ID = convertID
		reports := map[string]*convert.Report{}
		for from := 0; from < len(files); from += batchSize {
			part := whole
			part.ID, part.From, part.To = convertID.Batch(from/batchSize+1), from, min(from+batchSize, len(files))
			done := r.converted(part)
			in.Batches = append(in.Batches, BatchRef{ID: part.ID, From: part.From, To: part.To, Documents: done.Documents})
			for path, d := range r.documents(done.Documents) {
				reports[path] = d.Report
			}
		}
		all, failed := do[CollectResult](r.rig, r.CollectDocuments, in)
		require.Nil(t, failed)
		return refOf(t, all.Outputs, "dita/"), reports
	}
	alone, reports := made(1, 2)
	require.Equal(t, []string{"z.docx"}, reports["a.docx"].Uses, "z.docx is in another batch")
	require.Equal(t, convert.Converted, reports["a.docx"].Outcome, "and the link to it resolves")
	many, again := made(8, len(files))
	require.Equal(t, alone, many)
	require.Equal(t, reports, again)
}

// A long document says how far it is while nothing else is to be told.
func TestALongDocumentTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	blocks := make([]docxtest.XML, 40_000)
	for i := range blocks {
		blocks[i] = docxtest.P(fmt.Sprintf("Text number %d.", i))
	}
	r.converted(r.batchOf(r.uploaded(map[string]string{"long.docx": string(docxtest.New(blocks...).Bytes()), "short.docx": word("One.")}), ""))
	page, err := r.Store.Logs().Read(t.Context(), string(convertID.Batch(1)), artifact.LogQuery{})
	require.NoError(t, err)
	var told []string
	for _, line := range page.Lines {
		if match := regexp.MustCompile(`Read (\d+) %`).FindStringSubmatch(line.Message); match != nil {
			told = append(told, match[1])
		}
	}
	require.Equal(t, []string{"25", "50", "75"}, told)
}

// Links mean documents as authors type them: in another case, or as the .doc that has
// become a .docx. One that comes later makes the links to it anew.
func TestLinksAsAuthorsTypeThem(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	goal := word("Goal.")
	linking := string(docxtest.New(docxtest.P(docxtest.Link("r1", "one")), docxtest.P(docxtest.Link("r2", "two")), docxtest.P(docxtest.Link("r3", "three"))).
		External("r1", "hyperlink", `SUB\B.docx`).External("r2", "hyperlink", "Sub/b.DOC").External("r3", "hyperlink", "Later.doc").Bytes())
	files := map[string]string{"a.docx": linking, "sub/b.docx": goal}
	a := r.documents(r.converted(r.batchOf(r.uploaded(files), "")).Documents)["a.docx"]
	require.Equal(t, map[string]string{"sub/b.docx": digest256(goal), "SUB/B.docx": digest256(goal), "Sub/b.DOC": digest256(goal), "Later.doc": ""}, a.Uses)
	require.Len(t, a.Report.Warnings, 1, "only the third leads nowhere")
	require.Contains(t, a.Report.Warnings[0].Message, "Later.doc")

	files["later.docx"] = goal
	other := r.batchOf(r.uploaded(files), "")
	other.ID = job.ID("convert-0000000000000000").Batch(1)
	a = r.documents(r.converted(other).Documents)["a.docx"]
	require.False(t, a.Reused)
	require.Empty(t, a.Report.Warnings)

	files["later.doc"] = word("What the third link has meant all the time.")
	third := r.batchOf(r.uploaded(files), "")
	third.ID = job.ID("convert-0000000000000001").Batch(1)
	require.False(t, r.documents(r.converted(third).Documents)["a.docx"].Reused)

	_, ok := newListing([]planned{{Path: "x/c.docx"}, {Path: "x/C.docx"}}).find("X/C.docx")
	require.False(t, ok, "which of the two it means is anybody's guess")
}

func digest256(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// A link into a document that nothing came of after all is no clean reference.
func TestLinksIntoABatchThatWasLost(t *testing.T) {
	t.Parallel()
	r := newConvertRig(t)
	linking := string(docxtest.New(docxtest.P(docxtest.Link("r1", "see z"))).External("r1", "hyperlink", "z.docx").Bytes())
	whole := r.batchOf(r.uploaded(map[string]string{"a.docx": linking, "z.docx": word("Here.")}), "")
	first := whole
	first.To = 1
	done := r.converted(first)
	require.Equal(t, []string{"z/topics/title.dita"}, r.documents(done.Documents)["a.docx"].Report.Leads)
	in := CollectInput{BatchInput: whole, Title: "All", Batches: []BatchRef{
		{ID: convertID.Batch(1), From: 0, To: 1, Documents: done.Documents},
		{ID: convertID.Batch(2), From: 1, To: 2, Error: &job.Error{Code: job.CodeWorkerLost, Message: "The worker died."}},
	}}
	in.ID = convertID
	all, failed := do[CollectResult](r.rig, r.CollectDocuments, in)
	require.Nil(t, failed)
	require.Equal(t, 1, all.Items.Warnings)
	a := r.documents(refOf(t, all.Outputs, DocumentsPath))["a.docx"]
	require.Equal(t, convert.WithWarnings, a.Report.Outcome)
	require.Equal(t, convert.CodeReference, a.Report.Warnings[0].Code)
	require.Contains(t, a.Report.Warnings[0].Message, "z/topics/title.dita, which was not made")
}
