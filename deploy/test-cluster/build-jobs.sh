#!/usr/bin/env bash
# Builds the controllers of jobs/go.mod from Go's module proxy, and writes each as an image and as its own manifests.
#
#   deploy/test-cluster/build-jobs.sh FOLDER        after build-hyperkube.sh, whose compiled libraries it uses; not again where they stand
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=$(cd "$1" && pwd)
export CONTAINERS_CONF=$here/containers.conf CGO_ENABLED=0
cd "$here/jobs"
while read -r name package module manifests; do
  sum=$(cat go.sum "$here/build-jobs.sh" | cksum | cut -d' ' -f1)
  [ "$(cat "$tools/$name.sum" 2>/dev/null)" = "$sum" ] && continue
  work=$(mktemp -d)
  go build -trimpath -ldflags "-s -w" -o "$work/manager" "$package"
  printf 'FROM scratch\nCOPY manager /manager\nUSER 65532:65532\nENTRYPOINT ["/manager"]\n' >"$work/Dockerfile"
  buildah bud --quiet --isolation chroot --tag "localhost/$name:1" "$work" >/dev/null
  rm -f "$tools/$name.tar"
  podman save --quiet --format oci-archive -o "$tools/$name.tar" "localhost/$name:1" >/dev/null
  # As they are released, but for where the image comes from, for requests that a small node has not, and for Trainer's own JobSet, which is fetched.
  cp -r "$(go list -m -f '{{.Dir}}' "$module")/${manifests%%/*}" "$work/" && chmod -R u+w "$work"
  sed -i '/third-party/d' "$work/$manifests/kustomization.yaml"
  "$tools/hyperkube" kubectl kustomize "$work/$manifests" |
    sed -E "s#^( *)image: [^ ]*/$name[^ ]*\$#\1image: localhost/$name:1#; s/imagePullPolicy: Always/imagePullPolicy: Never/; s/^( *)cpu: 500m/\1cpu: 10m/" >"$tools/$name.yaml"
  echo "$sum" >"$tools/$name.sum"
  rm -rf "$work"
done <<'L'
jobset sigs.k8s.io/jobset sigs.k8s.io/jobset config/default
kueue sigs.k8s.io/kueue/cmd/kueue sigs.k8s.io/kueue config/default
trainer github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager github.com/kubeflow/trainer/v2 manifests/overlays/manager
L
