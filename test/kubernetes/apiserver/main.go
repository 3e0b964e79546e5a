// A Kubernetes API server with its etcd in one process, for tests that ask the real thing. It ends with its input, so it
// never outlives whoever started it.
package main

import (
	"io"
	"log"
	"net/url"
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// Usage: apiserver ETCD_DATA_FOLDER KUBE_APISERVER_FLAGS...
func main() {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	etcd := startEtcd(os.Args[1])
	os.Args = append([]string{"kube-apiserver", "--etcd-servers", etcd.Clients[0].Addr().String()}, os.Args[2:]...)
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}

func startEtcd(folder string) *embed.Etcd {
	anyPort := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = anyPort, anyPort
	config.ListenPeerUrls, config.AdvertisePeerUrls = anyPort, anyPort
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		log.Fatalf("etcd did not start: %v", err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(10 * time.Minute):
		log.Fatal("etcd was not ready within ten minutes")
	}
	return etcd
}
