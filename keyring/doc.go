// Package keyring keeps the keys of the API: who may call, for which tenant, and
// what they may do.
//
// A key looks like dj_7k2m9qx1ab_ and 52 more letters and digits: a public ID by
// which it is listed and revoked, and a secret of 256 bits. It is shown once, when it
// is made. What is kept is its SHA-256: a secret that long cannot be guessed from its
// digest, so there is nothing to gain from a slow hash.
//
// A [Ring] stands on the documents of the artifact store, so that all API processes
// of an installation know the same keys, and learn within seconds of one that was
// made or revoked.
package keyring
