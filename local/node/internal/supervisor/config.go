package supervisor

// The parts' configuration files. They are made anew at each start: a setting
// changed here is in force after a restart.

import (
	"bytes"
	"embed"
	"path/filepath"
	"text/template"

	"service-stack/node/internal/layout"
)

// Where the parts find their files; the folder is in memory.
const (
	configDir            = "/run/service-stack"
	authenticationConfig = configDir + "/authentication.yaml"
	containerdConfig     = configDir + "/containerd.toml"
	corefile             = configDir + "/Corefile"
	kubeletConfig        = configDir + "/kubelet.yaml"
	proxyConfig          = configDir + "/proxy.yaml"
	registryConfig       = configDir + "/registry.yaml"
	traefikConfig        = configDir + "/traefik.yaml"
)

//go:embed files
var files embed.FS

// places says where each file of ./files goes.
var places = map[string]string{
	"authentication.yaml":  authenticationConfig,
	"containerd.toml":      containerdConfig,
	"Corefile":             corefile,
	"kubelet.yaml":         kubeletConfig,
	"proxy.yaml":           proxyConfig,
	"registry.yaml":        registryConfig,
	"traefik.yaml":         traefikConfig,
	"traefik-dynamic.yaml": configDir + "/traefik-dynamic.yaml",
	"cni.conflist":         "/etc/cni/net.d/10-node.conflist",
	"mirror-docker.toml":   "/etc/containerd/certs.d/docker.io/hosts.toml",
	"mirror-local.toml":    "/etc/containerd/certs.d/" + layout.Registry + "/hosts.toml",
}

func writeConfiguration(node layout.Node) error {
	for name, place := range places {
		content, err := fill(name, values(node))
		if err != nil {
			return err
		}
		if err := layout.WriteFile(place, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// values are what the templates may use.
func values(node layout.Node) map[string]any {
	return map[string]any{
		"State": node.State, "Cgroup": node.Cgroup(), "ConfigDir": configDir,
		"NodeName": layout.NodeName, "NodeIP": layout.NodeIP, "PodCIDR": layout.PodCIDR,
		"DNSServiceIP": layout.DNSServiceIP, "ClusterDomain": layout.ClusterDomain, "UpstreamDNS": layout.UpstreamDNS,
		"Registry": layout.Registry, "PauseImage": layout.PauseImage, "HTTPPort": layout.HTTPPort, "HTTPSPort": layout.HTTPSPort,
		"MetricsPort": layout.MetricsPort, "StorageClass": layout.StorageClass, "Provisioner": layout.ProvisionerTag,
		"ProxyKubeconfig": kubeconfigOf(node, "proxy"), "DNSKubeconfig": kubeconfigOf(node, "coredns"),
	}
}

func fill(name string, values map[string]any) ([]byte, error) {
	source, err := files.ReadFile(filepath.Join("files", name))
	if err != nil {
		return nil, err
	}
	text, err := template.New(name).Option("missingkey=error").Parse(string(source))
	if err != nil {
		return nil, err
	}
	var filled bytes.Buffer
	err = text.Execute(&filled, values)
	return filled.Bytes(), err
}
