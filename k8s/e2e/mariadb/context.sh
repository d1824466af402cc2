#!/bin/sh
# Makes the build context of the stand-in in folder $1, from Debian's packages.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
packages='mariadb-server-core mariadb-client-core mariadb-common libaio1 libnuma1 liburing2 libpcre2-8-0 libssl3 libsystemd0 zlib1g
  libstdc++6 libgcc-s1 libcrypt1 liblz4-1 libzstd1 liblzma5 libgcrypt20 libgpg-error0 libcap2 libedit2
  libncurses6 libtinfo6 libbsd0 libmd0'
mkdir -p "$1/root"
cp "$here/Dockerfile" "$here/entrypoint.sh" "$1"
cd "$1"
# shellcheck disable=SC2086
fetch() { apt-get -qq -o APT::Sandbox::User=root download $packages; }
fetch || { apt-get -qq update && fetch; }
for package in *.deb; do dpkg-deb -x "$package" root; done
rm -rf ./*.deb root/usr/share/doc root/usr/share/man
# /lib is a link to /usr/lib in the base
if [ -d root/lib ]; then
  cp -a root/lib/. root/usr/lib/
  rm -r root/lib
fi
