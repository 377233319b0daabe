# The list that probe.awk was given, and "nm", "==", "objdump -s -j whv" of what it became -> kind, name, value.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

BEGIN {
    FS = OFS = "\t"
    for (i = 0; i < 16; i++) digit[substr("0123456789abcdef", i + 1, 1)] = i
}

function hex(s,    i, v) { v = 0; for (i = 1; i <= length(s); i++) v = v * 16 + digit[substr(s, i, 1)]; return v }

function octets(at, n,    i, s)
{
    s = ""
    for (i = n - 1; i >= 0; i--) s = s (((at + i) in byte) ? byte[at + i] : "00")
    return s
}

# first bit + number of bits, between two addresses
function field(at, end,    i, k, v, first, last, count) {
    first = -1
    for (i = at; i < end; i++) if (i in byte) {
        v = hex(byte[i])
        for (k = 0; k < 8; k++) {
            if (v % 2) { last = (i - at) * 8 + k; if (first < 0) first = last; count++ }
            v = int(v / 2)
        }
    }
    return first < 0 ? "none" : last - first + 1 != count ? "scattered" : first "+" count
}

FNR == NR { kind[NR - 1] = $1; name[NR - 1] = $2; rows = NR; next }
$0 == "==" { dump = 1; next }
!dump {
    split($0, word, " ")
    if (word[3] ~ /^p[0-9]+$/) { n = substr(word[3], 2); address[n] = hex(word[1]); starts[symbols++] = address[n] }
    next
}
match($0, /^ [0-9a-f]+ /) {
    at = hex(substr($0, 2, RLENGTH - 2))
    text = substr($0, RLENGTH + 1, 35)
    gsub(" ", "", text)
    for (i = 0; i < length(text) / 2; i++) {
        b = substr(text, 2 * i + 1, 2)
        if (b != "00") byte[at + i] = b
    }
    if (at + 16 > all) all = at + 16
}

END {
    # the end of a symbol is where the next one begins: padding between them is zero
    for (i = 0; i < symbols; i++) begins[starts[i]] = 1
    end = all
    for (i = all; i >= 0; i--) if (i in begins) { next_after[i] = end; end = i }
    for (n = 0; n < rows; n++) {
        if (!(n in address)) continue
        at = address[n]
        if (kind[n] == "bits") value = field(at, next_after[at])
        else if (kind[n] == "enum" || kind[n] == "const") value = "0x" octets(at, 4)
        else if (kind[n] == "const64") value = "0x" octets(at, 8)
        else value = hex(octets(at, 4))
        print kind[n], name[n], value
    }
}
