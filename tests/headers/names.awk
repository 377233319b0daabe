# mingw-w64's headers, preprocessed -> a list for probe.awk of all that they name: types, members, enumerators,
# functions.
# Members called Reserved are left out: newer SDKs turn them into something.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

BEGIN { OFS = "\t" }

function add(kind, m) { line[++lines] = kind OFS "@" m }

function emit(m, bits)
{
    if (m ~ /^Reserved/) return
    if (bits) add("bits", m)
    else { add("offset", m); add("msize", m) }
}

# a linemarker
/^# [0-9]+ "/ { ours = $3 ~ /winhv[a-z]*\.h"$/; next }
!ours { next }

{ gsub(/__attribute__ *\(\([^()]*(\([^()]*\))?[^()]*\)\)/, ""); gsub(/__extension__/, "") }

/^ *typedef +enum/ { in_enum = 1; next }
in_enum && /^ *}/ { in_enum = 0; next }
in_enum { t = $0; gsub(/[ ,]/, "", t); sub(/=.*/, "", t); if (t ~ /^W[Hh]v/) print "enum", t; next }

/^ *typedef +(struct|union).*[{]/ { depth = 1; lines = 0; next }
depth && /(struct|union)[^;]*[{]/ { depth++; opened[depth] = lines; next }
depth > 1 && /^ *}/ {
    t = $0; gsub(/[ };]/, "", t)
    # its name is only known now: put it before its members
    if (t != "") for (i = opened[depth] + 1; i <= lines; i++) sub(/@/, "@" t ".", line[i])
    depth--
    next
}
depth == 1 && /^ *}/ {
    t = $0; gsub(/[ };]/, "", t); split(t, name, ",")
    print "size", name[1]; print "align", name[1]
    for (i = 1; i <= lines; i++) { s = line[i]; sub(/@/, name[1] ".", s); print s }
    depth = 0
    next
}
depth && /;/ {
    t = $0; sub(/;.*/, "", t)
    bits = t ~ /:/
    sub(/ *:.*/, "", t); sub(/ *\[.*/, "", t); sub(/.*[ *]/, "", t)
    if (t != "") emit(t, bits)
    next
}
/^ *HRESULT .*\(.*\);/ { if (match($0, /WHv[A-Za-z0-9]+/)) print "func", substr($0, RSTART, RLENGTH) }
