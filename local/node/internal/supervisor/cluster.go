package supervisor

// What the supervisor does as a client of the cluster: apply the objects that a
// cluster starts with, and see whether it is what it should be.

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"service-stack/node/internal/layout"
)

// cluster is a client that comes to be at its first use: the API server's
// certificates exist by then.
type cluster struct {
	node    layout.Node
	began   time.Time
	connect func() (*clients, error)
}

type clients struct {
	typed   kubernetes.Interface
	dynamic dynamic.Interface
}

func newCluster(node layout.Node) *cluster {
	return &cluster{node: node, began: time.Now().Truncate(time.Second), connect: sync.OnceValues(func() (*clients, error) {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfigOf(node, "admin"))
		if err != nil {
			return nil, err
		}
		config.QPS, config.Burst = 100, 200
		typed, err := kubernetes.NewForConfig(config)
		if err != nil {
			return nil, err
		}
		anything, err := dynamic.NewForConfig(config)
		return &clients{typed, anything}, err
	})}
}

// get asks the API server for a path, and for nothing but success.
func (c *cluster) get(ctx context.Context, path string) error {
	k, err := c.connect()
	if err != nil {
		return err
	}
	return k.typed.Discovery().RESTClient().Get().AbsPath(path).Do(ctx).Error()
}

func (c *cluster) apiReady(ctx context.Context) error { return c.get(ctx, "/readyz") }

// metricsServed asks through the API server, as kubectl top does.
func (c *cluster) metricsServed(ctx context.Context) error {
	return c.get(ctx, "/apis/metrics.k8s.io/v1beta1")
}

func (c *cluster) storageClassReady(ctx context.Context) error {
	return c.get(ctx, "/apis/storage.k8s.io/v1/storageclasses/"+layout.StorageClass)
}

func (c *cluster) nodeReady(ctx context.Context) error {
	k, err := c.connect()
	if err != nil {
		return err
	}
	node, err := k.typed.CoreV1().Nodes().Get(ctx, layout.NodeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		// What the node said of itself before this start is no news.
		if condition.Type == corev1.NodeReady && !condition.LastHeartbeatTime.Time.Before(c.began) {
			if condition.Status == corev1.ConditionTrue {
				return nil
			}
			return errors.New(condition.Message)
		}
	}
	return errors.New("the node has not reported since this start")
}

// once brings the cluster some objects, once in our life.
func (c *cluster) once(load func() ([]*unstructured.Unstructured, error)) func(context.Context) error {
	applied := false
	return func(ctx context.Context) error {
		if applied {
			return nil
		}
		k, err := c.connect()
		if err != nil {
			return err
		}
		objects, err := load()
		if err != nil {
			return err
		}
		if err := k.apply(ctx, objects); err != nil {
			return err
		}
		applied = true
		return nil
	}
}

// apply makes the objects what they should be, whether they are there or not.
func (k *clients) apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(k.typed.Discovery()))
	for _, object := range objects {
		kind := object.GroupVersionKind()
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			return err
		}
		_, err = k.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()).
			Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "service-stack-node", Force: true})
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind.Kind, object.GetName(), err)
		}
	}
	return nil
}

// objects are what a cluster has before anybody asks for it.
func (c *cluster) objects() ([]*unstructured.Unstructured, error) {
	ca, err := os.ReadFile(c.node.Path("pki", "ca.crt"))
	if err != nil {
		return nil, err
	}
	v := values(c.node)
	v["CA"] = base64.StdEncoding.EncodeToString(ca)
	v["Bindings"] = bindings
	content, err := fill("objects.yaml", v)
	if err != nil {
		return nil, err
	}
	return decode(content)
}

func decode(content []byte) ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

// bindings give our own users of the API their roles.
var bindings = []struct{ User, Role string }{
	{"service-stack:coredns", "service-stack:coredns"},
	{"service-stack:metrics-server", "service-stack:metrics-server"},
	{"service-stack:metrics-server", "system:auth-delegator"},
	{"service-stack:traefik", "service-stack:traefik"},
	{"service-stack:provisioner", "service-stack:provisioner"},
}
