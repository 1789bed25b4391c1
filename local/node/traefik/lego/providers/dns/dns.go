// Package dns is the one that the stand-in exists to leave out.
package dns

import (
	lego "github.com/go-acme/lego/v4"
	"github.com/go-acme/lego/v4/challenge"
)

// NewDNSChallengeProviderByName always fails.
func NewDNSChallengeProviderByName(string) (challenge.Provider, error) {
	return nil, lego.ErrUnavailable
}
