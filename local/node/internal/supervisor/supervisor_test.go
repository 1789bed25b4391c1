package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"service-stack/node/internal/layout"
)

func TestEveryConfigurationFileCanBeFilled(t *testing.T) {
	v := values(layout.Node{State: "/state"})
	for name := range places {
		content, err := fill(name, v)
		if err != nil || len(content) == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if name != "Corefile" && strings.Contains(string(content), "{{") {
			t.Errorf("%s has a hole left", name)
		}
	}
}

func TestTheClustersObjectsCanBeRead(t *testing.T) {
	node := newPKI(t)
	objects, err := newCluster(node).objects()
	if err != nil {
		t.Fatal(err)
	}
	bound := 0
	for _, object := range objects {
		if object.GetKind() == "" || object.GetName() == "" {
			t.Errorf("an object without kind or name: %v", object)
		}
		if object.GetKind() == "ClusterRoleBinding" {
			bound++
		}
	}
	if bound != len(bindings) {
		t.Errorf("%d bindings of %d", bound, len(bindings))
	}
}

func TestPartsNeedOnlyPartsBeforeThem(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range parts(layout.Node{State: "/state"}) {
		for _, need := range p.needs {
			if !seen[need] {
				t.Errorf("%s needs %s, which is stopped before it", p.name, need)
			}
		}
		if seen[p.name] {
			t.Errorf("two parts are called %s", p.name)
		}
		seen[p.name] = true
	}
}

func TestThePhaseFollowsTheParts(t *testing.T) {
	b := newBoard(layout.Node{State: t.TempDir()})
	one, two := b.add("one"), b.add("two")
	phase := func() Phase {
		content, err := os.ReadFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		var status Status
		if err := json.Unmarshal(content, &status); err != nil {
			t.Fatal(err)
		}
		return status.Phase
	}
	steps := []struct {
		do   func()
		want Phase
	}{
		{func() { b.set(one, PartReady, "") }, Starting},
		{func() { b.set(two, PartReady, "") }, Ready},
		{func() { b.set(one, PartBackoff, "ended: exit status 1") }, Degraded},
		{func() { b.set(one, PartReady, "") }, Ready},
		{func() { b.change(func() { b.stopping = true }) }, Stopping},
	}
	for i, step := range steps {
		step.do()
		if got := phase(); got != step.want {
			t.Errorf("step %d: %s, not %s", i, got, step.want)
		}
	}
}

func TestAPartThatDiesIsStartedAgainAndCounted(t *testing.T) {
	node := layout.Node{State: t.TempDir()}
	if err := os.MkdirAll(node.Path("logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	lives := node.Path("lives")
	s := &supervisor{node: node, board: newBoard(node), byName: map[string]*part{}}
	p := &part{name: "mayfly", command: []string{"sh", "-c", "echo >> " + lives}, ready: make(chan struct{})}
	p.status = s.board.add(p.name)
	p.probe = func(context.Context) error {
		if content, _ := os.ReadFile(lives); len(content) >= 2 {
			cancel()
		}
		return errors.New("never well")
	}
	s.look(ctx, p)
	if p.status.Restarts < 1 {
		t.Errorf("%d restarts", p.status.Restarts)
	}
}

func TestALongLogBecomesTheOldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part.log")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxLog+1); err != nil {
		t.Fatal(err)
	}
	file, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, _ := file.Stat(); info.Size() != 0 {
		t.Errorf("the new log begins with %d bytes", info.Size())
	}
}

func TestTheSameProgramMakesTheSamePauseImage(t *testing.T) {
	var digests []string
	for range 2 {
		image, err := pauseImage([]byte("program"))
		if err != nil {
			t.Fatal(err)
		}
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	if digests[0] != digests[1] {
		t.Error(digests)
	}
}
