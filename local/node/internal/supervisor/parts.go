package supervisor

// The parts: what runs on a node, with which flags, after what, and how one sees
// that it works. Longer configuration stands in config.go.

import (
	"strconv"

	"service-stack/node/internal/layout"
)

func parts(node layout.Node) []*part {
	pki := func(name string) string { return node.Path("pki", name) }
	self := "/usr/local/bin/node"
	c := newCluster(node)
	return []*part{
		{
			name: "etcd",
			command: []string{self, "etcd", "--data-dir", node.Path("etcd"), "--name", layout.NodeName,
				"--listen-client-urls", layout.EtcdURL, "--advertise-client-urls", layout.EtcdURL,
				"--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
				"--initial-cluster", layout.NodeName + "=http://127.0.0.1:2380",
				// The disk is shared with builds: patience over elections of one.
				"--heartbeat-interval", "500", "--election-timeout", "5000",
				"--auto-compaction-mode", "periodic", "--auto-compaction-retention", "1h", "--logger", "zap", "--log-level", "warn"},
			probe: httpOK(layout.EtcdURL + "/health"),
		},
		{
			name: "registry", command: []string{"docker-registry", "serve", registryConfig},
			probe: httpOK("http://" + layout.Registry + "/v2/"),
		},
		{
			name: "containerd", command: []string{"containerd", "--config", containerdConfig},
			probe: commandOK("ctr", "--connect-timeout", "2s", "version"),
		},
		{
			name: "kube-apiserver", needs: []string{"etcd"},
			command: []string{self, "kube-apiserver", "--etcd-servers", layout.EtcdURL,
				"--advertise-address", layout.NodeIP, "--secure-port", strconv.Itoa(layout.APIServerPort),
				"--service-cluster-ip-range", layout.ServiceCIDR, "--allow-privileged",
				"--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction",
				"--authentication-config", authenticationConfig, "--enable-aggregator-routing",
				"--client-ca-file", pki("ca.crt"), "--tls-cert-file", pki("apiserver.crt"), "--tls-private-key-file", pki("apiserver.key"),
				"--kubelet-certificate-authority", pki("ca.crt"), "--kubelet-preferred-address-types", "InternalIP",
				"--kubelet-client-certificate", pki("apiserver-kubelet-client.crt"), "--kubelet-client-key", pki("apiserver-kubelet-client.key"),
				"--service-account-issuer", "https://kubernetes.default.svc." + layout.ClusterDomain,
				"--service-account-key-file", pki("sa.pub"), "--service-account-signing-key-file", pki("sa.key"),
				"--proxy-client-cert-file", pki("front-proxy-client.crt"), "--proxy-client-key-file", pki("front-proxy-client.key"),
				"--requestheader-client-ca-file", pki("front-proxy-ca.crt"), "--requestheader-allowed-names", "front-proxy-client",
				"--requestheader-username-headers", "X-Remote-User", "--requestheader-group-headers", "X-Remote-Group",
				"--requestheader-extra-headers-prefix", "X-Remote-Extra-", "--profiling=false"},
			probe: c.apiReady,
		},
		{name: "pause-image", needs: []string{"registry"}, probe: pushPause},
		{name: "objects", needs: []string{"kube-apiserver"}, probe: c.once(c.objects)},
		{name: "definitions", needs: []string{"kube-apiserver"}, probe: c.definitionsServed()},
		{name: "classes", needs: []string{"definitions"}, probe: c.once(c.classes)},
		{
			name: "kube-controller-manager", needs: []string{"kube-apiserver"},
			command: []string{self, "kube-controller-manager", "--kubeconfig", kubeconfigOf(node, "controller-manager"),
				"--authentication-kubeconfig", kubeconfigOf(node, "controller-manager"), "--authorization-kubeconfig", kubeconfigOf(node, "controller-manager"),
				"--bind-address", "127.0.0.1", "--leader-elect=false", "--use-service-account-credentials",
				"--root-ca-file", pki("ca.crt"), "--service-account-private-key-file", pki("sa.key"),
				"--cluster-signing-cert-file", pki("ca.crt"), "--cluster-signing-key-file", pki("ca.key"), "--profiling=false"},
			probe: httpOK("https://127.0.0.1:10257/healthz"),
		},
		{
			name: "kube-scheduler", needs: []string{"kube-apiserver"},
			command: []string{self, "kube-scheduler", "--kubeconfig", kubeconfigOf(node, "scheduler"),
				"--authentication-kubeconfig", kubeconfigOf(node, "scheduler"), "--authorization-kubeconfig", kubeconfigOf(node, "scheduler"),
				"--bind-address", "127.0.0.1", "--leader-elect=false", "--profiling=false"},
			probe: httpOK("https://127.0.0.1:10259/healthz"),
		},
		{
			name: "kubelet", needs: []string{"containerd", "kube-apiserver", "pause-image"},
			command: []string{self, "kubelet", "--config", kubeletConfig, "--kubeconfig", kubeconfigOf(node, "kubelet"),
				"--hostname-override", layout.NodeName, "--node-ip", layout.NodeIP},
			probe: httpOK("http://127.0.0.1:10248/healthz"),
		},
		{
			name: "kube-proxy", needs: []string{"kube-apiserver"},
			command: []string{self, "kube-proxy", "--config", proxyConfig, "--hostname-override", layout.NodeName},
			probe:   httpOK("http://127.0.0.1:10256/healthz"), // well from its first rules on,
		},
		{name: "node", needs: []string{"kubelet"}, probe: c.nodeReady},
		{
			name: "coredns", needs: []string{"objects"},
			command: []string{self, "coredns", "-conf", corefile},
			probe:   httpOK("http://127.0.0.1:8181/ready"),
		},
		{
			name: "provisioner", needs: []string{"objects"},
			command: []string{self, "provisioner", "--kubeconfig", kubeconfigOf(node, "provisioner"), "--volumes", node.Path("volumes")},
			probe:   c.storageClassReady,
		},
		{
			name: "metrics-server", needs: []string{"objects"},
			command: []string{self, "metrics-server", "--kubeconfig", kubeconfigOf(node, "metrics-server"),
				"--authentication-kubeconfig", kubeconfigOf(node, "metrics-server"), "--authorization-kubeconfig", kubeconfigOf(node, "metrics-server"),
				"--secure-port", strconv.Itoa(layout.MetricsPort), "--metric-resolution", "15s",
				"--kubelet-preferred-address-types", "InternalIP", "--kubelet-certificate-authority", pki("ca.crt"),
				"--tls-cert-file", pki("metrics-server-tls.crt"), "--tls-private-key-file", pki("metrics-server-tls.key")},
			probe: httpOK("https://127.0.0.1:" + strconv.Itoa(layout.MetricsPort) + "/livez"),
		},
		{name: "metrics-api", needs: []string{"metrics-server", "node"}, probe: c.metricsServed},
		{
			name: "traefik", needs: []string{"objects", "definitions"},
			command: []string{"/usr/local/bin/traefik", "--configfile", traefikConfig},
			env:     []string{"KUBECONFIG=" + kubeconfigOf(node, "traefik")},
			probe:   httpOK("http://127.0.0.1:8082/ping"),
		},
		{
			name: "dockerd", needs: []string{"containerd"},
			command: []string{"dockerd", "--host", "unix://" + node.Path("docker.sock"), "--containerd", "/run/containerd/containerd.sock",
				"--data-root", "/var/lib/docker", "--exec-root", "/run/docker", "--pidfile", "/run/docker.pid",
				// The root's group "docker" may be anybody on the host.
				"--group", "root", "--bip", layout.DockerBridge, "--cgroup-parent", node.Cgroup() + "/docker", "--oom-score-adjust", "0",
				"--registry-mirror", "http://" + layout.Registry},
			probe: commandOK("docker", "--host", "unix://"+node.Path("docker.sock"), "version"),
		},
	}
}
