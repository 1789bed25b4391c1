// Package supervisor runs the parts of a node: it writes their configuration,
// starts them in the order of their needs, watches them, and stops them in reverse.
// It runs inside the sandbox and takes it as given.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"service-stack/node/internal/layout"
)

const (
	probeEvery   = 200 * time.Millisecond // until a part is ready
	probeReady   = 5 * time.Second        // from then on
	probeTimeout = 4 * time.Second
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	// calm is how long a part must have lived for its next death to count as a first one.
	calm     = time.Minute
	maxLog   = 16 << 20
	stopPart = 10 * time.Second
)

// part is a program to run, or, without a command, a thing to see to: then probe
// both does and checks it.
type part struct {
	name    string
	command []string
	env     []string // beside what every part sees
	needs   []string
	probe   func(context.Context) error

	status *PartStatus
	once   sync.Once
	ready  chan struct{} // closed once it was ready for the first time
}

// Main runs the supervisor until it is told to stop.
func Main() error {
	node, err := layout.Parse(os.Args)
	if err != nil {
		return err
	}
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	if err := createPKI(node); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	if err := writeConfiguration(node); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := rotate(node.Path("logs", "traefik-access.log")); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	s := &supervisor{node: node, board: newBoard(node), byName: map[string]*part{}}
	for _, p := range parts(node) {
		p.status, p.ready = s.board.add(p.name), make(chan struct{})
		s.byName[p.name] = p
		s.parts = append(s.parts, p)
	}
	s.run(ctx)
	return nil
}

type supervisor struct {
	node   layout.Node
	board  *board
	parts  []*part
	byName map[string]*part
}

// run starts everything, waits for the end of ctx, and stops everything.
func (s *supervisor) run(ctx context.Context) {
	stops := make(map[string]context.CancelFunc)
	ended := make(map[string]*sync.WaitGroup)
	for _, p := range s.parts {
		// Each part's context is its own: they end one after another, not at once.
		partCtx, stop := context.WithCancel(context.Background())
		stops[p.name], ended[p.name] = stop, &sync.WaitGroup{}
		ended[p.name].Go(func() { s.look(partCtx, p) })
	}
	<-ctx.Done()
	s.board.change(func() { s.board.stopping = true })
	halt := func(p *part) {
		stops[p.name]()
		ended[p.name].Wait()
		s.board.set(p.status, PartStopped, "")
	}
	// The kubelet would start again what the drain stops.
	halt(s.byName["kubelet"])
	stopContainers()
	for i := len(s.parts) - 1; i >= 0; i-- {
		halt(s.parts[i])
	}
}

// look cares for one part until ctx ends.
func (s *supervisor) look(ctx context.Context, p *part) {
	for _, need := range p.needs {
		s.board.set(p.status, PartWaiting, "for "+need)
		select {
		case <-s.byName[need].ready:
		case <-ctx.Done():
			return
		}
	}
	if p.command == nil {
		s.board.set(p.status, PartStarting, "")
		s.watch(ctx, p)
		return
	}
	backoff := firstBackoff
	for ctx.Err() == nil {
		began := time.Now()
		err := s.live(ctx, p)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > calm {
			backoff = firstBackoff
		}
		log.Printf("%s ended: %v; again in %v", p.name, err, backoff)
		s.board.change(func() { p.status.Restarts++; p.status.Pid = 0 })
		s.board.set(p.status, PartBackoff, fmt.Sprintf("ended: %v", err))
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// live is one life of a part's process.
func (s *supervisor) live(ctx context.Context, p *part) error {
	output, err := openLog(s.node.Path("logs", p.name+".log"))
	if err != nil {
		return err
	}
	defer output.Close()
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = output, output, "/"
	cmd.Env = append(os.Environ(), p.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.board.change(func() { p.status.Pid = cmd.Process.Pid })
	s.board.set(p.status, PartStarting, "")
	watching, stopWatching := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { s.watch(watching, p) })
	defer watcher.Wait()
	defer stopWatching()

	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			err = errors.New("exit status 0")
		}
		return err
	case <-ctx.Done():
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(stopPart):
		log.Printf("%s did not stop in %v: killed", p.name, stopPart)
		_ = cmd.Process.Kill()
		<-ended
	}
	return nil
}

// watch probes a part again and again and keeps its status.
func (s *supervisor) watch(ctx context.Context, p *part) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	wasReady, lastMessage := false, ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		probing, cancel := context.WithTimeout(ctx, probeTimeout)
		err := p.probe(probing)
		cancel()
		if ctx.Err() != nil {
			return
		}
		every, state, message := probeReady, PartReady, ""
		if err != nil {
			every, state, message = probeEvery, PartStarting, err.Error()
			if wasReady {
				state = PartFailing
			}
		}
		if err == nil {
			wasReady = true
			p.once.Do(func() { close(p.ready) })
		}
		if key := string(state) + message; key != lastMessage {
			s.board.set(p.status, state, message)
			lastMessage = key
		}
		timer.Reset(every)
	}
}

// openLog appends to a log.
func openLog(path string) (*os.File, error) {
	if err := rotate(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
}

// rotate makes a log that has grown too long the old one.
func rotate(path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() <= maxLog {
		return nil
	}
	return os.Rename(path, path+".old")
}
