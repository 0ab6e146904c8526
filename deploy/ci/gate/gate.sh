#!/usr/bin/env bash
# Gates a pull request: OLD, NEW and TASKS are paths, ARGUMENTS more of `holdfast gate`, HOLDFAST the program. Writes
# holdfast-gate/ (report.html, summary.md, verdict.json), shows the table on the job's page, and ends as the gate does.
set -uo pipefail
mkdir -p holdfast-gate
rm -f holdfast-gate/summary.md
# shellcheck disable=SC2086 # both are several words
${HOLDFAST:-holdfast} gate "$OLD" "$NEW" --tasks "$TASKS" --report holdfast-gate/report.html \
  --summary holdfast-gate/summary.md --json ${ARGUMENTS:-} >holdfast-gate/verdict.json
code=$?
case $code in
  0) outcome=RELEASED ;;
  2) outcome=NOT_RELEASED ;;
  *) outcome=FAILED ;;
esac
echo "Holdfast gate: $outcome"
if [ -s holdfast-gate/summary.md ]; then cat holdfast-gate/summary.md; fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "outcome=$outcome" >>"$GITHUB_OUTPUT"; fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -s holdfast-gate/summary.md ]; then
  cat holdfast-gate/summary.md >>"$GITHUB_STEP_SUMMARY"
fi
exit $code
