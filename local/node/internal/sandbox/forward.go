package sandbox

// The ways in: listeners on the host's 127.0.0.1, and a dialer inside the
// namespace. Nothing of the host's own network is changed for it.

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"service-stack/node/internal/layout"
)

// listener leads from a port of the host to one inside.
type listener struct {
	net.Listener
	port int
}

func listen(node layout.Node) ([]listener, error) {
	var all []listener
	for _, p := range [][2]int{{node.APIPort, layout.APIServerPort}, {node.HTTP, layout.HTTPPort}, {node.HTTPS, layout.HTTPSPort}} {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p[0]))
		if err != nil {
			return nil, err
		}
		all = append(all, listener{l, p[1]})
	}
	return all, nil
}

// dialer opens connections to 127.0.0.1 inside a network namespace.
type dialer chan dial

type dial struct {
	port int
	done chan<- dialed
}

type dialed struct {
	conn net.Conn
	err  error
}

// newDialer gives one thread to the namespace of a process. The thread never comes
// back: it would carry the namespace to other goroutines.
func newDialer(pid int) (dialer, error) {
	requests, entered := make(dialer), make(chan error)
	go func() {
		runtime.LockOSThread()
		err := enterNetwork(pid)
		entered <- err
		if err != nil {
			return
		}
		for request := range requests {
			conn, err := connect(request.port)
			request.done <- dialed{conn, err}
		}
	}()
	return requests, <-entered
}

func enterNetwork(pid int) error {
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err
	}
	defer namespace.Close()
	return unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET)
}

// connect blocks, which on loopback takes microseconds: the port answers or refuses.
func connect(port int) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "inner connection")
	defer file.Close() // FileConn has a descriptor of its own
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("port %d inside: %w", port, err)
	}
	return net.FileConn(file)
}

func (d dialer) dial(port int) (net.Conn, error) {
	done := make(chan dialed, 1)
	d <- dial{port, done}
	result := <-done
	return result.conn, result.err
}

// serve forwards every listener to the namespace of a process.
func serve(pid int, listeners []listener) error {
	d, err := newDialer(pid)
	if err != nil {
		return fmt.Errorf("entering the network namespace: %w", err)
	}
	for _, l := range listeners {
		go func() {
			for {
				outer, err := l.Accept()
				if err != nil {
					log.Printf("port %d: %v", l.port, err)
					return
				}
				go func() {
					inner, err := d.dial(l.port)
					if err != nil {
						outer.Close() // nothing listens yet; the client sees a closed connection
						return
					}
					join(outer, inner)
				}()
			}
		}()
	}
	return nil
}

// join copies both ways until both ends have said all. The end of one direction is
// handed on as such (a half-close), because some protocols go on answering after it.
func join(a, b net.Conn) {
	var both sync.WaitGroup
	both.Add(2)
	oneWay := func(to, from net.Conn) {
		defer both.Done()
		_, err := io.Copy(to, from)
		half, ok := to.(interface{ CloseWrite() error })
		if err != nil || !ok {
			to.Close()
			from.Close()
			return
		}
		_ = half.CloseWrite()
	}
	go oneWay(a, b)
	go oneWay(b, a)
	both.Wait()
	a.Close()
	b.Close()
}
