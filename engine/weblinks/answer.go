package weblinks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/docjobs/docjobs/engine/netguard"
)

// State says what is known of an address.
type State string

// The states.
const (
	OK      State = "ok"
	Broken  State = "broken"  // certain, whoever asks
	Unknown State = "unknown" // not for this asker, or not at this moment
)

// Reason says in one word why an address is not OK.
type Reason string

// The reasons.
const (
	ReasonMissing     Reason = "missing"      // the server says that there is no such page
	ReasonNoHost      Reason = "no-host"      // the server's name does not exist
	ReasonCertificate Reason = "certificate"  // browsers do not trust the server
	ReasonRefused     Reason = "refused"      // the server does not answer programs, or asks for a password
	ReasonTooMany     Reason = "too-many"     // the server wants to be asked less often
	ReasonServer      Reason = "server-error" // the server is in trouble
	ReasonUnreachable Reason = "unreachable"  // no connection, or no answer in time
	ReasonRedirects   Reason = "redirects"    // the server redirects in circles or away from the web
	ReasonPrivate     Reason = "private"      // leads into a private network, to this machine or to an unusual port
	ReasonBudget      Reason = "budget"       // there was no time to ask
	ReasonMalformed   Reason = "malformed"    // no address that can be asked
)

// Answer is what is known of one address.
type Answer struct {
	URL     string `json:"url"`
	State   State  `json:"state"`
	Reason  Reason `json:"reason,omitempty"`
	Status  int    `json:"status,omitempty"` // of the response
	Message string `json:"message,omitempty"`
	Moved   string `json:"moved,omitempty"`  // where the server says that the page is for good now
	Cached  bool   `json:"cached,omitempty"` // known from an earlier run

	redirected bool // the server answered and sent the asker elsewhere
}

// ofStatus is the answer that a response with this status is.
func ofStatus(url string, status int) Answer {
	a := Answer{URL: url, State: Unknown, Status: status}
	text := http.StatusText(status)
	switch {
	case leadsOn(status): // and did not say where to
		a.Reason, a.Message = ReasonRedirects, fmt.Sprintf("The server redirects (%d %s) and does not say where to.", status, text)
	case status < 400:
		a.State = OK
	case status == http.StatusTooManyRequests:
		a.Reason, a.Message = ReasonTooMany, "The server wants to be asked less often (429); look at the link by hand."
	case status >= 500: // also what some servers made up, such as 999
		a.Reason, a.Message = ReasonServer, fmt.Sprintf("The server has an error (%d %s).", status, text)
	case refuses(status):
		a.Reason, a.Message = ReasonRefused, fmt.Sprintf("The server does not show the page to programs (%d %s); look at the link by hand.", status, text)
	default:
		a.State, a.Reason = Broken, ReasonMissing
		a.Message = fmt.Sprintf("The server says that there is no such page (%d %s).", status, text)
	}
	return a
}

// leadsOn reports whether a status is that of a redirect.
func leadsOn(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// refuses reports whether a status depends on who asks, or when.
func refuses(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotAcceptable,
		http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly,
		http.StatusUnavailableForLegalReasons:
		return true
	}
	return false
}

// ofError is the answer that a request without response is.
func ofError(url string, err error) Answer {
	a := Answer{URL: url, State: Unknown, Reason: ReasonUnreachable}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case netguard.Refused(err):
		a.Reason, a.Message = ReasonPrivate, "The address leads into a private network, to the machine itself or to an unusual port; it is not fetched from here."
	case errors.As(err, &dns) && dns.IsNotFound:
		a.State, a.Reason, a.Message = Broken, ReasonNoHost, fmt.Sprintf("There is no server of the name %s.", dns.Name)
	case errors.As(err, &certificate):
		a.State, a.Reason, a.Message = Broken, ReasonCertificate, "Browsers do not trust the server: "+certificate.Err.Error()+"."
	case errors.Is(err, errRedirects), errors.Is(err, errScheme):
		a.Reason, a.Message = ReasonRedirects, "The link cannot be followed to its end: the server redirects in circles or away from the web."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		a.Message = "The server did not answer in time."
	default:
		a.Message = "The server cannot be reached."
	}
	return a
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func unasked(url string) Answer {
	return Answer{URL: url, State: Unknown, Reason: ReasonBudget, Message: "There was no time left to ask the server."}
}
