package sandbox

// The cgroups: one parent for everything of a node in each hierarchy, so that its
// use can be read, and its processes found, from outside. Version 1 has a hierarchy
// for each controller; version 2 one for all.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"service-stack/node/internal/layout"
)

const cgroupRoot = "/sys/fs/cgroup"

// partsCgroup holds our own parts. Pods and builds have siblings of it, since
// version 2 wants processes in the leaves only.
const partsCgroup = "parts"

// hierarchies are the mount points of all cgroup hierarchies.
func hierarchies() ([]string, error) {
	table, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	return hierarchiesIn(string(table)), nil
}

func hierarchiesIn(table string) []string {
	var found []string
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 3 || !strings.HasPrefix(fields[1], cgroupRoot) {
			continue
		}
		if fields[2] == "cgroup" || fields[2] == "cgroup2" {
			found = append(found, fields[1])
		}
	}
	return found
}

// createCgroups makes the node's cgroups and moves a process, and so its future
// children, into them.
func createCgroups(node layout.Node, pid int) error {
	mounts, err := hierarchies()
	if err != nil {
		return err
	}
	for _, mount := range mounts {
		parent := filepath.Join(mount, node.Cgroup())
		leaf := filepath.Join(parent, partsCgroup)
		if err := os.MkdirAll(leaf, 0o755); err != nil {
			return fmt.Errorf("cgroups: %w", err)
		}
		// A cpuset is born empty, and an empty one takes no process.
		for _, dir := range []string{parent, leaf} {
			for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
				inherit(filepath.Join(dir, file), filepath.Join(filepath.Dir(dir), file))
			}
		}
		for _, dir := range []string{mount, parent} {
			delegate(dir)
		}
		if err := os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte(fmt.Sprint(pid)), 0); err != nil {
			return fmt.Errorf("cgroups: %w", err)
		}
	}
	return nil
}

func inherit(file, from string) {
	if value, err := os.ReadFile(from); err == nil && len(strings.TrimSpace(string(value))) > 0 {
		_ = os.WriteFile(file, value, 0)
	}
}

// delegate lets a version 2 cgroup's children have controllers. In version 1 the
// file does not exist; in a mixed setup it may be empty.
func delegate(dir string) {
	controllers, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return
	}
	for _, controller := range strings.Fields(string(controllers)) {
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
}

// removeCgroups kills what is left in the node's cgroups and removes them.
func removeCgroups(node layout.Node) error {
	mounts, err := hierarchies()
	if err != nil {
		return err
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, mount := range mounts {
		parent := filepath.Join(mount, node.Cgroup())
		for {
			err := removeTree(parent)
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("cgroups: %w", err)
			}
			time.Sleep(50 * time.Millisecond) // the kernel buries the killed ones in its own time
		}
	}
	return nil
}

func removeTree(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil // a cgroup that vanishes while we look is what we want
	})
	if err != nil {
		return err
	}
	var failed error
	for i := len(dirs) - 1; i >= 0; i-- {
		killAll(dirs[i])
		if err := os.Remove(dirs[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = err
		}
	}
	return failed
}

func killAll(cgroup string) {
	content, err := os.ReadFile(filepath.Join(cgroup, "cgroup.procs"))
	if err != nil {
		return
	}
	for _, field := range strings.Fields(string(content)) {
		var pid int
		if _, err := fmt.Sscan(field, &pid); err == nil && pid > 1 && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
