#!/usr/bin/env bash
# check.sh: lint with its type-aware part and the import borders, format, types. Runs all, reports all; exit
# status 1 when one of them complains. Fixes for most of it: `npx oxlint --fix` and `npx oxfmt`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PWD/node_modules/.bin:$PATH
failed=()

run() {
  local name=$1
  shift
  "$@" || failed+=("$name")
}

# Sources in the index or new; .clang-format is looked up from each file's own folder.
c_sources() { git ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' '*.cc'; }
clang_format() { c_sources | xargs -0 -r clang-format --dry-run -Werror; }

run lint oxlint --type-aware --deny-warnings --report-unused-disable-directives .
run format oxfmt --check --no-error-on-unmatched-pattern '**/*.ts' '*.json' '.*.json'
run clang-format clang_format
run types tsc
[ ${#failed[@]} -eq 0 ] || { echo "check: ${failed[*]} failed" >&2; exit 1; }
echo 'check: lint, import borders, format and types are in order'
