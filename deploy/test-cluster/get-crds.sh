#!/usr/bin/env bash
# Fetches the CRDs of crds.txt from Go's module proxy into FOLDER/crds, each module's in a folder of its own; not again where they stand.
#
#   deploy/test-cluster/get-crds.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
crds=$(mkdir -p "$1/crds" && cd "$1/crds" && pwd)
wanted=()
while read -r module sum globs; do
  case $module in '' | '#'*) continue ;; esac
  folder=${module//\//-}-$(cksum <<<"$module $sum $globs" | cut -d' ' -f1)
  wanted+=("$folder")
  [ -d "$crds/$folder" ] && continue
  answer=$(go mod download -json "$module") || true
  if ! grep -qF "\"Sum\": \"$sum\"" <<<"$answer"; then
    echo "$module is not what crds.txt says: $answer" >&2
    exit 1
  fi
  source=$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' <<<"$answer")
  rm -rf "$crds/.new"
  mkdir "$crds/.new"
  for glob in $globs; do
    # shellcheck disable=SC2086
    (cd "$source" && cp $glob "$crds/.new/")
  done
  chmod -R u+w "$crds/.new"
  mv "$crds/.new" "$crds/$folder"
done <"$here/crds.txt"
# What an older list named.
for folder in "$crds"/*; do
  [[ " ${wanted[*]} " == *" ${folder##*/} "* ]] || rm -rf "$folder"
done
