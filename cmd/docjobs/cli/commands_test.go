package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/job"
)

// history fills a world with a job in every state that differs, and returns
// what the commands of the table below call them.
func history(w *world) *strings.Replacer {
	done := w.published("guide")
	w.Begin(done)
	w.Step(done, "fetch")
	w.Step(done, "build")
	w.Log(done, "build", "Total in 123 ms")
	w.SetItems(done, job.Item{Document: "content/a.md", State: job.StepCompleted, Warnings: 1},
		job.Item{Document: "content/b.md", State: job.StepFailed, Error: &job.Error{Code: job.CodeBuildFailed, Message: "Unclosed shortcode.", File: "content/b.md", Line: 7}})
	w.Finish(done, job.StateCompleted, map[string]string{"reports/links.html": "<p>fine</p>", "site.txt": "hello"})

	failed := w.published("manual")
	w.Begin(failed)
	w.Log(failed, "fetch", "cloned")
	w.Log(failed, "build", "evil \x1b[2J\x1b]0;title\x07 end")
	w.Fail(failed, &job.Error{
		Code: job.CodeBuildFailed, Cause: job.CauseContent, Message: "Hugo found an error in the source.", Step: "build",
		File: "content/\x1b[31mred.md", Line: 3, Column: 5, Hint: "Mend the page and submit the job again.",
	})
	running := w.submitted("running")
	w.Begin(running)
	cancelled := w.submitted("cancelled")
	w.Finish(cancelled, job.StateCancelled, nil)
	_, err := w.PutSchedule(w.t.Context(), "weekly", job.ScheduleSpec{
		Cron: "0 6 * * 1", Submission: job.Submission{Params: &job.Probe{Nonce: "weekly"}},
	})
	require.NoError(w.t, err)
	return strings.NewReplacer("DONE", string(done), "FAILED", string(failed), "RUNNING", string(running), "CANCELLED", string(cancelled))
}

// commands are command lines by the name of their golden file.
var commands = map[string]string{
	"status-completed":     "status DONE",
	"status-failed":        "status FAILED",
	"status-running":       "status RUNNING",
	"status-json":          "status FAILED --json",
	"status-attempt":       "status DONE --attempt 1",
	"status-no-attempt":    "status DONE --attempt 9",
	"status-unknown":       "status probe-0000000000000000",
	"status-unknown-json":  "status probe-0000000000000000 --json",
	"status-no-id":         "status not/an/id",
	"wait-completed":       "wait DONE",
	"wait-failed":          "wait FAILED",
	"wait-cancelled":       "wait CANCELLED",
	"wait-json":            "wait CANCELLED --json",
	"watch-failed":         "watch FAILED",
	"watch-json":           "watch FAILED --json",
	"items":                "items DONE",
	"items-state":          "items DONE --state failed",
	"items-json":           "items DONE --json",
	"items-none":           "items RUNNING",
	"events":               "events DONE",
	"events-after":         "events DONE --after 3 --follow",
	"events-json":          "events CANCELLED --json",
	"logs":                 "logs FAILED",
	"logs-step":            "logs FAILED --step fetch",
	"logs-json":            "logs FAILED --json",
	"list":                 "list",
	"list-filter":          "list --state failed --kind publish --label manual",
	"list-none":            "list --submitter nobody",
	"list-limit":           "list --limit 1",
	"list-all":             "list --all --json",
	"resubmit-many":        "resubmit --filter state=failed,partial --filter kind=publish --submitter ada",
	"resubmit-many-dry":    "resubmit --filter label=manual --dry-run",
	"list-csv":             "list --csv --kind publish",
	"list-states":          "list --state failed,cancelled --state partial",
	"list-document":        "list --document content/b.md",
	"list-counts":          "list --counts",
	"list-counts-json":     "list --counts --kind publish --json",
	"history":              "history content/b.md",
	"history-json":         "history content/a.md --json",
	"history-none":         "history nowhere.md",
	"ticket":               "ticket FAILED",
	"ticket-unknown":       "ticket probe-0000000000000000",
	"list-since":           "list --since 2026-01-02",
	"result":               "result DONE",
	"result-json":          "result DONE --json",
	"result-running":       "result RUNNING",
	"result-file":          "result DONE site.txt",
	"result-no-file":       "result DONE missing.txt",
	"result-many":          "result DONE site.txt more",
	"cancel":               "cancel RUNNING --reason no",
	"cancel-ended":         "cancel DONE",
	"cancel-json":          "cancel RUNNING --json",
	"resubmit":             "resubmit FAILED",
	"resubmit-completed":   "resubmit DONE",
	"approve":              "approve WAITS --comment fine",
	"approve-reject":       "approve WAITS --reject --json",
	"approve-none":         "approve DONE",
	"extend":               "extend DONE --until 2027-12-24",
	"extend-json":          "extend DONE --until 2027-12-24T18:00 --json",
	"extend-nothing":       "extend DONE",
	"extend-both":          "extend DONE --for 14d --until 2027-12-24",
	"extend-bad":           "extend DONE --for fortnight",
	"extend-running":       "extend RUNNING --for 14d",
	"extend-expired":       "extend EXPIRED --for 14d",
	"pin":                  "pin DONE",
	"pin-off":              "pin DONE --unpin",
	"status-pinned":        "status PINNED",
	"status-expired":       "status EXPIRED",
	"result-expired":       "result EXPIRED",
	"logs-expired":         "logs EXPIRED",
	"status-approval":      "status WAITS",
	"rollback":             "rollback local --to publish-00000000000a --json --dry-run",
	"rollback-no-target":   "rollback",
	"targets":              "targets",
	"targets-json":         "targets --json",
	"targets-one":          "targets local",
	"targets-unknown":      "targets nowhere",
	"targets-lock":         "targets lock local --reason incident",
	"targets-lock-again":   "targets lock locked --reason more",
	"targets-no-reason":    "targets lock local",
	"targets-unlock":       "targets unlock locked",
	"help-rollback":        "rollback --help",
	"submit-probe":         "submit probe new",
	"submit-probe-json":    "submit probe new --json --label b --label a --priority 1",
	"submit-known":         "submit probe running --json",
	"submit-dry-run":       "submit probe new --dry-run --json",
	"submit-invalid":       "submit probe new --priority 9",
	"submit-git":           "submit publish https://docs.example/new.git --ref v1 --target local --links warn --env A=b --json",
	"submit-no-target":     "submit publish .",
	"submit-no-source":     "submit publish no-such-folder --target local",
	"submit-bad-target":    "submit publish testdata --target NOT/A/NAME",
	"submit-bad-links":     "submit publish testdata --target local --links maybe",
	"submit-bad-env":       "submit publish testdata --target local --env oops",
	"submit-ref-of-folder": "submit publish testdata --target local --ref main",
	"schedule-create":      "schedule create nightly --cron 0_3_*_*_* --time-zone Europe/Berlin -- publish https://docs.example/new.git --check-only --label a",
	"schedule-json":        "schedule create nightly --cron 0_3_*_*_* --json -- probe x",
	"schedule-no-cron":     "schedule create nightly -- probe x",
	"schedule-no-dash":     "schedule create nightly --cron 0_3_*_*_* probe x",
	"schedule-bad-cron":    "schedule create nightly --cron nightly -- publish no-such-folder --target local",
	"schedule-bad-submit":  "schedule create nightly --cron 0_3_*_*_* -- publish .",
	"schedule-wait":        "schedule create nightly --cron 0_3_*_*_* -- probe x --wait",
	"schedule-list":        "schedule list",
	"schedule-run":         "schedule run weekly --idempotency-key monday",
	"schedule-delete":      "schedule delete weekly",
	"schedule-unknown":     "schedule run none",
	"submit-no-kind":       "submit",
	"submit-unknown-kind":  "submit nothing",
	"usage-command":        "statsu DONE",
	"usage-flag":           "status DONE --bogus",
	"usage-flag-json":      "status DONE --bogus --json",
	"usage-missing":        "status",
	"usage-many":           "status DONE FAILED",
	"usage-server":         "status DONE --server ftp://somewhere",
	"usage-since":          "list --since yesterday",
	"usage-resubmit-both":  "resubmit FAILED --filter state=failed",
	"usage-resubmit-odd":   "resubmit --filter colour=red",
	"usage-resubmit-bad":   "resubmit --filter state=failing",
	"resubmit-refused":     "resubmit --filter state=completed",
	"usage-states":         "list --state failed,odd",
	"usage-history":        "history",
	"usage-timeout":        "submit probe new --timeout 1s",
	"tty-status":           "status FAILED",
	"tty-list":             "list",
	"tty-submit":           "submit probe new",
	"tty-submit-running":   "submit probe running",
	"tty-submit-again":     "submit probe cancelled",
	"tty-submit-dry-run":   "submit probe new --dry-run",
	"tty-status-json":      "status CANCELLED --json",
	"tty-color-never":      "status FAILED --color never",
	"help":                 "--help",
	"help-submit-publish":  "submit publish --help",
	"help-result":          "result --help",
}

// TestCommands compares what every command writes, and its exit code, with
// testdata/<name>.txt. Each runs piped and, where the name begins with "tty-",
// on a terminal.
func TestCommands(t *testing.T) {
	t.Parallel()
	for name, command := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tty = strings.HasPrefix(name, "tty-")
			command := history(w).Replace(command)
			if strings.Contains(command, "WAITS") {
				waits := w.submitted("waits")
				w.AwaitApproval(waits, nil)
				command = strings.ReplaceAll(command, "WAITS", string(waits))
			}
			if strings.Contains(command, "EXPIRED") {
				expired := w.submitted("expired")
				w.Finish(expired, job.StatePartial, map[string]string{"site.txt": "hello"})
				w.Expire(expired)
				command = strings.ReplaceAll(command, "EXPIRED", string(expired))
			}
			if strings.Contains(command, "PINNED") {
				pinned, pin := w.submitted("pinned"), true
				w.Finish(pinned, job.StateCompleted, nil)
				_, err := w.Extend(t.Context(), pinned, job.Extension{Pin: &pin})
				require.NoError(t, err)
				command = strings.ReplaceAll(command, "PINNED", string(pinned))
			}
			args := strings.Fields(command)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "0_3_*_*_*", "0 3 * * *")
			}
			got := w.run(args...)
			golden(t, name+".txt", transcript(command, got), w.address, "http://SERVER")
		})
	}
}

// transcript returns a command and what came of it as one text. Escapes are
// made visible.
func transcript(command string, o outcome) string {
	text := fmt.Sprintf("$ docjobs %s\n-- exit code %d\n-- stdout\n%s-- stderr\n%s", command, o.code, o.out, o.err)
	return strings.ReplaceAll(text, "\x1b", "␛")
}
