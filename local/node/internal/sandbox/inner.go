package sandbox

// The inside's PID 1: it furnishes the namespaces, starts the supervisor, and from
// then on only buries the dead. The supervisor is a process of its own because a
// PID 1 that waits for all children would take exits from under os/exec.

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"service-stack/node/internal/layout"
)

// outerPid is the variable that tells the inside how the host calls its parent.
const outerPid = "SERVICE_STACK_OUTER_PID"

// binDir is where the node's own programs are found inside.
const binDir = "/usr/local/bin"

// Inner runs as PID 1 of the inside.
func Inner() error {
	node, err := layout.Parse(os.Args)
	if err != nil {
		return err
	}
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	// The outer half closes its end once the cgroups and the network are there. It
	// also closes when that half dies, but then we do, too.
	if _, err := io.Copy(io.Discard, os.NewFile(3, "gate")); err != nil {
		return err
	}
	if err := furnish(node); err != nil {
		return fmt.Errorf("furnishing the root filesystem: %w", err)
	}
	if err := configureNetwork(); err != nil {
		return fmt.Errorf("configuring the network: %w", err)
	}
	return superviseSupervisor(node)
}

// furnish makes the root filesystem: the shared one below, a layer in memory above,
// and what a node needs bound in. Then the host's file system is out of reach.
func furnish(node layout.Node) error {
	certificates, _ := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")

	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	base := node.Path("root")
	if err := mount("tmpfs", base, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	root, upper, work := filepath.Join(base, "merged"), filepath.Join(base, "upper"), filepath.Join(base, "work")
	for _, dir := range []string{upper, work} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", node.Root, upper, work)
	if err := mount("overlay", root, "overlay", 0, layers); err != nil {
		return err
	}
	in := func(path string) string { return filepath.Join(root, path) }

	fresh := []struct{ kind, at, data string }{
		{"proc", "/proc", ""}, {"sysfs", "/sys", ""}, {"tmpfs", "/run", "mode=755"}, {"tmpfs", "/tmp", "mode=1777"},
	}
	for _, f := range fresh {
		if err := mount(f.kind, in(f.at), f.kind, 0, f.data); err != nil {
			return err
		}
	}
	binds := [][2]string{
		{"/dev", "/dev"}, {cgroupRoot, cgroupRoot},
		{node.State, node.State},
		// Under their usual names, as their users' habits and the length of socket paths want it.
		{node.Path("kubelet"), "/var/lib/kubelet"},
		{node.Path("containerd"), "/var/lib/containerd"},
		{node.Path("docker"), "/var/lib/docker"},
	}
	if _, err := os.Stat("/lib/modules"); err == nil {
		binds = append(binds, [2]string{"/lib/modules", "/lib/modules"})
	}
	for _, name := range []string{"kubelet", "containerd", "docker", "registry", "volumes", "logs"} {
		if err := os.MkdirAll(node.Path(name), 0o755); err != nil {
			return err
		}
	}
	for _, b := range binds {
		flags := uintptr(unix.MS_BIND)
		if b[0] == "/dev" || b[0] == cgroupRoot {
			flags |= unix.MS_REC
		}
		if err := mount(b[0], in(b[1]), "", flags, ""); err != nil {
			return err
		}
	}
	if err := mount("tmpfs", in("/dev/shm"), "tmpfs", 0, "mode=1777"); err != nil {
		return err
	}
	if err := bindPrograms(node, in(binDir)); err != nil {
		return err
	}
	if err := writeEtc(node, in("/etc"), certificates); err != nil {
		return err
	}
	return enter(root)
}

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mounting %s: %w", target, err)
	}
	return nil
}

// bindPrograms shows the node's own programs inside, wherever they are kept.
func bindPrograms(node layout.Node, dir string) error {
	for _, name := range []string{"node", "traefik", "pause"} {
		source, err := filepath.EvalSymlinks(filepath.Join(node.Bin, name))
		if err != nil {
			return err
		}
		target := filepath.Join(dir, name)
		if err := layout.WriteFile(target, nil, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", target, err)
		}
	}
	return nil
}

func writeEtc(node layout.Node, etc string, certificates []byte) error {
	machine := sha256.Sum256([]byte(node.State)) // the same at each start, and nobody else's
	files := map[string]string{
		"hostname":   layout.NodeName + "\n",
		"machine-id": hex.EncodeToString(machine[:16]) + "\n",
		"hosts":      fmt.Sprintf("127.0.0.1 localhost\n::1 localhost\n%s %s\n", layout.NodeIP, layout.NodeName),
		// Where there is a network at all, this is how to resolve names in it.
		"resolv.conf": "nameserver " + layout.UpstreamDNS + "\n",
	}
	if len(certificates) > 0 {
		// The host's authorities, which may be more than Debian's.
		files["ssl/certs/ca-certificates.crt"] = string(certificates)
	}
	for name, content := range files {
		if err := layout.WriteFile(filepath.Join(etc, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// enter makes a folder the root. Mounts are shared from here on: the kubelet's
// must reach the containers.
func enter(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}

func configureNetwork() error {
	if err := unix.Sethostname([]byte(layout.NodeName)); err != nil {
		return err
	}
	for _, command := range []string{
		"ip link set lo up",
		// The node's address must not be a loopback one, but it may sit there: not
		// every kernel has dummy interfaces.
		"ip addr add " + layout.NodeIP + "/32 dev lo",
	} {
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", command, err, out)
		}
	}
	settings := map[string]string{
		"net/ipv4/ip_forward": "1",
		// Pods reach each other over one bridge; without this a Service's answer
		// would take the short way, past the translation of its address.
		"net/bridge/bridge-nf-call-iptables": "1",
	}
	for name, value := range settings {
		if err := os.WriteFile("/proc/sys/"+name, []byte(value), 0); err != nil {
			log.Printf("sysctl %s: %v", name, err)
		}
	}
	return nil
}

// superviseSupervisor starts the supervisor, hands signals on to it, and reaps
// every orphan until it ends.
func superviseSupervisor(node layout.Node) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	supervisor, err := os.StartProcess(filepath.Join(binDir, "node"),
		append([]string{"node", "supervisor"}, node.Args()...),
		&os.ProcAttr{Dir: "/", Env: environment(), Files: []*os.File{nil, os.Stdout, os.Stderr}})
	if err != nil {
		return err
	}
	go func() {
		for range signals {
			_ = supervisor.Signal(syscall.SIGTERM)
		}
	}()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case pid == supervisor.Pid && status.ExitStatus() != 0:
			return fmt.Errorf("the supervisor ended: exit status %d, signal %v", status.ExitStatus(), status.Signal())
		case pid == supervisor.Pid:
			return nil
		}
	}
}

// environment is what the parts see: paths of the inside, and of the host's
// settings those that concern the way out.
func environment() []string {
	env := []string{
		"PATH=" + binDir + ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
		outerPid + "=" + os.Getenv(outerPid),
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		if value := os.Getenv(name); value != "" {
			local := "localhost,127.0.0.0/8,10.90.0.0/15,10.96.0.0/16,.svc,." + layout.ClusterDomain
			env = append(env, name+"="+value, "NO_PROXY="+local, "no_proxy="+local)
		}
	}
	return env
}
