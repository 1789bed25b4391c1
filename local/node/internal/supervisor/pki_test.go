package supervisor

import (
	"crypto/x509"
	"os"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	certutil "k8s.io/client-go/util/cert"

	"service-stack/node/internal/layout"
)

func newPKI(t *testing.T) layout.Node {
	t.Helper()
	node := layout.Node{State: t.TempDir(), APIPort: 16443}
	if err := createPKI(node); err != nil {
		t.Fatal(err)
	}
	return node
}

func TestASecondStartKeepsEveryCertificate(t *testing.T) {
	node := newPKI(t)
	before := map[string]string{}
	for _, name := range []string{"ca.crt", "apiserver.crt", "ingress.crt", "sa.key", "admin.kubeconfig"} {
		content, err := os.ReadFile(node.Path("pki", name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = string(content)
	}
	if err := createPKI(node); err != nil {
		t.Fatal(err)
	}
	for name, content := range before {
		if after, _ := os.ReadFile(node.Path("pki", name)); string(after) != content {
			t.Errorf("%s changed", name)
		}
	}
}

func TestACertificateIsRenewedWhenItIsOldOrNotForTheHost(t *testing.T) {
	node := newPKI(t)
	ingress := servers[3]
	cert, _, err := ensureLeaf(node.Path("pki"), ingress)
	if err != nil {
		t.Fatal(err)
	}
	ca, _, err := ensureLeaf(node.Path("pki"), servers[0]) // anything that did not sign it
	if err != nil {
		t.Fatal(err)
	}
	signer := readCertificate(t, node, "ingress-ca.crt")
	elsewhere := ingress
	elsewhere.hosts = append([]string{"example.org"}, ingress.hosts...)
	for name, test := range map[string]struct {
		ca   *x509.Certificate
		leaf leaf
		now  time.Time
		want bool
	}{
		"fresh":             {signer, ingress, time.Now(), true},
		"old":               {signer, ingress, cert.NotAfter.Add(-renewBefore / 2), false},
		"another authority": {ca, ingress, time.Now(), false},
		"another host":      {signer, elsewhere, time.Now(), false},
	} {
		if got := stillGood(cert, test.ca, test.leaf, test.now); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheWildcardCertificateIsValidForATiersHosts(t *testing.T) {
	node := newPKI(t)
	roots := x509.NewCertPool()
	roots.AddCert(readCertificate(t, node, "ingress-ca.crt"))
	cert := readCertificate(t, node, "ingress.crt")
	for host, want := range map[string]bool{"localhost": true, "notes.localhost": true, "notes.prod.localhost": true, "example.org": false} {
		_, err := cert.Verify(x509.VerifyOptions{DNSName: host, Roots: roots})
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestTheKubeconfigLeadsToTheHostsPort(t *testing.T) {
	node := newPKI(t)
	config, err := clientcmd.LoadFromFile(node.Path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Clusters["service-stack"].Server; got != "https://127.0.0.1:16443" {
		t.Error(got)
	}
}

func readCertificate(t *testing.T, node layout.Node, name string) *x509.Certificate {
	t.Helper()
	certificates, err := certutil.CertsFromFile(node.Path("pki", name))
	if err != nil {
		t.Fatal(err)
	}
	return certificates[0]
}
