// Package registration has the shapes of an ACME account.
package registration

import (
	"crypto"

	lego "github.com/go-acme/lego/v4"
)

// User owns an account.
type User interface {
	GetEmail() string
	GetRegistration() *Resource
	GetPrivateKey() crypto.PrivateKey
}

// Account is the account as its server has it.
type Account struct {
	Status  string
	Contact []string
}

// Resource is an account and its address.
type Resource struct {
	Body Account
	URI  string
}

// RegisterOptions are the terms of a registration.
type RegisterOptions struct{ TermsOfServiceAgreed bool }

// RegisterEABOptions are the terms of a registration bound to another account.
type RegisterEABOptions struct {
	TermsOfServiceAgreed bool
	Kid                  string
	HmacEncoded          string
}

// Registrar registers accounts.
type Registrar struct{}

// Register always fails.
func (*Registrar) Register(RegisterOptions) (*Resource, error) { return nil, lego.ErrUnavailable }

// RegisterWithExternalAccountBinding always fails.
func (*Registrar) RegisterWithExternalAccountBinding(RegisterEABOptions) (*Resource, error) {
	return nil, lego.ErrUnavailable
}
