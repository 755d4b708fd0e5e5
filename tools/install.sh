#!/bin/sh
# Install this project with the extras named: with uv, which comes from the package index and is
# ten times as quick, or with plain pip where uv cannot be had or does not succeed.
#   tools/install.sh PYTHON_OF_THE_ENVIRONMENT EXTRA[,EXTRA]
set -eu
python=$1
target=".[$2]"
pip="$python -m pip install --quiet --disable-pip-version-check -c constraints.txt"

if $pip uv 2>/dev/null &&
    "$python" -m uv pip install --quiet --python "$python" -c constraints.txt -e "$target"
then
    exit 0
fi
echo "uv did not succeed; installing with pip (two minutes)" >&2
$pip -e "$target"
