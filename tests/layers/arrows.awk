# Holds the files of one tree against its rooms (tests/layers/rooms): who calls what as the objects say, who includes
# what as the sources say. Prints "ok - ..." for each rule that is kept, "not ok - ..." for each arrow that breaks one.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.
#
# tree          the directory, from the top of the source tree
# suffix        of its objects
# what          of the input that follows: table (tests/layers/rooms), files (all headers and sources, from the top of
#               the source tree), includes (grep -n of the lines), calls (grep -n of system call numbers), nm (what
#               nm -A -P -g says of the objects, from the top of the build tree)

function ok( text )
{
    print "ok - " tree ": " text
}

function not_ok( text )
{
    print "not ok - " tree ": " text
}

function is_ours( path ) { return substr( path, 1, length( tree ) + 1 ) == tree "/" }
function inside( path ) { return is_ours( path ) ? substr( path, length( tree ) + 2 ) : path }

# without the last part, "" when there is but one
function directory( path )
{
    return sub( /\/[^\/]*$/, "", path ) ? path : ""
}

# The folder, "." for the tree's own; a tree of nothing but "." has no rooms, whatever folders it has.
function room( path )
{
    if (rooms == 1 && order[1] == ".") return "."
    path = directory( inside( path ) )
    return path == "" ? "." : path
}

# NAME.c and NAME.h are one
function node( path )
{
    sub( /\.[ch]$/, "", path )
    return path
}

# the path without "." and ".."
function plain( path,   n, i, part, depth, kept )
{
    n = split( path, part, "/" )
    depth = 0
    for (i = 1; i <= n; i++)
    {
        if (part[i] == "." || part[i] == "") continue
        if (part[i] == ".." && depth) depth--
        else kept[++depth] = part[i]
    }
    path = kept[1]
    for (i = 2; i <= depth; i++) path = path "/" kept[i]
    return path
}

# A pattern of file names as a regular expression.
function pattern( files )
{
    gsub( /[.]/, "[.]", files )
    gsub( /[*]/, "[^/]*", files )
    return "^" files "$"
}

# The file that an #include of this name means, in the order of the compiler's search: beside the file, at the top of
# the tree, in a folder of it, beside the tree, in compat/ or include/. "" when it is none of ours.
function resolve( from, name, quoted,   i, found, tail )
{
    if (quoted && (plain( directory( from ) "/" name ) in exists)) return plain( directory( from ) "/" name )
    if (plain( tree "/" name ) in exists) return plain( tree "/" name )
    tail = "/" name
    for (i = 1; i <= count; i++)
    {
        if (substr( files[i], length( files[i] ) - length( tail ) + 1 ) != tail) continue
        if (found != "") not_ok( inside( from ) ": " name " may be " inside( found ) " or " inside( files[i] ) )
        else found = files[i]
    }
    if (found != "") return found
    if (plain( directory( tree ) "/" name ) in exists) return plain( directory( tree ) "/" name )
    if (plain( "compat/" name ) in exists) return plain( "compat/" name )
    if (plain( "include/" name ) in exists) return plain( "include/" name )
    return ""
}

# One arrow for each two files and place, which collects the names of what is called.
function arrow( from, to, place, label,   key )
{
    key = from SUBSEP to SUBSEP place
    if (!(key in labels))
    {
        arrows++
        arrow_from[arrows] = from
        arrow_to[arrows] = to
        arrow_key[arrows] = key
        labels[key] = label
    }
    else if (index( ", " labels[key] ", ", ", " label ", " ) == 0) labels[key] = labels[key] ", " label
}

function arrow_text( i,   part )
{
    split( arrow_key[i], part, SUBSEP )
    return inside( part[1] ) (part[3] ? ":" part[3] : "") " -> " inside( part[2] ) ": " labels[arrow_key[i]]
}

# ---- input ----

what == "table" && /^[ \t]*(#|$)/ { next }
what == "table" && $1 == "tree" { mine = $2 == tree; next }
what == "table" && !mine { next }
what == "table" && $1 == "header" { outside[$2] = 1; outsiders++; next }
what == "table" && $1 == "only" { only[$2] = $3; next }
what == "table" {
    for (i = 2; i <= NF; i++)
    {
        if ($i == "...") for (n = 1; n <= rooms; n++) may[$1, order[n]] = 1
        else if ($i in known) may[$1, $i] = 1
        else if ($i != "-") not_ok( "the table lets " $1 " use " $i ", which does not stand before it" )
    }
    order[++rooms] = $1
    known[$1] = 1
    next
}

what == "files" {
    exists[$1] = 1
    if (!is_ours( $1 )) next
    files[++count] = $1
    inhabited[room( $1 )] = 1
    if (!(room( $1 ) in known)) not_ok( inside( $1 ) ": the table names no room " room( $1 ) )
    next
}

what == "includes" {
    split( $0, part, ":" )
    if (!match( $0, /["<][^">]*[">]/ )) next
    from = part[1]
    name = substr( $0, RSTART + 1, RLENGTH - 2 )
    quoted = substr( $0, RSTART, 1 ) == "\""
    text = "#include " substr( $0, RSTART, RLENGTH )
    to = resolve( from, name, quoted )
    if (to != "" && is_ours( to ))
    {
        if (node( to ) != node( from )) arrow( from, to, part[2], text )
        next
    }
    if (!outsiders || (to in outside) || (name in outside)) next
    # <...> that is not ours is the host's own, unless it is a name of Windows or Wine
    if (to == "" && !quoted && name !~ /^(win|nt|wine\/|ddk\/)/) next
    not_ok( inside( from ) ":" part[2] " -> " (to == "" ? name : to) ": " text ", which the table does not name" )
    strangers++
    next
}

what == "calls" {
    split( $0, part, ":" )
    for (name in only)
        if ($0 ~ "(SYS|__NR)_" name "([^a-z0-9_]|$)" && inside( part[1] ) !~ pattern( only[name] ))
        {
            not_ok( inside( part[1] ) ":" part[2] ": calls " name ", which only " only[name] " may" )
            trespass[name] = 1
        }
    next
}

what == "nm" {
    source = substr( $1, 1, length( $1 ) - length( suffix ) - 1 ) ".c"
    has_symbols[source] = 1
    if ($3 ~ /^[Uvw]$/)
    {
        undefined++
        caller[undefined] = source
        callee[undefined] = $2
    }
    else if ($3 ~ /^[A-Zu]$/) owners[$2] = owners[$2] " " source
}

# ---- what is wrong ----

# The shortest circle through a node, as "A B C A", or "".
function circle( start,   queue, head, tail, from, i, n, next_of, came, path )
{
    queue[tail = 1] = start
    for (head = 1; head <= tail; head++)
    {
        from = queue[head]
        n = split( uses[from], next_of, " " )
        for (i = 1; i <= n; i++)
        {
            if (next_of[i] == start)
            {
                for (path = start; from != start; from = came[from]) path = from " " path
                return start " " path
            }
            if (next_of[i] in came) continue
            came[next_of[i]] = from
            queue[++tail] = next_of[i]
        }
    }
    return ""
}

# The circle from its least name on: the same text, wherever it was found.
function turned( path,   part, n, i, least )
{
    n = split( path, part, " " ) - 1
    least = 1
    for (i = 2; i <= n; i++) if (part[i] < part[least]) least = i
    path = part[least]
    for (i = 1; i <= n; i++) path = path " " part[(least + i - 1) % n + 1]
    return path
}

function circle_text( path,   part, n, i, text, hops )
{
    n = split( path, part, " " )
    text = inside( part[1] )
    for (i = 1; i < n; i++)
    {
        text = text " -> " inside( part[i + 1] )
        hops = hops (i > 1 ? "; " : "") hop[part[i], part[i + 1]]
    }
    return text " (" hops ")"
}

END {
    if (!rooms) not_ok( "the table names no room" )
    for (i = 1; i <= rooms; i++)
        if (!(order[i] in inhabited)) not_ok( "the table names a room " order[i] ", which has no file" )

    built = 0
    for (i = 1; i <= count; i++)
    {
        if (files[i] !~ /\.c$/) continue
        if (files[i] in has_symbols) built++
        else not_ok( inside( files[i] ) ": it is not built, or nm finds no symbol in it" )
    }

    for (name in only)
    {
        for (i = 1; i <= undefined; i++)
        {
            if (callee[i] !~ "^(__)?" name "(64|_time64)?$") continue
            if (inside( caller[i] ) ~ pattern( only[name] )) rightful[name] = 1
            else
            {
                not_ok( inside( caller[i] ) ": calls " callee[i] ", which only " only[name] " may" )
                trespass[name] = 1
            }
        }
        if (!(name in rightful)) not_ok( "nothing in " only[name] " calls " name )
        else if (!(name in trespass)) ok( "only " only[name] " calls " name )
    }
    if (outsiders && !strangers) ok( "no header from outside but those of the table" )

    for (i = 1; i <= undefined; i++)
    {
        n = split( owners[callee[i]], part, " " )
        for (j = 1; j <= n; j++) if (part[j] != caller[i]) arrow( caller[i], part[j], "", callee[i] )
    }

    for (i = 1; i <= arrows; i++)
    {
        from = room( arrow_from[i] )
        to = room( arrow_to[i] )
        if (from != to)
        {
            across++
            if ((from, to) in may) continue
            not_ok( arrow_text( i ) )
            climbs[from]++
            continue
        }
        from = node( arrow_from[i] )
        to = node( arrow_to[i] )
        if (from == to) continue
        if (!((from, to) in hop)) uses[from] = uses[from] " " to
        hop[from, to] = hop[from, to] (hop[from, to] != "" ? "; " : "") arrow_text( i )
    }
    for (i = 1; i <= rooms; i++)
        if ((order[i] in inhabited) && !climbs[order[i]]) ok( "room " order[i] " uses only what it may" )

    for (i = 1; i <= count; i++)
    {
        if (node( files[i] ) in walked) continue
        walked[node( files[i] )] = 1
        if ((path = circle( node( files[i] ) )) == "") continue
        tangled[room( files[i] )] = 1
        path = turned( path )
        if (path in reported) continue
        reported[path] = 1
        not_ok( "circle: " circle_text( path ) )
    }
    for (i = 1; i <= rooms; i++)
        if ((order[i] in inhabited) && !(order[i] in tangled)) ok( "room " order[i] " has no circle" )
    print tree ": " count " files, " built " of them with objects; " arrows " arrows, " across + 0 " from room to room"
}
