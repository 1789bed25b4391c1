package supervisor

// What the outside is told: one file, replaced whole at each change.

import (
	"encoding/json"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"service-stack/node/internal/layout"
)

// Phase is the node's state in a word.
type Phase string

// The phases. A node is degraded when it was ready once and no longer is.
const (
	Starting Phase = "starting"
	Ready    Phase = "ready"
	Degraded Phase = "degraded"
	Stopping Phase = "stopping"
)

// PartState is a part's state in a word.
type PartState string

// The states of a part.
const (
	PartWaiting  PartState = "waiting"  // for another part
	PartStarting PartState = "starting" // runs, and does not answer yet
	PartReady    PartState = "ready"
	PartFailing  PartState = "failing" // was ready, and does not answer
	PartBackoff  PartState = "backoff" // died, and starts again soon
	PartStopped  PartState = "stopped"
)

// PartStatus is a part as the outside sees it. Its pid is the one inside.
type PartStatus struct {
	Name     string    `json:"name"`
	Pid      int       `json:"pid,omitempty"`
	State    PartState `json:"state"`
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
	Message  string    `json:"message,omitempty"`
}

type ports struct {
	HTTP  int `json:"http"`
	HTTPS int `json:"https"`
	API   int `json:"api"`
}

// Status is the content of status.json.
type Status struct {
	Phase    Phase         `json:"phase"`
	Pid      int           `json:"pid"`
	Version  string        `json:"version"`
	Ports    ports         `json:"ports"`
	Parts    []*PartStatus `json:"parts"`
	Messages []string      `json:"messages"`
}

// board keeps the status and writes it down.
type board struct {
	mu       sync.Mutex
	path     string
	status   Status
	wasReady bool
	stopping bool
}

func newBoard(node layout.Node) *board {
	b := &board{path: node.Path("status.json"), status: Status{
		Phase: Starting, Version: layout.Version, Messages: []string{},
		Ports: ports{node.HTTP, node.HTTPS, node.APIPort},
	}}
	b.status.Pid, _ = strconv.Atoi(os.Getenv("SERVICE_STACK_OUTER_PID"))
	if message, err := os.ReadFile(node.Path("outbound")); err == nil && len(message) > 0 {
		b.status.Messages = append(b.status.Messages, strings.TrimSpace(string(message)))
	}
	return b
}

func (b *board) add(name string) *PartStatus {
	part := &PartStatus{Name: name, State: PartWaiting, Since: time.Now().UTC()}
	b.status.Parts = append(b.status.Parts, part)
	return part
}

// set changes a part, and with it perhaps the phase.
func (b *board) set(part *PartStatus, state PartState, message string) {
	b.change(func() {
		if part.State != state {
			part.State, part.Since = state, time.Now().UTC()
		}
		part.Message = message
	})
}

func (b *board) change(how func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	how()
	b.status.Phase = b.phase()
	b.wasReady = b.wasReady || b.status.Phase == Ready
	content, err := json.MarshalIndent(b.status, "", "  ")
	if err == nil {
		err = layout.WriteFile(b.path, append(content, '\n'), 0o644)
	}
	if err != nil {
		log.Printf("status: %v", err)
	}
}

func (b *board) phase() Phase {
	if b.stopping {
		return Stopping
	}
	for _, part := range b.status.Parts {
		if part.State != PartReady {
			if b.wasReady {
				return Degraded
			}
			return Starting
		}
	}
	return Ready
}
