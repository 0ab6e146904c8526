#!/usr/bin/env bash
# Builds Kubernetes (apiserver, controller manager, scheduler, kubelet, proxy, kubectl) as one binary, and CoreDNS, from Go's module proxy.
#
#   deploy/test-cluster/build-hyperkube.sh FOLDER        4 to 5 minutes where nothing else runs; not again while their versions stand
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
. "$here/keep.sh"
version=v1.34.4
staged=v0.${version#v1.}
build_hyperkube() (
  enter_scratch
  cp "$here/hyperkube/main.go" .
  mod=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  # k8s.io/kubernetes replaces its k8s.io/* by ./staging, which its module leaves out: the same code is published as v0.34.4.
  {
    echo "module hyperkube"
    grep -E '^go ' "$mod"
    echo "require k8s.io/kubernetes $version"
    echo "replace ("
    sed -nE 's#^\s*(k8s\.io/[a-z-]+) => \./staging.*#\1#p' "$mod" | while read -r module; do echo "  $module => $module $staged"; done
    echo ")"
  } >go.mod
  # It names every module that it fetches.
  go mod tidy 2>tidy.log || { cat tidy.log >&2; exit 1; }
  flags="-s -w"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=34 -X $package.gitTreeState=clean"
  done
  CGO_ENABLED=0 go build -trimpath -ldflags "$flags" -o "$out/hyperkube" .
)
keep "$out/hyperkube" "$version $(sum "$here/hyperkube/main.go")" build_hyperkube
coredns=github.com/coredns/coredns@v1.12.4
keep "$out/coredns" "$coredns" env GOBIN="$out" CGO_ENABLED=0 go install -trimpath -ldflags "-s -w" "$coredns"
