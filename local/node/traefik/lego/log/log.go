// Package log has the logger that Traefik sets at its start.
package log

// StdLogger is the part of a logger that Traefik hands over.
type StdLogger interface {
	Fatal(args ...any)
	Fatalln(args ...any)
	Fatalf(format string, args ...any)
	Print(args ...any)
	Println(args ...any)
	Printf(format string, args ...any)
}

// Logger is set and never used.
var Logger StdLogger
