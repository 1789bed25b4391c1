// Package sandbox makes the walls: the namespaces that the node lives in, the ways
// through them, and the cgroups around them. What runs inside is the supervisor's.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"service-stack/node/internal/layout"
)

// stopTimeout is how long the inside may take to stop; then it is killed.
const stopTimeout = 50 * time.Second

// Init is the outer half of a node. It stays in the host's network, listens on
// 127.0.0.1, and is the parent of the process that is PID 1 inside. When it dies,
// by whatever signal, the kernel kills that PID 1, and with it everything inside.
func Init() error {
	node, err := layout.Parse(os.Args)
	if err != nil {
		return err
	}
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	if err := os.MkdirAll(node.State, 0o755); err != nil {
		return err
	}
	lock, err := lockState(node)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := removeLeftovers(node); err != nil {
		return err
	}
	listeners, err := listen(node)
	if err != nil {
		return err
	}

	// The parent-death signal is bound to the thread that starts the child: it
	// must live as long as we do.
	runtime.LockOSThread()
	child, start, err := startInner(node)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	stopSignals := make(chan os.Signal, 4)
	signal.Notify(stopSignals, syscall.SIGTERM, syscall.SIGINT)

	slirp, err := prepare(node, child.Process.Pid)
	if err == nil {
		err = serve(child.Process.Pid, listeners)
	}
	if err != nil {
		_ = child.Process.Kill()
		<-ended
		return errors.Join(err, removeLeftovers(node))
	}
	_ = start.Close() // the inside waits for this

	err = await(child, ended, stopSignals)
	if slirp != nil {
		_ = slirp.Process.Kill()
		_ = slirp.Wait()
	}
	return errors.Join(err, removeLeftovers(node))
}

// startInner starts PID 1 of the inside, which waits until the returned pipe closes.
func startInner(node layout.Node) (*exec.Cmd, io.Closer, error) {
	gate, start, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer gate.Close()
	child := exec.Command("/proc/self/exe", append([]string{"sandbox"}, node.Args()...)...)
	child.Args[0] = "node"
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.ExtraFiles = []*os.File{gate}
	child.Dir = "/"
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%d", outerPid, os.Getpid()))
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true,
	}
	if err := child.Start(); err != nil {
		return nil, nil, fmt.Errorf("the namespaces could not be made (root is needed): %w", err)
	}
	return child, start, nil
}

// prepare surrounds the still waiting inside with cgroups and gives it a way out.
// A node without a way out is a smaller one, not a broken one.
func prepare(node layout.Node, pid int) (*exec.Cmd, error) {
	if err := createCgroups(node, pid); err != nil {
		return nil, err
	}
	slirp, err := startSlirp(node, pid)
	message := ""
	if err != nil {
		message = fmt.Sprintf("no network beyond the node: %v", err)
		log.Print(message)
	}
	return slirp, layout.WriteFile(node.Path("outbound"), []byte(message), 0o644)
}

// await returns when the inside has ended: on its own, which is an error, or
// because we were told to stop.
func await(child *exec.Cmd, ended chan error, stop chan os.Signal) error {
	select {
	case err := <-ended:
		return fmt.Errorf("the inside of the node ended unasked: %v", err)
	case s := <-stop:
		log.Printf("%v: stopping", s)
	}
	if err := child.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(stopTimeout):
		_ = child.Process.Kill()
		<-ended
		return fmt.Errorf("killed: it had not stopped after %v", stopTimeout)
	}
}

// lockState makes sure that a state folder has one node. The lock dies with us.
func lockState(node layout.Node) (*os.File, error) {
	file, err := os.OpenFile(node.Path("init.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("a node runs in %s already", node.State)
	}
	return file, nil
}
