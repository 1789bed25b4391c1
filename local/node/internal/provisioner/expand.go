package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"service-stack/node/internal/layout"
)

// expansion grows volumes. A folder has no limit of its own, so growing is
// bookkeeping: first the volume says that it is larger, then the claim's status.
// That a class allows it at all is checked by the API server's admission.
type expansion struct {
	client  kubernetes.Interface
	factory informers.SharedInformerFactory
	queue   workqueue.TypedRateLimitingInterface[types.NamespacedName]
}

func newExpansion(client kubernetes.Interface) *expansion {
	return &expansion{
		client:  client,
		factory: informers.NewSharedInformerFactory(client, 10*time.Minute),
		queue:   workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[types.NamespacedName]()),
	}
}

// run works until ctx ends.
func (e *expansion) run(ctx context.Context) error {
	enqueue := func(object any) {
		if claim, ok := object.(*corev1.PersistentVolumeClaim); ok {
			if _, grows := growth(claim); grows {
				e.queue.Add(types.NamespacedName{Namespace: claim.Namespace, Name: claim.Name})
			}
		}
	}
	informer := e.factory.Core().V1().PersistentVolumeClaims().Informer()
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: enqueue, UpdateFunc: func(_, object any) { enqueue(object) },
	}); err != nil {
		return err
	}
	e.factory.Start(ctx.Done())
	go func() {
		<-ctx.Done()
		e.queue.ShutDown()
	}()
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return errors.New("the claims could not be listed")
	}
	for {
		key, stopped := e.queue.Get()
		if stopped {
			return nil
		}
		if err := e.expand(ctx, key); err != nil {
			utilruntime.HandleError(fmt.Errorf("expanding %s: %w", key, err))
			e.queue.AddRateLimited(key)
		} else {
			e.queue.Forget(key)
		}
		e.queue.Done(key)
	}
}

// growth is the size that a bound claim wants and does not have yet.
func growth(claim *corev1.PersistentVolumeClaim) (resource.Quantity, bool) {
	wanted := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	has := claim.Status.Capacity[corev1.ResourceStorage]
	return wanted, claim.Status.Phase == corev1.ClaimBound && claim.Spec.VolumeName != "" && wanted.Cmp(has) > 0
}

func (e *expansion) expand(ctx context.Context, key types.NamespacedName) error {
	claims := e.client.CoreV1().PersistentVolumeClaims(key.Namespace)
	claim, err := claims.Get(ctx, key.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	wanted, grows := growth(claim)
	if !grows {
		return nil
	}
	volumes := e.client.CoreV1().PersistentVolumes()
	volume, err := volumes.Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if volume.Annotations["pv.kubernetes.io/provisioned-by"] != layout.ProvisionerTag {
		return nil // somebody else's to grow
	}
	if has := volume.Spec.Capacity[corev1.ResourceStorage]; wanted.Cmp(has) > 0 {
		patch := fmt.Appendf(nil, `{"spec":{"capacity":{"storage":%q}}}`, wanted.String())
		if _, err := volumes.Patch(ctx, volume.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	// The conditions and the state of a resize that somebody else began end with it.
	patch := fmt.Appendf(nil, `{"status":{"capacity":{"storage":%q},"conditions":null,"allocatedResourceStatuses":null}}`, wanted.String())
	_, err = claims.Patch(ctx, claim.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}
