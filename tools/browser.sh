#!/bin/sh
# Page tests need a headless Chromium. Install it where that is possible without asking:
# as root on Debian. Elsewhere the tests skip, and say so.
set -u
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the page tests"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null 2>&1 ||
        echo "chromium could not be installed: page tests will be skipped"
else
    echo "no chromium found: page tests will be skipped"
fi
exit 0
