package api

import (
	"maps"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/docjobs/docjobs/job"
)

// submissionSchema returns the schema of a submission: one object for every
// kind of job, told apart by the member "kind", which has the parameters of
// the kind beside the fields that all have. It is made from the same Go types
// that [job.Submission] decodes into.
func submissionSchema(registry huma.Registry) *huma.Schema {
	const prefix = "#/components/schemas/"
	union := &huma.Schema{Discriminator: &huma.Discriminator{PropertyName: "kind", Mapping: map[string]string{}}}
	for _, kind := range job.Kinds {
		params := reflect.TypeOf(job.NewParams(kind)).Elem()
		name := params.Name() + "Submission"
		registry.Map()[name] = kindSchema(registry, kind, params)
		union.OneOf = append(union.OneOf, &huma.Schema{Ref: prefix + name})
		union.Discriminator.Mapping[string(kind)] = prefix + name
	}
	registry.Map()["Submission"] = union
	return &huma.Schema{Ref: prefix + "Submission"}
}

// kindSchema returns the schema of a submission of one kind. What it does not
// name is refused, by the server too.
func kindSchema(registry huma.Registry, kind job.Kind, params reflect.Type) *huma.Schema {
	schema := huma.SchemaFromType(registry, params)
	common := huma.SchemaFromType(registry, reflect.TypeFor[job.Submission]())
	properties := map[string]*huma.Schema{"kind": {Type: huma.TypeString, Const: string(kind)}}
	maps.Copy(properties, schema.Properties)
	maps.Copy(properties, common.Properties)
	properties["priority"] = &huma.Schema{
		Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(5.0), Default: job.DefaultPriority,
		Description: "From 1 (first) to 5 (last).",
	}
	return &huma.Schema{
		Type:                 huma.TypeObject,
		Properties:           properties,
		Required:             append([]string{"kind"}, schema.Required...),
		AdditionalProperties: false,
	}
}

// describeValues adds to the schemas what Go types do not say: the words that
// a member can have.
func describeValues(registry huma.Registry) {
	states := enum(job.States...)
	kinds := enum(job.Kinds...)
	steps := enum(job.StepQueued, job.StepProcessing, job.StepCompleted, job.StepFailed, job.StepCancelled, job.StepSkipped)
	for schema, members := range map[string]map[string][]any{
		"Job": {"state": states, "kind": kinds}, "Receipt": {"state": states, "kind": kinds},
		"Summary": {"state": states, "kind": kinds}, "Result": {"state": states},
		"Event": {"state": states}, "Transition": {"state": states},
		"Delivery": {"state": enum(job.DeliveryPending, job.DeliveryDelivered, job.DeliveryFailed, job.DeliveryDisabled, job.DeliverySuperseded)},
		"Step":     {"state": steps}, "Item": {"state": steps},
		"PublishSubmission": {"links": enum(job.LinkPolicies...), "external": enum(job.ExternalPolicies...)},
		"ConvertSubmission": {"dita": enum("1.2", "1.3")}, "ResubmitSubmission": {"only": enum(job.Onlys...)},
		"Filter": {"kind": kinds},
	} {
		for member, values := range members {
			if s := registry.Map()[schema]; s != nil && s.Properties[member] != nil {
				s.Properties[member].Enum = values
			}
		}
	}
	if source := registry.Map()["Source"]; source != nil {
		for _, set := range []string{"digest", "replaced"} { // by the server
			source.Properties[set].ReadOnly = true
		}
		source.AdditionalProperties = false
	}
	if commit := registry.Map()["Commit"]; commit != nil {
		commit.AdditionalProperties = false
	}
	if filter := registry.Map()["Filter"]; filter != nil {
		filter.Properties["state"].Items = &huma.Schema{Type: huma.TypeString, Enum: states}
		filter.AdditionalProperties = false
	}
	for schema, set := range map[string][]string{"PublishSubmission": {"approval"}, "RollbackSubmission": {"release", "from"}} {
		for _, member := range set { // by the server
			registry.Map()[schema].Properties[member].ReadOnly = true
		}
	}
	if problem := registry.Map()["Problem"]; problem != nil {
		problem.Properties["code"].Enum = enum(slices.Sorted(maps.Keys(problemKinds))...)
		problem.Examples = []any{map[string]any{
			"type": "/problems/not_found", "title": problemKinds[job.CodeNotFound].title, "status": 404,
			"code": "not_found", "detail": "There is no such job.", "instance": "/v1/jobs/probe-3f9k2m7qx1ab4c5d",
			"job_id": "probe-3f9k2m7qx1ab4c5d", "retryable": false,
		}}
	}
}

// enum returns the words as the values of an enumeration.
func enum[S ~string](words ...S) []any {
	values := make([]any, len(words))
	for i, word := range words {
		values[i] = string(word)
	}
	return values
}

func ptr[T any](v T) *T { return &v }
