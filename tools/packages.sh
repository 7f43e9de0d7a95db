#!/bin/sh
# Installs the named Debian packages that are missing if we are root, else names them in one line to paste.
# In sh, since a fresh Debian has no python3.
missing=
for package in "$@"; do
	[ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] ||
		missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
	echo "Packages are missing. Install them with:" >&2
	echo "  sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
install="apt-get install -y -qq --no-install-recommends"
# Services of packages must not start here: policy-rc.d says so for the time of the installation.
[ -e /usr/sbin/policy-rc.d ] || {
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
	trap 'rm -f /usr/sbin/policy-rc.d' EXIT
}
$install $missing >/dev/null 2>&1 || { apt-get update -qq && $install $missing >/dev/null; }
