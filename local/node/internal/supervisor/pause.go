package supervisor

// The image that every pod's sandbox runs. No registry out there is needed for it:
// it is one static program, and is packed here.

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"runtime"

	"service-stack/node/internal/layout"
)

// pushPause brings the image to the registry, and back when it is missing there.
func pushPause(ctx context.Context) error {
	reference, err := name.ParseReference(layout.PauseImage)
	if err != nil {
		return err
	}
	if _, err := remote.Head(reference, remote.WithContext(ctx)); err == nil {
		return nil
	}
	program, err := os.ReadFile("/usr/local/bin/pause")
	if err != nil {
		return err
	}
	image, err := pauseImage(program)
	if err != nil {
		return err
	}
	return remote.Write(reference, image, remote.WithContext(ctx))
}

// pauseImage packs a program. The same one always makes the same image.
func pauseImage(program []byte) (v1.Image, error) {
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := archive.WriteHeader(&tar.Header{Name: "pause", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return nil, err
	}
	if _, err := archive.Write(program); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	packed, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(layer.Bytes())), nil
	})
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, packed)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config = v1.Config{Entrypoint: []string{"/pause"}, User: "65535:65535"}
	return mutate.ConfigFile(image, config)
}
