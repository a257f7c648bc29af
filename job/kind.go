package job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Kind names one of the pipelines.
type Kind string

// The kinds of job.
const (
	// KindPublish builds, checks and releases a documentation site.
	KindPublish Kind = "publish"
	// KindConvert turns Word documents into DITA, in batches that are jobs of the
	// same kind.
	KindConvert Kind = "convert"
	// KindRollback makes an earlier release live again.
	KindRollback Kind = "rollback"
	// KindResubmit starts the next attempt of many jobs.
	KindResubmit Kind = "resubmit"
	// KindProbe passes three empty steps through queue, worker and record. It
	// shows that the whole chain works, for monitoring and benchmarks.
	KindProbe Kind = "probe"
)

// Kinds lists every kind of job.
var Kinds = []Kind{KindPublish, KindConvert, KindRollback, KindResubmit, KindProbe}

// Params are the parameters of one kind of job: *[Publish], *[Convert], *[Rollback], *[Resubmit]
// or *[Probe].
type Params interface {
	// Kind returns the kind of job that they are for.
	Kind() Kind
	// Normalize fills in defaults, so that leaving a parameter out and giving
	// its default are the same work, and returns everything that is wrong.
	Normalize() []Fault
	// Identity returns the parts which, with tenant and kind, tell this work
	// from any other. Inputs are named by digest there.
	Identity() []string
	// Summary says in one line what the job does.
	Summary() string
}

// NewParams returns empty parameters for the kind, or nil for an unknown one.
func NewParams(k Kind) Params {
	switch k {
	case KindPublish:
		return &Publish{}
	case KindConvert:
		return &Convert{}
	case KindRollback:
		return &Rollback{}
	case KindResubmit:
		return &Resubmit{}
	case KindProbe:
		return &Probe{}
	}
	return nil
}

// A Submission asks for a job. In JSON the parameters of the kind stand beside
// the common fields:
//
//	{"kind": "publish", "source": {"upload": "sha256:…"}, "target": "local", "labels": ["nightly"]}
type Submission struct {
	Params    Params   `json:"-"`
	Submitter string   `json:"submitter,omitempty"` // who asks, for people to read
	Labels    []string `json:"labels,omitempty"`    // free words to find the job by
	Priority  int      `json:"priority,omitempty"`  // 1 (first) to 5 (last); 3 when left out
	Force     bool     `json:"force,omitempty"`     // a fresh job, even if the same work was done
	DryRun    bool     `json:"dry_run,omitempty"`   // run every check and start nothing
	Notify    []string `json:"notify,omitempty"`    // names of endpoints in the configuration that are told of the job
	Retention string   `json:"retention,omitempty"` // how long the result is kept after the end, such as "14d"; see [ParseSpan]
	Archive   string   `json:"archive,omitempty"`   // name of an archive in the configuration, where a copy of the result is kept

	// Commit is what the job is made for, for endpoints that mark commits. A job with
	// a repository as its source has it from there.
	Commit *Commit `json:"commit,omitempty"`

	// IdempotencyKey replaces the derivation of the Job ID from the content.
	// It travels as an HTTP header.
	IdempotencyKey string `json:"-"`
}

// Limits of the common fields.
const (
	maxLabels    = 20
	maxLabel     = 100
	maxSubmitter = 200
	maxKey       = 255
	maxNotify    = 10
)

// DefaultPriority is the priority of a job that names none.
const DefaultPriority = 3

// Kind returns the kind of job that is asked for, or "".
func (s *Submission) Kind() Kind {
	if s.Params == nil {
		return ""
	}
	return s.Params.Kind()
}

// IsZero reports whether nothing is asked for.
func (s Submission) IsZero() bool { return s.Params == nil }

// Normalize fills in defaults and returns an [Error] with [CodeInvalid] that
// names everything that is wrong, or nil.
func (s *Submission) Normalize() error {
	if s.Params == nil {
		return Invalid(Fault{"kind", "is missing; give one of " + kindList() + "."})
	}
	faults := s.Params.Normalize()
	if s.Priority == 0 {
		s.Priority = DefaultPriority
	}
	if s.Priority < 1 || s.Priority > 5 {
		faults = append(faults, Fault{"priority", "must be from 1 (first) to 5 (last)."})
	}
	s.Labels = slices.Compact(slices.Sorted(slices.Values(s.Labels)))
	if len(s.Labels) > maxLabels {
		faults = append(faults, Fault{"labels", fmt.Sprintf("are more than %d.", maxLabels)})
	}
	for _, label := range s.Labels {
		if label == "" || len(label) > maxLabel || !searchable(label) {
			faults = append(faults, Fault{"labels", fmt.Sprintf("each must be 1 to %d bytes of text without double quotes and backslashes.", maxLabel)})
			break
		}
	}
	s.Notify = slices.Compact(slices.Sorted(slices.Values(s.Notify)))
	if len(s.Notify) > maxNotify || slices.ContainsFunc(s.Notify, func(name string) bool { return !ValidEndpoint(name) }) {
		faults = append(faults, Fault{"notify", fmt.Sprintf("must be at most %d names of endpoints: lower-case letters, digits and dashes.", maxNotify)})
	}
	if s.Retention != "" {
		if _, err := ParseSpan(s.Retention); err != nil {
			faults = append(faults, Fault{"retention", err.Error() + "."})
		}
	}
	if s.Archive != "" && !ValidEndpoint(s.Archive) {
		faults = append(faults, Fault{"archive", "must be the name of an archive: lower-case letters, digits and dashes."})
	}
	if s.Commit != nil {
		faults = append(faults, s.Commit.faults()...)
	}
	if len(s.Submitter) > maxSubmitter || !searchable(s.Submitter) {
		faults = append(faults, Fault{"submitter", fmt.Sprintf("must be at most %d bytes of text without double quotes and backslashes.", maxSubmitter)})
	}
	if len(s.IdempotencyKey) > maxKey || !printable(s.IdempotencyKey) {
		faults = append(faults, Fault{"Idempotency-Key", fmt.Sprintf("must be at most %d bytes of printable text.", maxKey)})
	}
	if len(faults) > 0 {
		return Invalid(faults...)
	}
	return nil
}

// submissionFields is Submission without its methods, for encoding.
type submissionFields Submission

// MarshalJSON puts the kind and its parameters beside the common fields.
func (s Submission) MarshalJSON() ([]byte, error) {
	common, err := json.Marshal(submissionFields(s))
	if err != nil {
		return nil, err
	}
	params, err := json.Marshal(s.Params)
	if err != nil {
		return nil, err
	}
	kind, err := json.Marshal(struct {
		Kind Kind `json:"kind"`
	}{s.Kind()})
	if err != nil {
		return nil, err
	}
	return joinObjects(kind, params, common), nil
}

// UnmarshalJSON reads a submission of any kind. A field that the kind does not
// have is refused by name with an [Error].
func (s *Submission) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return Invalid(Fault{"body", "must be a JSON object."})
	}
	var kind Kind
	if raw, ok := fields["kind"]; ok && json.Unmarshal(raw, &kind) != nil {
		return Invalid(Fault{"kind", "must be a string; give one of " + kindList() + "."})
	}
	params := NewParams(kind)
	if params == nil {
		if kind == "" {
			return Invalid(Fault{"kind", "is missing; give one of " + kindList() + "."})
		}
		return Invalid(Fault{"kind", fmt.Sprintf("%q is not a kind of job; give one of %s.", abbreviate(string(kind), 40), kindList())})
	}
	delete(fields, "kind")
	faults := decodeFields(fields, params)
	var common submissionFields
	faults = append(faults, decodeFields(fields, &common)...)
	for name := range fields {
		faults = append(faults, Fault{abbreviate(name, 80), fmt.Sprintf("is not a field of a %s job.", kind)})
	}
	if len(faults) > 0 {
		faults = addFaults(faults, params.Normalize())
		slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.Field, b.Field) })
		return Invalid(faults...)
	}
	*s = Submission(common)
	s.Params = params
	return nil
}

// addFaults adds faults of fields that have none yet.
func addFaults(faults, more []Fault) []Fault {
	for _, f := range more {
		top, _, _ := strings.Cut(f.Field, ".")
		if !slices.ContainsFunc(faults, func(known Fault) bool {
			return known.Field == f.Field || known.Field == top || strings.HasPrefix(known.Field, top+".")
		}) {
			faults = append(faults, f)
		}
	}
	return faults
}

// decodeFields moves the fields that the struct behind target has out of
// fields and into it, and returns what could not be read.
func decodeFields(fields map[string]json.RawMessage, target any) (faults []Fault) {
	for _, field := range reflect.VisibleFields(reflect.TypeOf(target).Elem()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		raw, ok := fields[name]
		if name == "" || name == "-" || !ok {
			continue
		}
		delete(fields, name)
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		value := reflect.ValueOf(target).Elem().FieldByIndex(field.Index)
		if err := dec.Decode(value.Addr().Interface()); err != nil {
			faults = append(faults, decodeFault(name, err))
		}
	}
	return faults
}

// decodeFault says in a writer's words why a field could not be read.
func decodeFault(name string, err error) Fault {
	message := strings.TrimPrefix(err.Error(), "json: ")
	if unknown, ok := strings.CutPrefix(message, "unknown field "); ok {
		return Fault{name + "." + abbreviate(strings.Trim(unknown, `"`), 80), "is not a field of " + name + "."}
	}
	if t, ok := err.(*json.UnmarshalTypeError); ok {
		if t.Field != "" {
			name += "." + t.Field
		}
		return Fault{name, fmt.Sprintf("must be %s, not a %s.", jsonType(t.Type), t.Value)}
	}
	return Fault{name, "cannot be read: " + message + "."}
}

// jsonType names the JSON type that holds values of t.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a string"
}

// joinObjects puts the fields of several JSON objects into one.
func joinObjects(objects ...[]byte) []byte {
	out := []byte{'{'}
	for _, object := range objects {
		fields := bytes.TrimSuffix(bytes.TrimPrefix(object, []byte("{")), []byte("}"))
		if len(fields) == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, fields...)
	}
	return append(out, '}')
}

// kindList names the kinds for messages.
func kindList() string {
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = fmt.Sprintf("%q", k)
	}
	return strings.Join(names, ", ")
}

// printable reports whether s is free of control characters and valid UTF-8.
func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return false
		}
	}
	return true
}

// searchable reports whether jobs can be found by s: Temporal's SQL visibility
// escapes double quotes and backslashes so that they match nothing.
func searchable(s string) bool { return printable(s) && !strings.ContainsAny(s, "\"\\") }
