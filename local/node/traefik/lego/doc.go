// Package v4 stands in for Traefik's ACME client, by way of a replace line in
// ../go.mod. A local node asks no certificate authority for anything, while the
// real client brings the SDKs of some 150 DNS providers: two thirds of Traefik's
// compile time. Here are the names that Traefik refers to; whoever configures a
// certificate resolver all the same gets ErrUnavailable.
package v4

import "errors"

// ErrUnavailable is what each operation of the stand-in answers.
var ErrUnavailable = errors.New("this build of Traefik has no ACME client")
