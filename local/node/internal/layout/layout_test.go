package layout

import (
	"strings"
	"testing"
)

func TestANodeIsHandedOnWhole(t *testing.T) {
	node := Node{State: "/state", Root: "/root", Bin: "/bin", HTTP: 1, HTTPS: 2, APIPort: 3}
	got, err := Parse(append([]string{"sandbox"}, node.Args()...))
	if err != nil || got != node {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAStateFolderThatCannotWorkIsRefused(t *testing.T) {
	for _, state := range []string{"", "relative", "/" + strings.Repeat("long", 30)} {
		if _, err := Parse([]string{"init", "--state", state}); err == nil {
			t.Errorf("%q was accepted", state)
		}
	}
}

func TestTwoStateFoldersShareNoCgroup(t *testing.T) {
	if (Node{State: "/a"}).Cgroup() == (Node{State: "/b"}).Cgroup() {
		t.Error("they do")
	}
}
