// Package dns01 has the options of the DNS challenge, none of which does anything.
package dns01

import (
	"strings"
	"time"
)

// ChallengeOption would change how the challenge is checked.
type ChallengeOption func()

// AddRecursiveNameservers does nothing.
func AddRecursiveNameservers([]string) ChallengeOption { return func() {} }

// RecursiveNSsPropagationRequirement does nothing.
func RecursiveNSsPropagationRequirement() ChallengeOption { return func() {} }

// DisableAuthoritativeNssPropagationRequirement does nothing.
func DisableAuthoritativeNssPropagationRequirement() ChallengeOption { return func() {} }

// PropagationWait does nothing.
func PropagationWait(time.Duration, bool) ChallengeOption { return func() {} }

// UnFqdn takes the trailing dot off a name. Traefik matches server names with
// it, so this one is real.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }
