package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docjobs/docjobs/job"
)

const publishLong = `Build a documentation site, check its links and release it to a target.

SOURCE is one of
  - a folder: a Hugo site, or any folder of Markdown files;
  - an archive: .zip, .tar.gz, .tgz or .tar;
  - the https URL of a git repository; --ref chooses a branch, tag or commit.

A folder or an archive is reduced to a digest first. What the server has already
is not sent again. Version control, node_modules and files that systems leave
behind (.DS_Store, Thumbs.db) are not part of a source.

The job builds the site, checks every internal link, and only then switches the
target to the new release. Readers see the old site or the new one, never half of
one.

A link that is broken, and was not in the release that is live, stops the job
before the release: all broken links do on the first one, and always with --links
all, none with --links warn. Links that cannot be mended are listed in the source,
under links.ignore in docjobs.yaml.

Links to other sites are counted; --external report asks these sites, too.

--check-only ends after the check. No target is needed then; with one, the links
are compared with those of its release.`

const publishExample = `  docjobs submit publish docs --target local
  docjobs submit publish docs --target local --wait --timeout 10m
  docjobs submit publish site.zip --target staging --links warn --label nightly
  docjobs submit publish docs --check-only --wait
  docjobs submit publish https://github.com/gohugoio/hugoDocs --ref master --target local
  id=$(docjobs submit publish docs --target local)`

func (a *app) submitPublishCommand() *cobra.Command {
	var flags submitFlags
	var env []string
	o := PublishOptions{}
	cmd := &cobra.Command{
		Use:     "publish SOURCE --target NAME",
		Short:   "Build, check and release a documentation site",
		Long:    publishLong,
		Example: publishExample,
		Args:    exactly("SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Source, o.Submission = args[0], flags.Submission
			if err := publishUsage(&o, &flags, env); err != nil {
				return err
			}
			return a.submitPublish(cmd.Context(), o, &flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Publish.Target, "target", "", "`NAME` of the target to release to (needed, unless --check-only)")
	f.StringVar(&o.Publish.Dir, "dir", "", "`FOLDER` in the source that holds the site (default: its top)")
	f.StringVar(&o.Ref, "ref", "", "branch, tag or commit `REF` of a git repository (default: its default branch)")
	f.StringVar(&o.Publish.Title, "title", "", "`TEXT` as title of a site made from plain Markdown")
	f.StringArrayVar(&env, "env", nil, "variable `K=V` for the generator; may be repeated")
	o.Publish.Links = job.LinksNew
	wordFlag(cmd, &o.Publish.Links, "links", "which broken links stop the job: new ones, all, or none (warn)", job.LinkPolicies...)
	o.Publish.External = job.ExternalOff
	wordFlag(cmd, &o.Publish.External, "external", "links to other sites: off, report, or fail, where a broken one stops the job", job.ExternalPolicies...)
	f.BoolVar(&o.Publish.Approve, "approve", false, "wait for somebody's approval before the release; see docjobs approve")
	f.BoolVar(&o.Publish.CheckOnly, "check-only", false, "build the site and check its links, and release nothing")
	_ = cmd.RegisterFlagCompletionFunc("target", a.completeTargets)
	flags.add(a, cmd)
	return cmd
}

// publishUsage checks what the server is not asked about.
func publishUsage(o *PublishOptions, flags *submitFlags, env []string) error {
	if o.Publish.Target == "" && !o.Publish.CheckOnly {
		return usagef("--target is missing; name the target to release to, or give --check-only")
	}
	for _, pair := range env {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return usagef("--env %q is not of the form NAME=VALUE", pair)
		}
		if o.Publish.Env == nil {
			o.Publish.Env = map[string]string{}
		}
		o.Publish.Env[name] = value
	}
	if o.Ref != "" {
		if local, err := openSource(o.Source); err == nil && local != nil {
			return usagef("--ref goes with a git repository, and %s is on this machine", o.Source)
		}
	}
	return flags.check()
}

// submitPublish uploads what has to be and submits the job.
func (a *app) submitPublish(ctx context.Context, o PublishOptions, flags *submitFlags) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	o.IO, o.Color = a.io, a.color
	receipt, err := SubmitSource(ctx, a.submitter(c), o)
	if err != nil {
		return err
	}
	return a.submitted(ctx, c, receipt, flags)
}
