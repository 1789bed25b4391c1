// Package http01 has the names of the HTTP challenge.
package http01

import "time"

// ChallengeOption would change how the challenge is answered.
type ChallengeOption func()

// SetDelay does nothing.
func SetDelay(time.Duration) ChallengeOption { return func() {} }

// ChallengePath is where a token is asked for (RFC 8555, 8.3).
func ChallengePath(token string) string { return "/.well-known/acme-challenge/" + token }
