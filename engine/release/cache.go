package release

import (
	"slices"
	"sync"
)

// cacheSize is how many releases a handler remembers. One is live; the others
// serve requests that began just before a switch, and quick rollbacks. A site
// of 10,000 files takes about 2 MB.
const cacheSize = 4

// cache holds the sites that were asked for last.
type cache struct {
	mu      sync.Mutex
	entries []*cacheEntry // the last used first
}

type cacheEntry struct {
	id   string
	once sync.Once // loads outside of the cache's lock: one slow load delays nobody else
	site *site
	err  error
}

// get returns site id, calling load once for all who ask for it. A failure is
// handed to those who waited for it and then forgotten.
func (c *cache) get(id string, load func(id string) (*site, error)) (*site, error) {
	e := c.entry(id)
	e.once.Do(func() { e.site, e.err = load(id) })
	if e.err != nil {
		c.forget(e)
	}
	return e.site, e.err
}

func (c *cache) entry(id string) *cacheEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.entries, func(e *cacheEntry) bool { return e.id == id })
	if i == 0 {
		return c.entries[0]
	}
	e := &cacheEntry{id: id}
	switch {
	case i > 0:
		e = c.entries[i]
		c.entries = slices.Delete(c.entries, i, i+1)
	case len(c.entries) == cacheSize:
		c.entries = slices.Delete(c.entries, cacheSize-1, cacheSize)
	}
	c.entries = slices.Insert(c.entries, 0, e)
	return e
}

func (c *cache) forget(e *cacheEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = slices.DeleteFunc(c.entries, func(other *cacheEntry) bool { return other == e })
}
