// Package provisioner makes volumes out of folders: one folder for each claim,
// below one parent. Binding, scheduling and retrying are the library's.
package provisioner

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"service-stack/node/internal/layout"
)

// Main runs the provisioner and its expansion until it is told to stop.
func Main() error {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the provisioner's user")
	volumes := flag.String("volumes", "", "folder that holds the volumes")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	expansion := newExpansion(client)
	expansionEnded := make(chan error, 1)
	go func() { expansionEnded <- expansion.run(ctx) }()
	// The library may end the process by itself when its informers fail; the
	// supervisor starts it again.
	go controller.NewProvisionController(ctx, client, layout.ProvisionerTag, folders{*volumes},
		controller.LeaderElection(false)).Run(ctx)
	return <-expansionEnded
}

// folders provisions volumes below a folder.
type folders struct{ parent string }

// Provision makes the folder and describes it as a volume of the kind "local",
// because the kubelet applies a pod's fsGroup to those, and not to host paths.
func (f folders) Provision(_ context.Context, options controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	claim := options.PVC
	if claim.Spec.Selector != nil {
		return nil, controller.ProvisioningFinished, errors.New("a claim's selector is not supported")
	}
	for _, mode := range claim.Spec.AccessModes {
		if mode != corev1.ReadWriteOnce && mode != corev1.ReadWriteOncePod && mode != corev1.ReadWriteMany && mode != corev1.ReadOnlyMany {
			return nil, controller.ProvisioningFinished, fmt.Errorf("access mode %s is not supported", mode)
		}
	}
	path := f.path(claim.Namespace, claim.Name, options.PVName)
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	// Pods choose their users; the umask must not lock them out.
	if err := os.Chmod(path, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	mode := corev1.PersistentVolumeFilesystem
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   claim.Spec.AccessModes,
			MountOptions:                  options.StorageClass.MountOptions,
			VolumeMode:                    &mode,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			// The API wants to know where a local volume is, even with one node.
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{layout.NodeName},
				}},
			}}}},
		},
	}, controller.ProvisioningFinished, nil
}

// Delete removes a volume's folder, and never one that isn't a volume's.
func (f folders) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	if volume.Spec.Local == nil {
		return &controller.IgnoredError{Reason: "it is not a local volume"}
	}
	path := volume.Spec.Local.Path
	if filepath.Dir(path) != filepath.Clean(f.parent) || !strings.HasSuffix(path, "_"+volume.Name) {
		return &controller.IgnoredError{Reason: path + " is not a folder of ours"}
	}
	return os.RemoveAll(path)
}

func (f folders) path(namespace, claim, volume string) string {
	return filepath.Join(f.parent, namespace+"_"+claim+"_"+volume)
}
