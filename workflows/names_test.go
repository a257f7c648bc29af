package workflows

import (
	"reflect"
	"runtime"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/activities"
)

// TestNamesThatHistoriesRemember pins every name that stands in histories. To
// change one here is to break jobs that are running.
func TestNamesThatHistoriesRemember(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"docjobs", "docjobs-io", "docjobs-cpu"}, []string{TaskQueue, TaskQueueIO, TaskQueueCPU})
	require.Equal(t, []string{"status", "record"}, []string{QueryStatus, QueryRecord})
	require.Equal(t, "record", MemoRecord)
	require.Equal(t, []string{"JobFailed", "JobPartial"}, []string{ErrorFailed, ErrorPartial})

	var attributes []string
	for _, a := range SearchAttributes {
		attributes = append(attributes, a.GetName()+" "+a.GetValueType().String())
	}
	require.Equal(t, []string{
		"JobKind Keyword", "JobState Keyword", "JobTenant Keyword", "JobSubmitter Keyword",
		"JobTarget Keyword", "JobParent Keyword", "JobLabels KeywordList", "JobAttempt Int",
	}, attributes)

	var types []string
	for _, p := range pipelines {
		name := runtime.FuncForPC(reflect.ValueOf(p.workflow).Pointer()).Name()
		types = append(types, name[strings.LastIndex(name, ".")+1:])
	}
	sort.Strings(types)
	require.Equal(t, []string{"Probe", "Publish"}, types)

	require.Equal(t, []string{
		"Build", "Check", "Cleanup", "Fetch", "Release", "Verify",
		"Pass",
		"ClaimAttempt", "SaveRecord",
	}, append(append(methods(&activities.Publish{}), methods(&activities.Probe{})...), methods(&activities.Records{})...))

	var steps []string
	for _, p := range publishSteps {
		steps = append(steps, p.name)
	}
	require.Equal(t, []string{"fetch", "build", "check", "release", "verify"}, steps)
}

func methods(group any) (names []string) {
	t := reflect.TypeOf(group)
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	return names
}
