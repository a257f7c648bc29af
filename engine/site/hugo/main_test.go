package hugo_test

import (
	"os"
	"testing"

	"github.com/docjobs/docjobs/engine/site/hugo"
)

func TestMain(m *testing.M) {
	if hugo.IsChild() {
		os.Exit(hugo.Child())
	}
	os.Exit(m.Run())
}
