/*
 * Debug traces of the Unix side
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

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wine/debug.h"

static const unsigned char default_flags = 1 << TRACE_ERR | 1 << TRACE_FIXME;

const unsigned char *whv_trace_flags = &default_flags;
static unsigned char in_wine;

void trace_init( const unsigned char *flags )
{
    whv_trace_flags = flags ? flags : &default_flags;
    in_wine = !!flags;
}

/* The id that the PE side's lines have, so that the two can be read as one story: ClientId.UniqueThread of the TEB,
 * which Wine keeps at GS on x86-64 on both sides of a unix call. */
static unsigned int thread_id( void )
{
#ifdef __x86_64__
    if (in_wine)
    {
        unsigned long id;

        /* volatile: else the compiler may read it before it knows that there is a TEB */
        __asm__ volatile( "movq %%gs:0x48,%0" : "=r" (id) );
        return id;
    }
#endif
    return syscall( SYS_gettid );
}

void trace_log( enum trace_class cls, const char *func, const char *format, ... )
{
    static const char cut[] = "...\n";
    static const char * const names[] = { "fixme", "err", "warn", "trace" };
    char line[1024];
    int saved = errno, length, more;
    va_list args;
    ssize_t ret;

    length = snprintf( line, sizeof(line), "%04x:%s:whv:%.64s ", thread_id(), names[cls], func );
    va_start( args, format );
    more = vsnprintf( line + length, sizeof(line) - length, format, args );
    va_end( args );
    if (more > 0) length += more;
    if (length >= (int)sizeof(line))
    {
        length = sizeof(line) - 1;
        memcpy( line + sizeof(line) - sizeof(cut), cut, sizeof(cut) );
    }
    /* a stderr that is closed or full is no reason to stop */
    ret = write( STDERR_FILENO, line, length );
    (void)ret;
    errno = saved;
}
