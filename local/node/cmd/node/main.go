// Command node is every Go program of the embedded platform in one binary: it
// runs the program that its first argument names. The upstream programs are used
// as they are; what is ours stands in ../../internal.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	// CoreDNS with the plugins that one cluster needs; its stock list would add
	// the SDKs of three clouds.
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
	"go.etcd.io/etcd/server/v3/etcdmain"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	metricsserver "sigs.k8s.io/metrics-server/cmd/metrics-server/app"

	"service-stack/node/internal/provisioner"
	"service-stack/node/internal/sandbox"
	"service-stack/node/internal/supervisor"
)

// programs maps a first argument to what it runs. Each finds its own arguments
// in os.Args, as if it had been started under its own name.
var programs = map[string]func() error{
	"kube-apiserver":          func() error { return cli.RunNoErrOutput(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() error { return cli.RunNoErrOutput(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() error { return cli.RunNoErrOutput(scheduler.NewSchedulerCommand()) },
	"kubelet":                 func() error { return cli.RunNoErrOutput(kubelet.NewKubeletCommand(context.Background())) },
	"kube-proxy":              func() error { return cli.RunNoErrOutput(proxy.NewProxyCommand()) },
	"kubeadm":                 kubeadm.Run,
	"kubectl": func() error {
		// CheckErr prints the way users of kubectl know, and exits.
		kubectlutil.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()))
		return nil
	},
	"etcd":    func() error { etcdmain.Main(os.Args); return nil },
	"coredns": func() error { coremain.Run(); return nil },
	"metrics-server": func() error {
		return cli.RunNoErrOutput(metricsserver.NewMetricsServerCommand(genericapiserver.SetupSignalHandler()))
	},
	"provisioner": provisioner.Main,
	"init":        sandbox.Init,
	"clean":       sandbox.Clean,
	// The next two run inside the namespaces that init makes.
	"sandbox":    sandbox.Inner,
	"supervisor": supervisor.Main,
}

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args
	if _, ok := programs[name]; !ok {
		if len(os.Args) < 2 {
			usage()
		}
		name, args = os.Args[1], os.Args[1:]
	}
	run, ok := programs[name]
	if !ok {
		usage()
	}
	os.Args = args
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func usage() {
	var names []string
	for name := range programs {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Fprintf(os.Stderr, "usage: node <program> [flags]\nprograms: %s\n", strings.Join(names, ", "))
	os.Exit(2)
}
