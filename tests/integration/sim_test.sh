#!/bin/sh
# Net-SNMP's own tools talk to sawatch-sim: whole walks, SNMPv3, and what the control socket makes happen.
set -eu

sim=$top_builddir/sawatch-sim
for tool in snmpget snmpwalk snmpbulkwalk; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed (Debian: snmp)"; exit 77; }
done

dir=$(mktemp -d)
pid=
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# The tools read nothing but what is said here.
export SNMPCONFPATH="$dir/none" MIBS= MIBDIRS="$dir/none" SNMP_PERSISTENT_DIR="$dir/persistent"
flow=1.3.6.1.4.1.9.9.171.1
control=$dir/control

start() {
	"$sim" run --control "$control" --ports-file "$dir/ports" --cli-dir "$dir/cli" "$@" >"$dir/out" 2>"$dir/err" &
	pid=$!
	tries=100
	until [ -s "$dir/ports" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] && kill -0 "$pid" 2>/dev/null || fail "did not start: $(cat "$dir/err")"
		sleep 0.1
	done
	asa=$(sed -n 's/^ASA-XFW01 snmp //p' "$dir/ports")
	asr=$(sed -n 's/^ASR-WAN01 snmp //p' "$dir/ports")
}

stop() {
	kill "$pid"
	wait "$pid" || fail "ended with status $?: $(cat "$dir/err")"
	pid=
}

do_() { "$sim" do --control "$control" "$@"; }
show() { "$sim" show --control "$control" "$@"; }
v2c() { tool=$1; shift; "$tool" -v2c -c public -r 1 -t 5 -On "$@"; }
v3() { tool="timeout 20 $1"; auth=$2; priv=$3; cipher=$4; shift 4; $tool -v3 -u monitor -l authPriv -a SHA-256 -A "$auth" -x "$cipher" -X "$priv" -r 0 -t 5 -On "$@"; }

mkdir "$dir/cli"
echo "correct horse" >"$dir/auth"
echo "battery staple" >"$dir/priv"
start --v3-user monitor --v3-auth-file "$dir/auth" --v3-priv-file "$dir/priv"

echo "- a whole walk in order, both devices, GETBULK and GETNEXT alike"
for device in "$asa" "$asr"; do
	v2c snmpbulkwalk "$device" .1 >"$dir/bulk" || fail "snmpbulkwalk: $(tail -1 "$dir/bulk")"
	v2c snmpwalk "$device" .1 >"$dir/next"
	sed 's/ = .*//' "$dir/bulk" >"$dir/bulk.names"
	sed 's/ = .*//' "$dir/next" >"$dir/next.names"
	cmp "$dir/bulk.names" "$dir/next.names" || fail "GETBULK and GETNEXT differ"
	[ "$(grep -c "^\.$flow\.3\.2\.1\.51\.[0-9]* = INTEGER: 1\$" "$dir/bulk")" = 2 ] || fail "not two tunnels"
done

echo "- SNMPv3: discovery, authPriv, a whole walk"
v3 snmpget "correct horse" "battery staple" AES "$asa" 1.3.6.1.2.1.1.5.0 | grep -q '"ASA-XFW01"' || fail "v3 get"
v3 snmpbulkwalk "correct horse" "battery staple" AES "$asr" ".$flow.3.2" | grep -q 'Counter64' || fail "v3 walk"

echo "- SNMPv3: a wrong password, a wrong user and less than authPriv are refused"
v3 snmpget "incorrect horse" "battery staple" AES "$asa" 1.3.6.1.2.1.1.5.0 >"$dir/refused" 2>&1 && fail "a wrong password was taken"
grep -q 'Authentication failure' "$dir/refused" || fail "wrong password: $(cat "$dir/refused")"
snmpget -v3 -u nobody -l authPriv -a SHA-256 -A "correct horse" -x AES -X "battery staple" -r 0 -t 5 "$asa" 1.3.6.1.2.1.1.5.0 \
	>"$dir/refused" 2>&1 && fail "a wrong user was taken"
grep -q 'Unknown user name' "$dir/refused" || fail "wrong user: $(cat "$dir/refused")"
snmpget -v3 -u monitor -l authNoPriv -a SHA-256 -A "correct horse" -r 0 -t 5 "$asa" 1.3.6.1.2.1.1.5.0 \
	>"$dir/refused" 2>&1 && fail "authNoPriv was taken"
grep -q 'authorizationError' "$dir/refused" || fail "authNoPriv: $(cat "$dir/refused")"

echo "- another community gets no answer"
snmpget -v2c -c private -r 0 -t 0.3 "$asa" 1.3.6.1.2.1.1.5.0 >"$dir/refused" 2>&1 && fail "another community was taken"
grep -q 'Timeout' "$dir/refused" || fail "another community: $(cat "$dir/refused")"

echo "- both ends are one truth: the SPIs that one receives on are those the other sends on"
spis() { v2c snmpwalk "$1" ".$flow.3.4.1.3" | grep "\.$2 = " | sed 's/.*: //' | sort; }
[ "$(spis "$asa" 1)" = "$(spis "$asr" 2)" ] || fail "SPIs do not match"

echo "- the CLI shows the SPIs of the MIB"
spi=$(spis "$asr" 1 | head -1)
show ASR-WAN01 "show crypto ipsec sa detail" | grep -q "($spi)" || fail "SPI $spi is not in the CLI"
grep -q '^ASA-XFW01# show crypto ipsec sa detail$' "$dir/cli/ASA-XFW01.txt" || fail "no echoed command in the CLI file"

echo "- advance moves counters, a cut takes the row, restore brings another"
packets() { v2c snmpwalk "$asa" ".$flow.3.2.1.45" | sed -n '1s/.*Counter32: //p'; }
before=$(packets)
do_ advance 60
after=$(packets)
[ "$after" -gt $((before + 5000)) ] || fail "counters: $before, then $after"
row=$(v2c snmpwalk "$asa" ".$flow.3.2.1.51" | sed -n '1s/.*\.\([0-9]*\) = .*/\1/p')
do_ cut 1
[ "$(v2c snmpwalk "$asa" ".$flow.3.2.1.51" | wc -l)" = 1 ] || fail "the row is still there"
v2c snmpget "$asa" ".$flow.3.2.1.51.$row" | grep -q 'No Such Instance' || fail "the row can still be read"
show ASR-WAN01 "show crypto ipsec sa" | grep -q 'current outbound spi: 0x0(0)' || fail "the router still shows an SA"
grep -q 'current outbound spi: 0x0(0)' "$dir/cli/ASR-WAN01.txt" || fail "the CLI file was not written at the event"
do_ restore 1
v2c snmpwalk "$asa" ".$flow.3.2.1.51" | grep -q "\.$row = " && fail "the row came back with its old index"

echo "- a reload restarts uptime and the SNMP engine"
do_ reload ASR-WAN01
v3 snmpget "correct horse" "battery staple" AES "$asr" 1.3.6.1.2.1.1.3.0 | grep -q '0:00:' || fail "uptime after reload"

echo "- what is wrong is said"
do_ fly 1 2>"$dir/refused" && fail "fly was taken"
grep -q '"fly" is no verb' "$dir/refused" || fail "fly: $(cat "$dir/refused")"
do_ cut 3 2>"$dir/refused" && fail "a third tunnel was cut"
grep -q 'there are 2' "$dir/refused" || fail "cut 3: $(cat "$dir/refused")"

echo "- a router's VRF context: by name in SNMPv3, by community in v2c; one that is not there is said to be none"
do_ quirk ASR-WAN01 vrf-context on
v2c snmpwalk "$asr" ".$flow.3.2.1.51" | grep -q 'No Such Object' || fail "the default context has tunnels"
[ "$(snmpbulkwalk -v2c -c public@INET -On "$asr" ".$flow.3.2.1.51" | wc -l)" = 2 ] || fail "public@INET has no tunnels"
[ "$(v3 snmpbulkwalk "correct horse" "battery staple" AES -n INET "$asr" ".$flow.3.2.1.51" | wc -l)" = 2 ] || fail "context INET"
v3 snmpget "correct horse" "battery staple" AES -n NONE "$asr" 1.3.6.1.2.1.1.5.0 >"$dir/refused" 2>&1 && fail "context NONE was taken"
grep -q 'Bad context' "$dir/refused" || fail "context NONE: $(cat "$dir/refused")"
do_ quirk ASR-WAN01 vrf-context off

echo "- quirks on the wire"
do_ quirk ASA-XFW01 toobig on
v2c snmpbulkget -Cn0 -Cr20 "$asa" ".$flow.3.2.1.5" 2>&1 | grep -q 'tooBig' || fail "no tooBig"
do_ silence ASA-XFW01
snmpget -v2c -c public -r 0 -t 0.3 "$asa" 1.3.6.1.2.1.1.5.0 >/dev/null 2>&1 && fail "a silenced device answered"
do_ speak ASA-XFW01
v2c snmpget "$asa" 1.3.6.1.2.1.1.5.0 >/dev/null || fail "it does not speak again"

echo "- a clean stop leaves nothing"
stop
for left in "$control" "$dir/ports" "$dir/cli/ASA-XFW01.txt" "$dir/cli/ASR-WAN01.txt"; do
	[ ! -e "$left" ] || fail "$left was left"
done
[ ! -s "$dir/err" ] || fail "it said: $(cat "$dir/err")"

echo "- AES-256, a scenario, delayed answers"
printf 'at 0s quirk ASA-XFW01 ike-table-absent on\nat 1h cut 2\n' >"$dir/scenario"
start --v3-user monitor --v3-auth-file "$dir/auth" --v3-priv-file "$dir/priv" --v3-priv aes256 --delay-ms 5 --scenario "$dir/scenario"
if snmpget -v3 -h 2>&1 | grep -q 'AES-256'; then
	v3 snmpget "correct horse" "battery staple" AES-256 "$asa" 1.3.6.1.2.1.1.5.0 | grep -q '"ASA-XFW01"' || fail "AES-256"
fi
v2c snmpwalk "$asa" ".$flow.2.3" | grep -q 'No Such Object' || fail "the scenario's quirk"
do_ advance 3600
[ "$(v2c snmpwalk "$asr" ".$flow.3.2.1.51" | wc -l)" = 1 ] || fail "the scenario's cut"
stop

echo "- a fleet: one port, each community another device with tunnels of its own"
"$sim" fleet --devices 30 --tunnels 4 --ports-file "$dir/ports" >"$dir/out" 2>"$dir/err" &
pid=$!
tries=100
until [ -s "$dir/ports" ]; do
	tries=$((tries - 1))
	[ $tries -gt 0 ] && kill -0 "$pid" 2>/dev/null || fail "the fleet did not start: $(cat "$dir/err")"
	sleep 0.1
done
asr=$(sed -n 's/^ASR-WAN01 snmp //p' "$dir/ports")
of() { snmpbulkwalk -v2c -c "public-$1" -r 0 -t 5 -On "$asr" "$2"; }
of 30 1.3.6.1.2.1.1.5 | grep -q '"ASR-WAN01-30"' || fail "the last device's name"
[ "$(of 1 ".$flow.3.4.1.3" | wc -l)" = 8 ] || fail "not four tunnels"
[ "$(of 1 ".$flow.3.4.1.3")" != "$(of 2 ".$flow.3.4.1.3")" ] || fail "two devices have the same SPIs"
snmpget -v2c -c public-31 -r 0 -t 0.3 "$asr" 1.3.6.1.2.1.1.5.0 >/dev/null 2>&1 && fail "a device too many answered"
stop
[ ! -e "$dir/ports" ] || fail "the fleet's ports file was left"

echo "- a scenario's mistake is named with its line"
printf '# fine\nat 5s cut everything\n' >"$dir/scenario"
"$sim" run --scenario "$dir/scenario" 2>"$dir/refused" && fail "a wrong scenario was taken"
grep -q "scenario:2: cut: \"everything\" does not fit" "$dir/refused" || fail "scenario: $(cat "$dir/refused")"

echo "- the audit finds nothing wrong with the configurations of the pair"
"$sim" show ASA-XFW01 "more system:running-config" >"$dir/asa.cfg"
"$sim" show ASR-WAN01 "show running-config" >"$dir/asr.cfg"
"$top_builddir/sawatch" audit --fail-on info "$dir/asa.cfg" "$dir/asr.cfg" >"$dir/audit" || fail "$(cat "$dir/audit")"
grep -q '^2 tunnels compared' "$dir/audit" || fail "$(cat "$dir/audit")"
sed -i 's/ replay window-size 512/ replay window-size 64/' "$dir/asr.cfg"
! "$top_builddir/sawatch" audit --fail-on info "$dir/asa.cfg" "$dir/asr.cfg" >/dev/null || fail "the audit sees no other window"

echo "- show without a running simulation is the same each time"
"$sim" show --at 100 ASA-XFW01 "show crypto ikev2 sa detail" >"$dir/once"
"$sim" show --at 100 ASA-XFW01 "show crypto ikev2 sa detail" | cmp - "$dir/once" || fail "show --at"
grep -q 'UP-ACTIVE' "$dir/once" || fail "no session in show --at"
