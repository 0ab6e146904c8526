# Sourced. A tool is kept until its version changes; then another takes its place.
#
#   keep FILE VERSION COMMAND...        COMMAND makes FILE; FILE.version says which one it is
keep() {
  if [ -e "$1" ] && [ "$(cat "$1.version" 2>/dev/null)" = "$2" ]; then return; fi
  # What an interrupted COMMAND leaves has no version.
  rm -f "$1" "$1.version"
  "${@:3}"
  echo "$2" >"$1.version"
}
# In a subshell, which ends with the folder that it enters.
enter_scratch() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  cd "$scratch"
}
# A version of what is made from files.
sum() { cat "$@" | cksum | cut -d' ' -f1; }
