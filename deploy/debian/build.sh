#!/bin/sh
# Makes the Debian package of a binary:  deploy/debian/build.sh BINARY VERSION [FOLDER]
set -eu

binary=$1 version=$2 out=${3:-.}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# A version of Debian begins with a digit: that of a build without a tag is put behind one.
case $version in
v[0-9]*) version=${version#v} ;;
[0-9]*.*) ;;
*) version="0~$version" ;;
esac
version=$(printf %s "$version" | tr -c 'A-Za-z0-9.+~' '+')

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
install -D -m 755 "$binary" "$root/usr/bin/penstock"
install -D -m 640 "$here/penstock.yaml" "$root/etc/penstock/penstock.yaml"
install -D -m 640 "$here/environment" "$root/etc/penstock/environment"
chmod 750 "$root/etc/penstock"
install -d "$root/usr/lib/systemd/system" "$root/usr/share/doc/penstock"
sed 's,/usr/local/bin/penstock,/usr/bin/penstock,' "$top/deploy/penstock.service" >"$root/usr/lib/systemd/system/penstock.service"
install -m 644 "$top/README.md" "$top/CHANGELOG.md" "$top"/docs/*.md "$root/usr/share/doc/penstock/"
install -m 644 "$top/LICENSE" "$root/usr/share/doc/penstock/copyright"

install -d "$root/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$(dpkg --print-architecture)/" -e "s/@SIZE@/$(du -sk "$root/usr" | cut -f1)/" \
	"$here/control" >"$root/DEBIAN/control"
install -m 644 "$here/conffiles" "$root/DEBIAN/conffiles"
install -m 755 "$here/postinst" "$here/prerm" "$here/postrm" "$root/DEBIAN/"
dpkg-deb --root-owner-group --build -Zzstd -z3 "$root" "$out/penstock_${version}_$(dpkg --print-architecture).deb" >&2
echo "$out/penstock_${version}_$(dpkg --print-architecture).deb"
