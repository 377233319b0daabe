# A list of kind, name -> a C file with a constant for each, p0, p1 ... in the section whv.
# Kinds: enum, const (32 bits), const64, size, align, offset and msize (of TYPE.member), bits (of TYPE.bit-field), func.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

BEGIN {
    FS = "\t"
    print "#include <winhvplatform.h>"
    print "#include <winhvemulation.h>"
    print "#define PROBE __attribute__((section(\"whv\"),used))"
    print "typedef unsigned long long u64;"
}

function number(n, value) { printf "PROBE const u64 p%d = (u64)(%s);\n", n, value }

{
    dot = index($2, ".")
    type = substr($2, 1, dot - 1)
    member = substr($2, dot + 1)
    n = NR - 1
    if ($1 == "enum" || $1 == "const") number(n, "unsigned int)(" $2)
    else if ($1 == "const64") number(n, $2)
    else if ($1 == "size") number(n, "sizeof(" $2 ")")
    else if ($1 == "align") number(n, "__alignof__(" $2 ")")
    else if ($1 == "offset") number(n, "__builtin_offsetof(" type "," member ")")
    else if ($1 == "msize") number(n, "sizeof(((" type "*)0)->" member ")")
    else if ($1 == "func") number(n, "sizeof(&" $2 ")")
    # what the compiler sets when all of the field is set, is where the field is
    else if ($1 == "bits") printf "PROBE const %s p%d = { .%s = -1 };\n", type, n, member
    else printf "#error unknown kind %s\n", $1
}
