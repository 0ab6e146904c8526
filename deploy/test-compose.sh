#!/usr/bin/env bash
# Runs compose.yaml by podman-compose on an image of build-image.sh, submits a short plan in it, and waits for the verdict. Needs root.
#
#   deploy/test-compose.sh PODMAN-COMPOSE [IMAGE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
compose=$1
export IMAGE=${2:-localhost/holdfast:test} CONTAINERS_CONF=$here/test-cluster/containers.conf
DATA=$(mktemp -d)
export DATA
call() { "$compose" --project-name "holdfast-$$" -f "$here/compose.yaml" "$@"; }
trap 'call down >/dev/null 2>&1 || true; rm -rf "$DATA"' EXIT
cp -r "$here/../examples/gtsrb/." "$DATA"
sed -i 's/steps: 900/steps: 60/; s/everySteps: 90/everySteps: 10/; s|ledger: .*|ledger: runs/ledger.jsonl|' "$DATA/plan.yaml"
chown -R 10001:10001 "$DATA"
call up -d >/dev/null
code=0
call exec -T holdfast holdfast submit /data/plan.yaml --wait || code=$?
if [ "$code" != 0 ] && [ "$code" != 2 ]; then
  call logs
  exit 1
fi
# The client of object stores is whole in the image: it says that it finds no credentials.
said=$(call exec -T holdfast sh -c 'AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true holdfast data check s3://none/plan.yaml' 2>&1 || true)
if ! grep -q "no credentials were found" <<<"$said"; then
  echo "$said"
  exit 1
fi
test -s "$DATA"/runs/plan-*/report.html
echo "compose.yaml: a verdict, exit code $code"
