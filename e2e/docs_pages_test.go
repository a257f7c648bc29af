package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/docjobs/docjobs/job"
)

// A staging is what has to be there before the examples of a page, or of one of its
// sections, are run.
type staging map[string]func(s *scene)

// stagings are those of the pages. The key "" is for the whole page.
var stagings = map[string]staging{
	"command-line.md":    stageCommandLine,
	"contributing.md":    {"": func(s *scene) { require.NoError(s.t, os.CopyFS(filepath.Join(s.dir, "docs"), os.DirFS("../docs"))) }},
	"convert.md":         stageConvert,
	"getting-started.md": stageGettingStarted,
	"http-api.md":        stageAPI,
	"jobs.md":            stageJobs,
	"operations.md":      stageOperations,
	"publish.md":         stagePublish,
	"webhooks.md":        stageWebhooks,
}

// elsewhere are the examples that are not run here, by how they begin, and why.
var elsewhere = map[string]string{
	"CGO_ENABLED=0 go run ./cmd/docjobs": "the tests build the program themselves",
	"CGO_ENABLED=0 go build":             "the tests build the program themselves",
	"CGO_ENABLED=0 go test":              "is a test itself",
	"go test ./index":                    "measures for minutes",
	"go run ./bench":                     "measures for minutes",
	"make convert-tools":                 "installs packages",
	"make test":                          "is what runs this",
	"export TEMPORAL_ADDRESS=":           "needs a cluster; TestWorkersOfACluster has one",
	"docjobs submit publish docs --target local --notify commits": "tells github.com; tests of the package notify have a stand-in",
}

// What the pages show in a shell is true: every command is run, and prints what the page
// says.
func TestExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	played, passed := 0, map[string]bool{}
	for _, path := range append(pages, "../README.md") {
		page, err := filepath.Rel("../docs", path)
		require.NoError(t, err)
		var run []example
		for _, e := range examples(t, page) {
			if begin := passedOver(e); begin != "" {
				passed[begin] = true
				continue
			}
			run = append(run, e)
		}
		if played += len(run); len(run) > 0 {
			t.Run(page, func(t *testing.T) {
				t.Parallel()
				playPage(newScene(t), stagings[page], run)
			})
		}
	}
	require.Greater(t, played, 50, "the pages have examples")
	require.Len(t, passed, len(elsewhere), "what is passed over is there")
}

// passedOver returns how an example begins that is not run here.
func passedOver(e example) string {
	for begin := range elsewhere {
		if strings.HasPrefix(e.script, begin) {
			return begin
		}
	}
	return ""
}

func playPage(s *scene, staging staging, run []example) {
	section := ""
	prepare := func() {
		if set := staging[section]; set != nil {
			set(s)
		}
	}
	prepare()
	for _, e := range run {
		if e.section != section {
			section = e.section
			prepare()
		}
		s.play(e)
	}
}

// runs makes the job that the page calls id run on until the test ends: its source is
// a repository that does not answer.
func (s *scene) runs(id string) {
	s.real[id] = s.sh("docjobs submit publish " + s.repo.url() + " --target local")
	s.repo.gate.await(s.t)
	s.until(job.ID(s.real[id]), "fetch")
}

// startsWithRepository starts a server that may read a repository, which the page has at
// an address. It says what it has, and does not send it until its gate is opened.
func (s *scene) startsWithRepository(address string, files map[string]string, configuration ...string) {
	s.repo = newRepository(s.t, closedGate(s.t))
	s.repo.commit(files)
	s.instead = append(s.instead, address, s.repo.url())
	s.starts(s.repo.config() + strings.Join(configuration, ""))
}

// guide is the folder of "Getting started": with a broken link until there is a page on
// upgrading.
func guide(whole bool) map[string]string {
	files := map[string]string{
		"README.md":             "# Handbook\n\nSee [how to install](guide/01-install.md).\n",
		"guide/01-install.md":   "# Install\n\nThen [configure](02-configure.md).\n",
		"guide/02-configure.md": "# Configure\n\nSet everything.\n\nThen [upgrade](upgrade.md).\n",
	}
	if whole {
		files["guide/upgrade.md"] = "# Upgrade\n\nThat is easy.\n"
	}
	return files
}

var hugoSite = map[string]string{
	"hugo.toml":                    "title = 'My site'\n",
	"content/guide.md":             "# Guide\n",
	"content/_index.md":            "Hello.\n",
	"layouts/_default/single.html": `<!doctype html><html lang="en"><title>{{ .Title }}</title>{{ getenv "CHANNEL" }}</html>`,
	"layouts/_default/list.html":   `<!doctype html><html lang="en"><title>{{ .Title }}</title></html>`,
}

var stageGettingStarted = staging{
	"": func(s *scene) {
		s.files("handbook", guide(false))
		s.files("mysite", hugoSite)
	},
	"Mend and publish again": func(s *scene) { s.files("handbook", guide(true)) },
	"Publish from a git repository": func(s *scene) {
		s.startsWithRepository("https://git.example.org/team/docs.git", map[string]string{"docs/README.md": "# Handbook\n"})
		s.repo.gate.open()
	},
	"Stop a job, and go on": func(s *scene) {
		s.repo.gate.shut()
		s.repo.commit(handbook("From git."))
		s.runs("publish-frnnswpq8qdre2y5")
	},
}

var stageCommandLine = staging{
	"Output": func(s *scene) {
		s.starts("")
		s.files("docs", handbook("Hello."))
	},
	"Finding the server": func(s *scene) { s.real["publish-frnnswpq8qdre2y5"] = "publish-frnnswpq8qdre2y5" },
}

var stageConvert = staging{"": func(s *scene) {
	s.starts("")
	s.files("word", map[string]string{"guide/setup.docx": word("Set-up")})
	s.files("", map[string]string{"map.yaml": "topics:\n  split: 2\n"})
}, "Before you begin": func(s *scene) { require.NoError(s.t, os.Remove(filepath.Join(s.dir, "map.yaml"))) }}

// word is a Word document with a heading.
func word(heading string) string {
	return string(docxtest.New(docxtest.Heading(1, heading), docxtest.P("Text.")).Bytes())
}

// twoTargets are the targets local and handbook in a configuration.
func (s *scene) twoTargets() string {
	return fmt.Sprintf("targets:\n  local: {type: file, path: %s}\n  handbook: {type: file, path: %s}\n", s.t.TempDir(), s.t.TempDir())
}

var stageJobs = staging{
	"": func(s *scene) {
		s.startsWithRepository("https://docs.example.org/handbook.git", handbook("From git."), s.twoTargets())
		s.files("broken/handbook", guide(false))
		s.made("publish-7gqf5gf1mhw82frn", "docjobs submit publish broken/handbook --target local")
	},
	"Events": func(s *scene) {
		s.files("handbook", guide(true))
		s.files("word", map[string]string{"guide/setup.docx": word("Set-up")})
		s.made("publish-wfa2j7ap800znm3z", "docjobs submit publish handbook --target local")
		s.made("publish-ct2326wsg0rd4wfp", "docjobs submit publish handbook --target local --force")
		s.made("publish-3bv6ctytgc0qf9r6", "docjobs submit publish handbook --target local --force")
		s.made("convert-3f9k2m7qx1ab4c5d", "docjobs submit convert word")
		s.expired("publish-8d2kq0v5rm3xw7ya")
	},
	"What a job waits for": func(s *scene) {
		s.sh(`docjobs targets lock local --reason "incident 4711"`)
		s.real["publish-ct2326wsg0rd4wfp"] = s.sh("docjobs submit publish handbook --target local --force")
		s.waits(job.ID(s.real["publish-ct2326wsg0rd4wfp"]))
	},
}

// waits returns once a job waits for its turn at a target.
func (s *scene) waits(id job.ID) {
	waitFor(s.t, "a job that waits", func() bool {
		status, err := s.Get(s.t.Context(), id, job.StatusQuery{})
		require.NoError(s.t, err)
		return status.Waiting != nil && status.Waiting.For == "target"
	})
}

// expired makes the job that the page calls id: one whose result has expired.
func (s *scene) expired(id string) {
	s.files("old", handbook("It is old."))
	s.made(id, "docjobs submit publish old --check-only --retention 1s")
	waitFor(s.t, "the expiry", func() bool {
		status, err := s.Get(s.t.Context(), job.ID(s.real[id]), job.StatusQuery{})
		require.NoError(s.t, err)
		return status.State == job.StateExpired
	})
}

var stageOperations = staging{
	"": func(s *scene) {
		s.starts("")
		s.files("handbook", handbook("Hello."))
		s.made("publish-frnnswpq8qdre2y5", "docjobs submit publish handbook --target local")
	},
}

var stagePublish = staging{
	"": func(s *scene) {
		s.starts("")
		s.files("emp2", handbook("Hello."))
		require.NoError(s.t, os.Symlink("/nowhere", filepath.Join(s.dir, "emp2", "l")))
		s.files("manual", map[string]string{"mkdocs.yml": "site_name: Manual\n", "docs/index.md": "# Manual\n"})
		s.files("mysite", hugoSite)
		s.files("handbook", guide(true))
		s.made("publish-dmnjqvwgjb4nxb2c", "docjobs submit publish mysite --target local")
		s.made("publish-fj8c8t3wz82vh7ph", "docjobs submit publish handbook --target local")
		s.made("publish-ct2326wsg0rd4wfp", "docjobs submit publish mysite --target local")
	},
	"Approval": func(s *scene) {
		s.awaits("publish-3f9k2m7qx1ab4c5d", "One.")
		s.awaits("publish-6s0hzk4vqe9tb1rn", "Two.")
	},
}

// awaits makes the job that the page calls id: one that waits for an approval.
func (s *scene) awaits(id, says string) {
	s.files("draft/handbook", handbook(says))
	s.real[id] = s.sh("docjobs submit publish draft/handbook --target local --approve")
	waitFor(s.t, "the approval", func() bool {
		status, err := s.Get(s.t.Context(), job.ID(s.real[id]), job.StatusQuery{})
		require.NoError(s.t, err)
		return status.State == job.StateAwaitingApproval
	})
}

var stageWebhooks = staging{
	"": func(s *scene) {
		s.starts(strings.ReplaceAll(newReceiver(s.t).configuration(), "    ops:", "    handbook:"))
		s.files("docs", handbook("Hello."))
	},
	"See what was sent, send it again": func(s *scene) {
		s.made("publish-3f9k2m7qx1ab4c5d", "docjobs submit publish docs --target local --force")
		id := s.real["publish-3f9k2m7qx1ab4c5d"]
		waitFor(s.t, "a delivery", func() bool { return strings.Contains(s.sh("docjobs deliveries "+id), "delivered") })
		s.real["msg_mzxw6ytboi5dcmrtgq2tmnzyha"] = s.sh("docjobs deliveries " + id + " --json | jq -r '.deliveries[0].id'")
	},
}

var stageAPI = staging{
	"Keys": func(s *scene) {
		s.starts("")
		s.env = append(s.env, "DOCJOBS_KEY="+newKey(s.t, s.data, "anna"))
	},
	"Uploads": func(s *scene) {
		s.env = []string{"DOCJOBS_KEY="}
		s.startsWithRepository("https://docs.example.org/handbook.git", handbook("From git."))
		s.files("handbook", handbook("Hello."))
		s.sh("tar czf handbook.tar.gz handbook && curl --data-binary @handbook.tar.gz http://" + s.address + "/v1/uploads")
	},
	"Where a job stands": func(s *scene) { s.runs("publish-frnnswpq8qdre2y5") },
	"List jobs": func(s *scene) {
		s.sh("docjobs cancel " + s.real["publish-frnnswpq8qdre2y5"])
		s.stageJobs()
	},
	"Approval": func(s *scene) {
		s.awaits("publish-3f9k2m7qx1ab4c5d", "Hello, all.")
		s.sh("docjobs targets lock local --reason 'so that the job goes on for as long as it is looked at'")
	},
	"Targets": func(s *scene) {
		s.sh("docjobs targets unlock local")
		s.finished(job.ID(s.real["publish-3f9k2m7qx1ab4c5d"]))
	},
}

// stageJobs makes the jobs that the page on the HTTP API asks for.
func (s *scene) stageJobs() {
	s.files("broken/handbook", handbook("See [the appendix](appendix.md)."))
	s.sh("docjobs submit publish broken/handbook --target local || true")
	s.made("publish-xwre5rt1tr2mcgwc", "docjobs submit publish broken/handbook --target local --force")
	s.files("guide/handbook", guide(true))
	s.made("publish-ct2326wsg0rd4wfp", "docjobs submit publish guide/handbook --target local")
	s.made("publish-wfa2j7ap800znm3z", "docjobs submit publish guide/handbook --check-only")
	s.made("publish-3bv6ctytgc0qf9r6", "docjobs submit publish guide/handbook --check-only --title Guide")
	s.expired("publish-8d2kq0v5rm3xw7ya")

	s.files("good", map[string]string{"setup.docx": word("Set-up")})
	s.files("bad", map[string]string{"manuals/pump.docx": "no Word document"})
	s.files("mixed", map[string]string{"setup.docx": word("Set-up"), "pump.docx": "no Word document"})
	s.files("mended", map[string]string{"manuals/pump.docx": word("Pump")})
	for i, dir := range []string{"good", "mixed", "bad"} {
		s.made(fmt.Sprint("convert", i), "docjobs submit convert "+dir)
	}
	s.made("convert-8b3d5t0xq2m1yc4e", "docjobs submit convert bad --force")
	s.sh("docjobs resubmit --replace mended --wait " + s.real["convert-8b3d5t0xq2m1yc4e"])
}
