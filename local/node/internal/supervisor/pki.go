package supervisor

// Certificates and kubeconfigs, made with kubeadm's own library. Authorities are
// made once and kept; what they sign is renewed at a start that finds it old.

import (
	"crypto"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	certutil "k8s.io/client-go/util/cert"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/certs"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/kubeconfig"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/pkiutil"

	kubeadmapi "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"

	"service-stack/node/internal/layout"
)

const (
	caLife   = 10 * 365 * 24 * time.Hour
	certLife = 365 * 24 * time.Hour
	// renewBefore is the rest of its life at which a certificate counts as old.
	renewBefore = 60 * 24 * time.Hour
)

// leaf is a certificate to be signed.
type leaf struct {
	name, ca, commonName string
	organization         []string
	hosts                []string // a server's names and addresses; without any it is a client's
}

// Users of the API, by the name of their kubeconfig. What each may do is decided
// by Kubernetes' built-in roles and by objects.yaml.
var users = []leaf{
	{name: "admin", commonName: "kubernetes-admin", organization: []string{"system:masters"}},
	{name: "controller-manager", commonName: "system:kube-controller-manager"},
	{name: "scheduler", commonName: "system:kube-scheduler"},
	{name: "kubelet", commonName: "system:node:" + layout.NodeName, organization: []string{"system:nodes"}},
	{name: "proxy", commonName: "system:kube-proxy"},
	{name: "coredns", commonName: "service-stack:coredns"},
	{name: "metrics-server", commonName: "service-stack:metrics-server"},
	{name: "traefik", commonName: "service-stack:traefik"},
	{name: "provisioner", commonName: "service-stack:provisioner"},
}

var servers = []leaf{
	{name: "apiserver", ca: "ca", commonName: "kube-apiserver", hosts: []string{
		"localhost", "127.0.0.1", layout.NodeIP, layout.KubernetesIP, layout.NodeName, "kubernetes",
		"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + layout.ClusterDomain}},
	{name: "kubelet-server", ca: "ca", commonName: "system:node:" + layout.NodeName, hosts: []string{layout.NodeIP, layout.NodeName}},
	{name: "metrics-server-tls", ca: "ca", commonName: "metrics-server", hosts: []string{layout.NodeIP, "metrics-server.kube-system.svc"}},
	{name: "ingress", ca: "ingress-ca", commonName: "localhost", hosts: []string{
		"localhost", "*.localhost", "*.dev.localhost", "*.acc.localhost", "*.prod.localhost", "127.0.0.1"}},
	// The two below are clients: the API server's, towards kubelets and extension servers.
	{name: "apiserver-kubelet-client", ca: "ca", commonName: "kube-apiserver-kubelet-client", organization: []string{"system:masters"}},
	{name: "front-proxy-client", ca: "front-proxy-ca", commonName: "front-proxy-client"},
}

func createPKI(node layout.Node) error {
	dir := node.Path("pki")
	for _, name := range []string{"ca", "front-proxy-ca", "ingress-ca"} {
		if err := createAuthority(dir, name); err != nil {
			return err
		}
	}
	if err := certs.CreateServiceAccountKeyAndPublicKeyFiles(dir, kubeadmapi.EncryptionAlgorithmECDSAP256); err != nil {
		return err
	}
	for _, l := range servers {
		if _, _, err := ensureLeaf(dir, l); err != nil {
			return err
		}
	}
	return createKubeconfigs(node, dir)
}

func createAuthority(dir, name string) error {
	if pkiutil.CertOrKeyExist(dir, name) {
		return nil
	}
	cert, key, err := pkiutil.NewCertificateAuthority(&pkiutil.CertConfig{
		Config:              certutil.Config{CommonName: "service-stack local " + name},
		NotAfter:            time.Now().Add(caLife),
		EncryptionAlgorithm: kubeadmapi.EncryptionAlgorithmECDSAP256,
	})
	if err != nil {
		return err
	}
	return pkiutil.WriteCertAndKey(dir, name, cert, key)
}

// ensureLeaf returns a certificate, a new one where there is none, or where the
// one that is there is old, of another authority or for other hosts.
func ensureLeaf(dir string, l leaf) (*x509.Certificate, crypto.Signer, error) {
	caCert, caKey, err := pkiutil.TryLoadCertAndKeyFromDisk(dir, l.ca)
	if err != nil {
		return nil, nil, err
	}
	if cert, key, err := pkiutil.TryLoadCertAndKeyFromDisk(dir, l.name); err == nil && stillGood(cert, caCert, l, time.Now()) {
		return cert, key, nil
	}
	config := &pkiutil.CertConfig{
		Config:              certutil.Config{CommonName: l.commonName, Organization: l.organization},
		NotAfter:            time.Now().Add(certLife),
		EncryptionAlgorithm: kubeadmapi.EncryptionAlgorithmECDSAP256,
	}
	config.Usages = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(l.hosts) > 0 {
		config.Usages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, host := range l.hosts {
		if ip := net.ParseIP(host); ip != nil {
			config.AltNames.IPs = append(config.AltNames.IPs, ip)
		} else {
			config.AltNames.DNSNames = append(config.AltNames.DNSNames, host)
		}
	}
	cert, key, err := pkiutil.NewCertAndKey(caCert, caKey, config)
	if err != nil {
		return nil, nil, err
	}
	return cert, key, pkiutil.WriteCertAndKey(dir, l.name, cert, key)
}

func stillGood(cert, ca *x509.Certificate, l leaf, now time.Time) bool {
	if now.Add(renewBefore).After(cert.NotAfter) || cert.CheckSignatureFrom(ca) != nil {
		return false
	}
	return !slices.ContainsFunc(l.hosts, func(host string) bool {
		if ip := net.ParseIP(host); ip != nil {
			return !slices.ContainsFunc(cert.IPAddresses, ip.Equal)
		}
		return !slices.Contains(cert.DNSNames, host)
	})
}

func createKubeconfigs(node layout.Node, dir string) error {
	ca, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return err
	}
	inside := "https://127.0.0.1:" + strconv.Itoa(layout.APIServerPort)
	outside := "https://127.0.0.1:" + strconv.Itoa(node.APIPort)
	for _, user := range users {
		user.ca = "ca"
		user.name = "user-" + user.name
		if _, _, err := ensureLeaf(dir, user); err != nil {
			return err
		}
		cert, err := os.ReadFile(filepath.Join(dir, user.name+".crt"))
		if err != nil {
			return err
		}
		key, err := os.ReadFile(filepath.Join(dir, user.name+".key"))
		if err != nil {
			return err
		}
		targets := map[string]string{kubeconfigOf(node, user.name[len("user-"):]): inside}
		if user.commonName == "kubernetes-admin" {
			targets[node.Path("kubeconfig")] = outside
		}
		for path, server := range targets {
			content, err := clientcmd.Write(*kubeconfig.CreateWithCerts(server, "service-stack", user.commonName, ca, key, cert))
			if err != nil {
				return err
			}
			if old, err := os.ReadFile(path); err == nil && slices.Equal(old, content) {
				continue
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if err := layout.WriteFile(path, content, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// kubeconfigOf is where a user of the API finds its kubeconfig.
func kubeconfigOf(node layout.Node, user string) string {
	return node.Path("pki", user+".kubeconfig")
}
