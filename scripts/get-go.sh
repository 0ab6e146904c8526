#!/usr/bin/env bash
# Prints the folder of a Go that is new enough: the machine's own, or one from Go's module proxy, which any Go that Debian has can ask.
#
#   PATH="$(scripts/get-go.sh FOLDER):$PATH"        FOLDER keeps it for the next time
set -euo pipefail
cache=$(mkdir -p "$1" && cd "$1" && pwd)
if go version 2>/dev/null | grep -Eq 'go1\.(2[5-9]|[3-9][0-9])'; then
  dirname "$(command -v go)"
  exit
fi
for command in go:golang-go curl:curl unzip:unzip; do
  command -v "${command%%:*}" >/dev/null || missing+=("${command##*:}")
done
if [ -n "${missing+x}" ]; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
name=golang.org/toolchain@v0.0.1-go1.26.0.linux-$(go env GOARCH)
if [ ! -x "$cache/$name/bin/go" ]; then
  proxies=$(go env GOPROXY)
  curl -sSfL -o "$cache/go.zip" "${proxies%%,*}/${name/@/\/@v\/}.zip"
  rm -rf "$cache/go.new" "$cache/golang.org"
  unzip -q -d "$cache/go.new" "$cache/go.zip"
  rm "$cache/go.zip"
  chmod -R +x "$cache/go.new/$name/bin" "$cache/go.new/$name/pkg/tool"
  # Whole, in the place of an older one.
  mv "$cache/go.new/golang.org" "$cache"
  rmdir "$cache/go.new"
fi
echo "$cache/$name/bin"
