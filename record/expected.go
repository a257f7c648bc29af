package record

import (
	"cmp"
	"time"
)

// Expected is how long an attempt takes, going by what earlier jobs of its kind have
// taken. It is decided when the attempt is started.
type Expected struct {
	Usual Span `json:"usual"`
	Limit Span `json:"limit"`           // after which the job counts as stalled
	Items int  `json:"items,omitempty"` // how many there usually are, for as long as that is not known
}

// UsualFor returns how long an attempt with so many items usually takes; 0 for not
// known yet.
func (e *Expected) UsualFor(items int) time.Duration { return e.Usual.of(cmp.Or(items, e.Items)) }

// LimitFor returns after how long an attempt with so many items counts as stalled.
func (e *Expected) LimitFor(items int) time.Duration { return e.Limit.of(cmp.Or(items, e.Items)) }

// A Span is a time that grows with the number of items.
type Span struct {
	Fixed   time.Duration `json:"fixed_ns"`
	PerItem time.Duration `json:"per_item_ns,omitempty"`
}

func (s Span) of(items int) time.Duration { return s.Fixed + time.Duration(items)*s.PerItem }
