package supervisor

// Kinds that Kubernetes doesn't bring: those of the ingress controller and of the
// Gateway API. Their projects publish the definitions; local/platform puts them
// into the state folder.

import (
	"context"
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var definitionResource = schema.GroupVersionResource{
	Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
}

func (c *cluster) definitions() ([]*unstructured.Unstructured, error) {
	content, err := os.ReadFile(c.node.Path("definitions.json"))
	if err != nil {
		return nil, err
	}
	return decode(content)
}

// classes are objects of the kinds that are defined.
func (c *cluster) classes() ([]*unstructured.Unstructured, error) {
	content, err := fill("classes.yaml", values(c.node))
	if err != nil {
		return nil, err
	}
	return decode(content)
}

// definitionsServed applies the definitions, and says whether the API server
// serves all of their kinds.
func (c *cluster) definitionsServed() func(context.Context) error {
	apply := c.once(c.definitions)
	served := false
	return func(ctx context.Context) error {
		if err := apply(ctx); err != nil || served {
			return err
		}
		k, err := c.connect()
		if err != nil {
			return err
		}
		list, err := k.dynamic.Resource(definitionResource).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, definition := range list.Items {
			if !established(definition) {
				return fmt.Errorf("%s is not served yet", definition.GetName())
			}
		}
		served = true
		return nil
	}
}

func established(definition unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(definition.Object, "status", "conditions")
	for _, condition := range conditions {
		if fields, ok := condition.(map[string]any); ok && fields["type"] == "Established" {
			return fields["status"] == "True"
		}
	}
	return false
}
