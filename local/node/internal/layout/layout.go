// Package layout is where the node's constants stand: the addresses inside its
// network namespace, and the places below its state folder. It decides nothing.
package layout

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// Version is that of Kubernetes, which is what users ask a node for.
const Version = "v1.36.3"

// Addresses inside the network namespace: every node has the same ones, because
// no two of them share a network.
const (
	NodeName       = "node"
	NodeIP         = "10.90.0.1"
	PodCIDR        = "10.91.0.0/16"
	DockerBridge   = "10.92.0.1/16"
	ServiceCIDR    = "10.96.0.0/16"
	KubernetesIP   = "10.96.0.1" // the first of ServiceCIDR: Kubernetes takes it for its own API
	DNSServiceIP   = "10.96.0.10"
	ClusterDomain  = "cluster.local"
	UpstreamDNS    = "10.0.2.3" // slirp4netns' resolver
	Registry       = "127.0.0.1:5000"
	PauseImage     = Registry + "/service-stack/pause:1"
	APIServerPort  = 6443
	HTTPPort       = 80
	HTTPSPort      = 443
	MetricsPort    = 4443
	EtcdURL        = "http://127.0.0.1:2379"
	StorageClass   = "local"
	ProvisionerTag = "service-stack.dev/local"
)

// Node is one node: its state folder, and what it was started with.
type Node struct {
	State, Root, Bin     string
	HTTP, HTTPS, APIPort int
}

// Parse reads the flags that init and the programs inside it share.
func Parse(args []string) (Node, error) {
	var n Node
	set := flag.NewFlagSet(args[0], flag.ContinueOnError)
	set.StringVar(&n.State, "state", "", "folder of everything that this node keeps")
	set.StringVar(&n.Root, "root", "", "root filesystem with containerd, docker and their kin; never written to")
	set.StringVar(&n.Bin, "bin", "", "folder of the programs node, traefik and pause")
	set.IntVar(&n.HTTP, "http-port", 8080, "port on 127.0.0.1 that leads to the ingress")
	set.IntVar(&n.HTTPS, "https-port", 8443, "port on 127.0.0.1 that leads to the ingress, with TLS")
	set.IntVar(&n.APIPort, "api-port", 6443, "port on 127.0.0.1 that leads to the Kubernetes API")
	if err := set.Parse(args[1:]); err != nil {
		return n, err
	}
	if !filepath.IsAbs(n.State) {
		return n, fmt.Errorf("--state must be an absolute path, not %q", n.State)
	}
	n.State = filepath.Clean(n.State)
	// The kernel's limit for a Unix socket's path, docker.sock's here.
	if length := len(n.Path("docker.sock")); length > 107 {
		return n, fmt.Errorf("--state is too long by %d characters for a socket inside it", length-107)
	}
	return n, nil
}

// Args are the flags that Parse understands, to hand a node on to a child.
func (n Node) Args() []string {
	return []string{
		"--state", n.State, "--root", n.Root, "--bin", n.Bin,
		"--http-port", fmt.Sprint(n.HTTP), "--https-port", fmt.Sprint(n.HTTPS), "--api-port", fmt.Sprint(n.APIPort),
	}
}

// Path is a path below the state folder, the same outside and inside.
func (n Node) Path(elem ...string) string {
	return filepath.Join(append([]string{n.State}, elem...)...)
}

// ID names what the node has outside its state folder: its cgroups.
func (n Node) ID() string {
	sum := sha256.Sum256([]byte(n.State))
	return hex.EncodeToString(sum[:6])
}

// Cgroup is the parent of all the node's cgroups.
func (n Node) Cgroup() string { return "/service-stack-" + n.ID() }

// WriteFile replaces a file whole, so that no reader ever sees half of it.
func WriteFile(path string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
