// Package tlsalpn01 has the names of the TLS-ALPN challenge.
package tlsalpn01

import (
	"time"

	lego "github.com/go-acme/lego/v4"
)

// ACMETLS1Protocol is the challenge's ALPN protocol (RFC 8737).
const ACMETLS1Protocol = "acme-tls/1"

// ChallengeOption would change how the challenge is answered.
type ChallengeOption func()

// SetDelay does nothing.
func SetDelay(time.Duration) ChallengeOption { return func() {} }

// ChallengeBlocks always fails.
func ChallengeBlocks(string, string) (cert, key []byte, err error) {
	return nil, nil, lego.ErrUnavailable
}
