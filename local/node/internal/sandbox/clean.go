package sandbox

// What a killed node leaves: its namespaces die with it, its cgroups and a few
// files do not.

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"service-stack/node/internal/layout"
)

// Clean removes whatever a node that is no longer running left behind. Data stays.
func Clean() error {
	node, err := layout.Parse(os.Args)
	if err != nil {
		return err
	}
	if _, err := os.Stat(node.State); errors.Is(err, fs.ErrNotExist) {
		return removeCgroups(node)
	}
	lock, err := lockState(node)
	if err != nil {
		return err
	}
	defer lock.Close()
	return removeLeftovers(node)
}

func removeLeftovers(node layout.Node) error {
	if err := removeCgroups(node); err != nil {
		return err
	}
	// Older kernels, or a host whose mounts are shared, may have kept this one.
	_ = unix.Unmount(node.Path("root"), unix.MNT_DETACH)
	for _, name := range []string{"status.json", "docker.sock", "outbound"} {
		if err := os.Remove(node.Path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
