// Package challenge has the interface that Traefik's own challenges implement.
package challenge

import "time"

// Provider answers one kind of challenge.
type Provider interface {
	Present(domain, token, keyAuth string) error
	CleanUp(domain, token, keyAuth string) error
}

// ProviderTimeout is a Provider with patience of its own.
type ProviderTimeout interface {
	Provider
	Timeout() (timeout, interval time.Duration)
}
