# Reads the files of the repository: their length, the length of their lines, and what their comments point at.
# A source file or header that a comment or text names (NAME.c, NAME.h, with or without its folders) is one of the
# repository's. Those of a system are written <NAME.h>; tests/layers/outside has the few that are somebody else's.
# Prints "ok - ..." for each rule that is kept and "not ok - ..." for each line that breaks one.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.
#
# what          of the input that follows: long (tests/layers/long-files), outside (tests/layers/outside), list (the
#               names of all files), text (they)

function not_ok( rule, text )
{
    print "not ok - " text
    broken[rule] = 1
}

# After the last line of a file.
function end_of_file()
{
    if (!lines) return
    if (lines <= MAX_LINES) return
    if (file in reason) needed[file] = 1
    else not_ok( "lines", file ": " lines " lines" )
}

# How wide it is on the screen: a tab goes to the next multiple of 8, and a character in UTF-8 is its first byte.
function columns( line,   part, n, i, width )
{
    gsub( /[\200-\277]/, "", line )
    n = split( line, part, "\t" )
    width = 0
    for (i = 1; i < n; i++) width += 8 - (width + length( part[i] )) % 8 + length( part[i] )
    return width + length( part[n] )
}

# What of a line of C is comment. The file's state is in_comment.
function c_comment( line,   text, i, j )
{
    text = ""
    while (line != "")
    {
        if (in_comment)
        {
            i = index( line, "*/" )
            if (!i) return text line
            text = text substr( line, 1, i + 1 )
            line = substr( line, i + 2 )
            in_comment = 0
        }
        else
        {
            i = index( line, "/*" )
            j = index( line, "//" )
            if (j && (!i || j < i)) return text substr( line, j )
            if (!i) return text
            text = text "/*"
            line = substr( line, i + 2 )
            in_comment = 1
        }
    }
    return text
}

# The same for what has comments from # to the end of the line, and for dnl.
function hash_comment( line )
{
    if (match( line, /(^|[ \t])(#|dnl )/ )) return substr( line, RSTART )
    return ""
}

# Is it said in tests/layers/outside, by its whole name or as a file in a folder?
function is_outside( name,   folder )
{
    if (name in outside) { used[name] = 1; return 1 }
    for (folder in outside)
        if (folder ~ /\/$/ && index( name, folder ) == 1) { used[folder] = 1; return 1 }
    return 0
}

# Each source file and header that a comment names. Between < and > it is a system's; behind a *, and with a NAME in it,
# it is many files.
function check_names( comment,   name, before, behind )
{
    while (match( comment, /[A-Za-z0-9_][A-Za-z0-9_.\/-]*\.[ch]/ ))
    {
        name = substr( comment, RSTART, RLENGTH )
        before = substr( comment, RSTART - 1, RSTART > 1 )
        comment = substr( comment, RSTART + RLENGTH )
        behind = substr( comment, 1, 1 )
        if (behind ~ /[A-Za-z0-9_(]/ || before == "*" || (before == "<" && behind == ">")) continue
        if (name in ending || name ~ /NAME/ || is_outside( name )) continue
        not_ok( "names", file ":" FNR ": there is no " name )
    }
}

BEGIN {
    MAX_LINES = 500
    MAX_COLUMNS = 120
}

what == "long" && /^[ \t]*(#|$)/ { next }
what == "long" {
    reason[$1] = $2
    if (NF < 2) not_ok( "lines", "long-files: no reason for " $1 )
    next
}
what == "outside" && /^[ \t]*(#|$)/ { next }
what == "outside" {
    outside[$1] = $2
    if (NF < 2) not_ok( "names", "outside: no reason for " $1 )
    next
}
what == "list" {
    exists[$1] = 1
    if ($1 !~ /\.[ch]$/) next
    for (name = $1; ; name = substr( name, RSTART + 1 ))
    {
        ending[name] = 1
        if (!match( name, /\// )) break
    }
    next
}

FNR == 1 {
    end_of_file()
    file = FILENAME
    sub( /^\.\//, "", file )
    count++
    in_comment = 0
    if (file ~ /\.([chS]|ld|rc)$/) kind = "c"
    else if (file ~ /\.(in|ac|awk|spec)$/ || /^#!/) kind = "hash"
    else kind = "text"
}

{ lines = FNR }

kind != "text" && (length( $0 ) > MAX_COLUMNS || (index( $0, "\t" ) && columns( $0 ) > MAX_COLUMNS)) {
    if (columns( $0 ) > MAX_COLUMNS) not_ok( "columns", file ":" FNR ": " columns( $0 ) " columns" )
}

{
    if (kind == "c") comment = (in_comment || index( $0, "/" )) ? c_comment( $0 ) : ""
    else if (kind == "hash") comment = index( $0, "#" ) || index( $0, "dnl" ) ? hash_comment( $0 ) : ""
    else comment = $0
    if (comment == "") next
    # code in a script's strings is no comment
    if (comment ~ /\.[ch]/ && comment !~ /^[ \t]*#[ \t]*include[ \t]*[\\"<]/) check_names( comment )
    if (match( tolower( comment ), /design (section|[0-9])|(^|[^a-z0-9_])(shared|reference)\// ))
        not_ok( "comments", file ":" FNR ": the comment points outside of the repository: " comment )
    else if (match( comment, /(^|[^A-Za-z0-9_\/.])docs\/[A-Za-z0-9_.\/-]*[A-Za-z0-9]/ ))
    {
        name = substr( comment, RSTART, RLENGTH )
        sub( /^[^d]*/, "", name )
        if (!(name in exists)) not_ok( "comments", file ":" FNR ": the comment points at " name ", which is not there" )
    }
}

END {
    end_of_file()
    if (!count) not_ok( "lines", "there are no files" )
    for (name in reason)
        if (!(name in needed)) not_ok( "lines", "long-files: " name " has not more than " MAX_LINES " lines" )
    for (name in outside) if (!(name in used)) not_ok( "names", "outside: nothing names " name )
    if (!broken["lines"]) print "ok - no file of " count " has more than " MAX_LINES " lines but those of long-files"
    if (!broken["columns"]) print "ok - no line of code is wider than " MAX_COLUMNS " columns"
    if (!broken["comments"]) print "ok - no comment points outside of the repository"
    if (!broken["names"]) print "ok - each source file that a comment names is there"
}
