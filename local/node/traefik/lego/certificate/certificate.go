// Package certificate has the shapes of a certificate's order.
package certificate

import lego "github.com/go-acme/lego/v4"

// Resource is an obtained certificate.
type Resource struct {
	Domain            string
	CertURL           string
	CertStableURL     string
	PrivateKey        []byte
	Certificate       []byte
	IssuerCertificate []byte
	CSR               []byte
}

// ObtainRequest is the order of a certificate.
type ObtainRequest struct {
	Domains        []string
	Bundle         bool
	MustStaple     bool
	EmailAddresses []string
	Profile        string
	PreferredChain string
}

// RenewOptions are the terms of a renewal.
type RenewOptions struct {
	Bundle         bool
	MustStaple     bool
	EmailAddresses []string
	Profile        string
	PreferredChain string
}

// Certifier orders certificates.
type Certifier struct{}

// Obtain always fails.
func (*Certifier) Obtain(ObtainRequest) (*Resource, error) { return nil, lego.ErrUnavailable }

// RenewWithOptions always fails.
func (*Certifier) RenewWithOptions(Resource, *RenewOptions) (*Resource, error) {
	return nil, lego.ErrUnavailable
}
