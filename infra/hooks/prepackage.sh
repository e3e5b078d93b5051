#!/usr/bin/env bash
# The package carries DuckDB's native library for the platform that it is built on. Azure runs Linux on x64.
set -euo pipefail

if [[ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]]; then
  echo "The app runs on Linux x64 in Azure and carries a native library for the platform that it is built on," >&2
  echo "which here is $(uname -s) $(uname -m). Run azd in the dev container (.devcontainer) or in another Linux x64." >&2
  exit 1
fi
