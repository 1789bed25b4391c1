// Package lego has the client's configuration and the client.
package lego

import (
	"crypto/x509"
	"net/http"
	"time"

	unavailable "github.com/go-acme/lego/v4"
	"github.com/go-acme/lego/v4/certcrypto"
	"github.com/go-acme/lego/v4/certificate"
	"github.com/go-acme/lego/v4/challenge"
	"github.com/go-acme/lego/v4/challenge/dns01"
	"github.com/go-acme/lego/v4/challenge/http01"
	"github.com/go-acme/lego/v4/challenge/tlsalpn01"
	"github.com/go-acme/lego/v4/registration"
)

// LEDirectoryProduction is left empty: nothing is ever asked.
const LEDirectoryProduction = ""

// CertificateConfig is what is asked of every certificate.
type CertificateConfig struct {
	KeyType             certcrypto.KeyType
	Timeout             time.Duration
	OverallRequestLimit int
	DisableCommonName   bool
}

// Config is the client's configuration.
type Config struct {
	CADirURL    string
	User        registration.User
	UserAgent   string
	HTTPClient  *http.Client
	Certificate CertificateConfig
}

// NewConfig is an empty configuration.
func NewConfig(user registration.User) *Config {
	return &Config{User: user, HTTPClient: &http.Client{}}
}

// Client is never made.
type Client struct {
	Certificate  *certificate.Certifier
	Challenge    *SolverManager
	Registration *registration.Registrar
}

// NewClient always fails.
func NewClient(*Config) (*Client, error) { return nil, unavailable.ErrUnavailable }

// CreateCertPool always fails.
func CreateCertPool([]string, bool) (*x509.CertPool, error) { return nil, unavailable.ErrUnavailable }

// SolverManager would hold the challenges' providers.
type SolverManager struct{}

// SetDNS01Provider always fails.
func (*SolverManager) SetDNS01Provider(challenge.Provider, ...dns01.ChallengeOption) error {
	return unavailable.ErrUnavailable
}

// SetHTTP01Provider always fails.
func (*SolverManager) SetHTTP01Provider(challenge.Provider, ...http01.ChallengeOption) error {
	return unavailable.ErrUnavailable
}

// SetTLSALPN01Provider always fails.
func (*SolverManager) SetTLSALPN01Provider(challenge.Provider, ...tlsalpn01.ChallengeOption) error {
	return unavailable.ErrUnavailable
}
