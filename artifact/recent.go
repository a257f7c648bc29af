package artifact

import (
	"slices"
	"sync"
)

// recentFiles bounds the memory of recentTrees: a file takes some 250 bytes.
const recentFiles = 200_000

// recentTrees keeps the manifests that were read last, so that a folder whose
// files are fetched one by one is not parsed anew for every one. What is kept
// cannot be stale: a manifest is named by its digest.
type recentTrees struct {
	mu    sync.Mutex
	kept  []recentTree // last used last
	files int          // in all of them
}

type recentTree struct {
	ref  TreeRef
	tree *Tree
}

// get returns the tree if it is kept.
func (r *recentTrees) get(ref TreeRef) (*Tree, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.index(ref)
	if i < 0 {
		return nil, false
	}
	k := r.kept[i]
	r.kept = append(slices.Delete(r.kept, i, i+1), k)
	return k.tree, true
}

// put keeps a tree, and lets go of those that were not used for longest.
func (r *recentTrees) put(ref TreeRef, tree *Tree) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(tree.Files) > recentFiles || r.index(ref) >= 0 {
		return
	}
	r.kept = append(r.kept, recentTree{ref, tree})
	r.files += len(tree.Files)
	for r.files > recentFiles {
		r.files -= len(r.kept[0].tree.Files)
		r.kept = slices.Delete(r.kept, 0, 1)
	}
}

func (r *recentTrees) index(ref TreeRef) int {
	return slices.IndexFunc(r.kept, func(k recentTree) bool { return k.ref == ref })
}
