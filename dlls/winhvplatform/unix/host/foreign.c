/*
 * Memory of other processes
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host/foreign.h"
#include "host/maps.h"

/* Of views beside each other, and of pages with other rights among them. */
#define MAX_PIECES 256
/* For who maps and unmaps at the same time. */
#define MAX_TRIES  8

/* ---- which process ---- */

struct mark
{
    uintptr_t start, end;
    BOOL      found;
};

static BOOL look_for_mark( const struct mapping *mapping, void *arg )
{
    struct mark *mark = arg;

    if (mapping->start == mark->start && mapping->end == mark->end) mark->found = 1;
    return !mark->found && mapping->start < mark->end;
}

static BOOL has_mark( int process, uintptr_t start, uintptr_t end )
{
    struct mark mark = { start, end, 0 };

    return !maps_read( process, look_for_mark, &mark ) && mark.found;
}

int foreign_find( uintptr_t start, uintptr_t end )
{
    struct dirent *entry;
    int process = 0;
    DIR *dir;

    if (has_mark( 0, start, end )) return 0;
    if (!(dir = opendir( "/proc" ))) return -errno;
    while ((entry = readdir( dir )))
        if ((process = atoi( entry->d_name )) > 0 && has_mark( process, start, end )) break;
    closedir( dir );
    return entry ? process : -ESRCH;
}

/* ---- its memory ---- */

struct pieces
{
    uintptr_t      address;         /* where the next one has to begin */
    uintptr_t      end;
    UINT32         count;
    struct mapping list[MAX_PIECES];
};

static BOOL note_piece( const struct mapping *mapping, void *arg )
{
    struct pieces *pieces = arg;
    struct mapping *piece = &pieces->list[pieces->count];

    if (mapping->end <= pieces->address) return 1;
    if (mapping->start > pieces->address || pieces->count == MAX_PIECES) return 0;
    if (mapping->rights[3] != 's' || !mapping->inode) return 0;
    *piece = *mapping;
    piece->offset += pieces->address - piece->start;
    piece->start = pieces->address;
    if (piece->end > pieces->end) piece->end = pieces->end;
    pieces->address = piece->end;
    pieces->count++;
    return pieces->address < pieces->end;
}

/* A part of a file that is wanted here. */
struct part
{
    const struct mapping *file;     /* of the other process: which file it is */
    UINT64                offset;
    uintptr_t             from;     /* where this process has it, */
    UINT64                size;     /* ... so much of it; 0: not found */
};

static BOOL has_part( const struct mapping *mapping, const struct part *part )
{
    return mapping->rights[3] == 's' && mapping->inode == part->file->inode && mapping->major == part->file->major &&
           mapping->minor == part->file->minor && part->offset >= mapping->offset &&
           part->offset - mapping->offset < mapping->end - mapping->start;
}

static BOOL find_part( const struct mapping *mapping, void *arg )
{
    struct part *part = arg;

    if (!has_part( mapping, part )) return 1;
    part->from = mapping->start + (part->offset - mapping->offset);
    part->size = mapping->end - part->from;
    return 0;
}

/* Is it what has been mapped at part->from? */
static BOOL check_part( const struct mapping *mapping, void *arg )
{
    struct part *part = arg;

    if (mapping->end <= part->from) return 1;
    if (mapping->start <= part->from && has_part( mapping, part ) &&
        part->offset - mapping->offset == part->from - mapping->start) part->size = mapping->end - part->from;
    return 0;
}

/* Another mapping of the same pages is what mremap makes of a shared one that it is to move nothing of. Other threads
 * may change what is mapped where it is taken from: what has come of it is looked at before it goes to its place, for
 * a mremap that fails leaves nothing there. */
static int map_part( struct part *part, UINT64 size, uintptr_t at )
{
    struct part made = { .file = part->file, .offset = part->offset };
    void *copy;
    int ret = 0;

    maps_read( 0, find_part, part );
    if (!part->size) return -EINVAL;
    if (part->size > size) part->size = size;
    if ((copy = mremap( (void *)part->from, 0, part->size, MREMAP_MAYMOVE )) == MAP_FAILED)
        return errno == ENOMEM ? -ENOMEM : -EAGAIN;
    made.from = (uintptr_t)copy;
    maps_read( 0, check_part, &made );
    if (made.size < part->size) ret = -EAGAIN;
    else if (mremap( copy, part->size, part->size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)at ) == MAP_FAILED)
        ret = -errno;
    if (ret) munmap( copy, part->size );
    return ret;
}

static int map_piece( const struct mapping *piece, uintptr_t at )
{
    UINT64 size = piece->end - piece->start, done;
    int rights = (piece->rights[0] == 'r' ? PROT_READ : 0) | (piece->rights[1] == 'w' ? PROT_WRITE : 0) |
                 (piece->rights[2] == 'x' ? PROT_EXEC : 0);
    struct part part;
    UINT32 tries;
    int ret = 0;

    for (done = 0; done < size; done += part.size)
    {
        for (tries = 0; tries < MAX_TRIES; tries++)
        {
            part = (struct part){ .file = piece, .offset = piece->offset + done };
            if ((ret = map_part( &part, size - done, at + done )) != -EAGAIN) break;
        }
        if (ret < 0) return ret;
    }
    return mprotect( (void *)at, size, rights ) ? -errno : 0;
}

int foreign_view( int process, uintptr_t address, UINT64 size, void **view )
{
    struct pieces *pieces;
    uintptr_t base;
    int ret = -EINVAL;
    UINT32 i;

    if (!(pieces = calloc( 1, sizeof(*pieces) ))) return -ENOMEM;
    pieces->address = address;
    pieces->end = address + size;
    if (maps_read( process, note_piece, pieces ) || pieces->address < pieces->end)
    {
        free( pieces );
        return -EINVAL;
    }
    base = (uintptr_t)mmap( NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0 );
    if (base == (uintptr_t)MAP_FAILED) ret = -errno;
    else
    {
        for (i = 0; i < pieces->count; i++)
            if ((ret = map_piece( &pieces->list[i], base + (pieces->list[i].start - address) )) < 0) break;
        if (ret < 0) munmap( (void *)base, size );
        else *view = (void *)base;
    }
    free( pieces );
    return ret;
}
