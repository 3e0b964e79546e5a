#!/usr/bin/env bash
# Usage: preview-environments.sh BASE_CHECKOUT HEAD_CHECKOUT OUTPUT_FOLDER
#
# Brings the base commit of each environment that the head touches up on the simulated cloud, previews the head there,
# and writes for each environment one Markdown comment into the output folder, and what the policies find as SARIF into
# its folder sarif. BASE_SHA names the base commit; PR_NUMBER and HEAD_SHA, when set, are passed on to whoever
# publishes them.
set -euo pipefail
base=$(realpath "$1")
head=$(realpath "$2")
mkdir -p "$3"
out=$(realpath "$3")
: "${CAUSEWAY_STATE_DIR:?set it to a folder that both checkouts may share}"

printf '%s\n' "${PR_NUMBER:-}" >"$out/pull-request"
printf '%s\n' "${HEAD_SHA:-}" >"$out/head-sha"
environments=$(cd "$head" && npx causeway env touched --base "${BASE_SHA:?the base commit}")
failed=0
for environment in $environments; do
  echo "::group::$environment"
  if (cd "$base" && npx causeway env show "$environment" --json >/dev/null 2>&1); then
    (cd "$base" && npx causeway up "$environment" --cloud simulated --yes --advisory-policies >/dev/null)
  fi
  # A preview that a policy refuses still says what it found; the job fails after every environment has its comment.
  # Code scanning knows no answer that waits for the deployment; the comment tells of these.
  (cd "$head" && npx causeway preview "$environment" --cloud simulated --markdown \
    --decided --report "sarif=$out/sarif/$environment.sarif" >"$out/$environment.md") || failed=1
  echo "::endgroup::"
done
exit "$failed"
