package job

import "fmt"

// Probe are the parameters of a probe job, which does nothing, three times.
type Probe struct {
	// Nonce tells one probe from the next. The same nonce is the same job.
	Nonce string `json:"nonce"`
}

const maxNonce = 128

// Kind implements [Params].
func (p *Probe) Kind() Kind { return KindProbe }

// Normalize implements [Params].
func (p *Probe) Normalize() []Fault {
	if p.Nonce == "" || len(p.Nonce) > maxNonce || !printable(p.Nonce) {
		return []Fault{{"nonce", fmt.Sprintf("must be 1 to %d bytes of printable text.", maxNonce)}}
	}
	return nil
}

// Identity implements [Params].
func (p *Probe) Identity() []string { return []string{p.Nonce} }

// Summary implements [Params].
func (p *Probe) Summary() string { return "Probe " + p.Nonce }
