package provisioner

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"service-stack/node/internal/layout"
)

func storage(size string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
}

func claim(wanted, has string) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "notes", Name: "data"}}
	c.Spec.VolumeName = "pv-1"
	c.Spec.Resources.Requests = storage(wanted)
	c.Status.Phase = corev1.ClaimBound
	c.Status.Capacity = storage(has)
	return c
}

func TestAVolumeIsAFolderThatItsDeletionRemoves(t *testing.T) {
	f := folders{t.TempDir()}
	policy := corev1.PersistentVolumeReclaimDelete
	volume, _, err := f.Provision(t.Context(), controller.ProvisionOptions{
		PVName: "pv-1", PVC: claim("1Gi", "0"), StorageClass: &storagev1.StorageClass{ReclaimPolicy: &policy},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.parent, "notes_data_pv-1")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777 {
		t.Fatalf("%v, %v", info, err)
	}
	if err := f.Delete(t.Context(), volume); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}

func TestAFolderElsewhereIsNeverRemoved(t *testing.T) {
	f, outside := folders{t.TempDir()}, filepath.Join(t.TempDir(), "notes_data_pv-1")
	if err := os.Mkdir(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv-1"}}
	for _, path := range []string{outside, f.parent, f.parent + "/x/../../" + filepath.Base(filepath.Dir(outside))} {
		volume.Spec.Local = &corev1.LocalVolumeSource{Path: path}
		var ignored *controller.IgnoredError
		if err := f.Delete(t.Context(), volume); !errors.As(err, &ignored) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

func TestAGrownClaimGetsItsSizeAndAForeignOneDoesNot(t *testing.T) {
	for owner, want := range map[string]string{layout.ProvisionerTag: "3Gi", "somebody.else/csi": "1Gi"} {
		volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{
			Name: "pv-1", Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": owner},
		}}
		volume.Spec.Capacity = storage("1Gi")
		client := fake.NewClientset(volume, claim("3Gi", "1Gi"))
		if err := newExpansion(client).expand(t.Context(), types.NamespacedName{Namespace: "notes", Name: "data"}); err != nil {
			t.Fatal(err)
		}
		after, err := client.CoreV1().PersistentVolumeClaims("notes").Get(t.Context(), "data", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := after.Status.Capacity[corev1.ResourceStorage]; got.Cmp(resource.MustParse(want)) != 0 {
			t.Errorf("%s: %s, not %s", owner, got.String(), want)
		}
	}
}

func TestOnlyABoundClaimThatWantsMoreGrows(t *testing.T) {
	pending := claim("3Gi", "1Gi")
	pending.Status.Phase = corev1.ClaimPending
	for _, test := range []struct {
		claim *corev1.PersistentVolumeClaim
		want  bool
	}{{claim("3Gi", "1Gi"), true}, {claim("1Gi", "1Gi"), false}, {claim("1Gi", "3Gi"), false}, {pending, false}} {
		if _, got := growth(test.claim); got != test.want {
			t.Errorf("%v: %v", test.claim.Spec.Resources, got)
		}
	}
}
