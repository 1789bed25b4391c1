package supervisor

// The pods' end: databases get the time to close their files.

import (
	"context"
	"log"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// drainTimeout is how long a container may take to end; all of them end at once.
const drainTimeout = 20 * time.Second

// stopContainers ends the containers of all pods, each by its image's stop signal,
// and waits for them. Their objects stay: at the next start the kubelet runs the
// pods again. Builds are not waited for; they end with the namespaces.
func stopContainers() {
	connection, err := grpc.NewClient("unix:///run/containerd/containerd.sock",
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Printf("stopping containers: %v", err)
		return
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout+5*time.Second)
	defer cancel()
	runtime := cri.NewRuntimeServiceClient(connection)
	running := &cri.ContainerFilter{State: &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}}
	list, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{Filter: running})
	if err != nil {
		log.Printf("stopping containers: %v", err)
		return
	}
	var all sync.WaitGroup
	for _, container := range list.Containers {
		all.Go(func() {
			request := &cri.StopContainerRequest{ContainerId: container.Id, Timeout: int64(drainTimeout / time.Second)}
			if _, err := runtime.StopContainer(ctx, request); err != nil {
				log.Printf("stopping container %s: %v", container.Metadata.GetName(), err)
			}
		})
	}
	all.Wait()
}
