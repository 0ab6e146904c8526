#!/usr/bin/env bash
# Builds the image of this checkout on the bases of build-bases.sh, and writes it to a file.
#
#   deploy/test-cluster/build-image.sh FILE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export CONTAINERS_CONF=$here/containers.conf
cd "$here/../.."
buildah bud --quiet --isolation chroot --timestamp 0 --format docker --ignorefile .dockerignore -f deploy/images/Dockerfile --target cpu \
  --build-arg NODE_IMAGE=localhost/node-base --build-arg BASE_IMAGE=localhost/debian-base --build-arg NPM_CONFIG_REGISTRY="$(npm config get registry)" \
  --tag localhost/holdfast:test . >/dev/null
rm -f "$1"
podman save --quiet --format oci-archive -o "$1" localhost/holdfast:test >/dev/null
