package sandbox

// The way out: slirp4netns, a user-space network stack between the namespace and
// the host's sockets. It needs no bridge, no routes and no iptables of the host's.

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"service-stack/node/internal/layout"
)

// startSlirp runs the program out of the node's root with that root's own loader
// and libraries: it must run in the host's network, where neither may be installed.
func startSlirp(node layout.Node, pid int) (*exec.Cmd, error) {
	loaders, _ := filepath.Glob(filepath.Join(node.Root, "usr/lib*/ld-linux-*.so.*"))
	loadersBelow, _ := filepath.Glob(filepath.Join(node.Root, "usr/lib/*-linux-gnu/ld-linux-*.so.*"))
	libraries, _ := filepath.Glob(filepath.Join(node.Root, "usr/lib/*-linux-gnu"))
	loaders = append(loaders, loadersBelow...)
	if len(loaders) == 0 || len(libraries) == 0 {
		return nil, errors.New("no dynamic loader in the root filesystem")
	}
	ready, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ready.Close()
	logFile, err := os.Create(logPath(node, "slirp4netns"))
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	cmd := exec.Command(loaders[0], "--library-path", strings.Join(libraries, ":"),
		filepath.Join(node.Root, "usr/bin/slirp4netns"),
		"--configure", "--mtu=1500", "--disable-host-loopback", "--ready-fd=3", fmt.Sprint(pid), "tap0")
	cmd.ExtraFiles = []*os.File{tell}
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	err = cmd.Start()
	tell.Close()
	if err != nil {
		return nil, err
	}
	_ = ready.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := bufio.NewReader(ready).ReadByte(); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("slirp4netns did not start; see %s", logFile.Name())
	}
	return cmd, nil
}

func logPath(node layout.Node, name string) string {
	_ = os.MkdirAll(node.Path("logs"), 0o755)
	return node.Path("logs", name+".log")
}
