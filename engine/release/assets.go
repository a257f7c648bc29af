package release

import (
	"os"
	"slices"
	"sync"
	"time"
)

// assets are the fingerprinted files of the releases that a target holds. What a
// release has never changes, so that each is read once.
type assets struct {
	mu       sync.Mutex
	releases map[string]*releaseAssets // by ID
}

type releaseAssets struct {
	id    string
	made  time.Time
	files map[string]File // by path
}

// assetOf is an asset of a release.
type assetOf struct {
	release string
	file    File
}

// having returns the releases that have an asset at path p, the newest first. A release
// that cannot be read is passed over: others may have the asset.
func (a *assets) having(t *FileTarget, p string) (found []assetOf) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refresh(t)
	var have []*releaseAssets
	for _, r := range a.releases {
		if _, there := r.files[p]; there {
			have = append(have, r)
		}
	}
	slices.SortFunc(have, func(x, y *releaseAssets) int { return y.made.Compare(x.made) })
	for _, r := range have {
		found = append(found, assetOf{r.id, r.files[p]})
	}
	return found
}

// refresh reads what is new on the target and forgets what is gone.
func (a *assets) refresh(t *FileTarget) {
	entries, err := os.ReadDir(t.path("releases"))
	if err != nil {
		t.log.Warn("cannot look for assets of other releases", "error", err)
		return
	}
	held := make(map[string]*releaseAssets, len(entries))
	for _, e := range entries {
		id := e.Name()
		if known := a.releases[id]; known != nil {
			held[id] = known
		} else if CheckID(id) == nil {
			if r, err := readAssets(t, id); err == nil {
				held[id] = r
			}
		}
	}
	a.releases = held
}

func readAssets(t *FileTarget, id string) (*releaseAssets, error) {
	m, err := t.readManifest(id)
	if err != nil {
		return nil, err
	}
	r := &releaseAssets{id: id, made: m.CreatedAt, files: map[string]File{}}
	for _, f := range m.Files {
		if Fingerprinted(f.Path) {
			r.files[f.Path] = f
		}
	}
	return r, nil
}
