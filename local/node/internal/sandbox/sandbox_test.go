package sandbox

import (
	"io"
	"net"
	"slices"
	"testing"
)

func TestBothVersionsOfCgroupsAreFound(t *testing.T) {
	for table, want := range map[string][]string{
		"cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n": {"/sys/fs/cgroup"},
		"tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\nproc /proc proc rw 0 0\n": {"/sys/fs/cgroup/cpu"},
	} {
		if got := hierarchiesIn(table); !slices.Equal(got, want) {
			t.Errorf("%v, not %v", got, want)
		}
	}
}

func TestAnAnswerArrivesAfterTheQuestionHasEnded(t *testing.T) {
	client, outer := pair(t)
	inner, server := pair(t)
	go join(outer, inner)
	go func() {
		question, _ := io.ReadAll(server) // ends by the half-close only
		_, _ = server.Write(append([]byte("you said "), question...))
		server.Close()
	}()
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := client.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(client)
	if err != nil || string(answer) != "you said hello" {
		t.Errorf("%q, %v", answer, err)
	}
}

// pair is the two ends of a TCP connection.
func pair(t *testing.T) (net.Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}
