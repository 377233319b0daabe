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

/*
 * TRACE, WARN, FIXME and ERR on the channel "whv" (WINEDEBUG=+whv), without Wine's headers or libraries.
 * Which classes are on is the PE side's to say: it hands over its channel's flags. Until then, and in unit tests,
 * errors
 * and fixmes are written and the rest is not. One write(2) to stderr per line, so that threads don't mix theirs.
 * Costs one load and one branch while off, and touches neither locks nor errno. Knows nothing.
 */

#ifndef __WHV_UNIX_HOST_TRACE_H
#define __WHV_UNIX_HOST_TRACE_H

/* Wine's classes: bit numbers of the flags */
enum trace_class
{
    TRACE_FIXME,
    TRACE_ERR,
    TRACE_WARN,
    TRACE_TRACE
};

/* The channel's flags; Wine may change them at any time. */
extern const unsigned char *whv_trace_flags;

/***********************************************************************
 *           trace_init
 *
 * Says that this process is Wine's, and whose flags to follow.
 *
 * PARAMS
 *  flags [I] one byte that lives as long as the process, bit n = class n; NULL goes back to the default
 */
extern void trace_init( const unsigned char *flags );

/* Writes one line, "0024:trace:whv:func text". The text brings its newline; what is too long for a line is cut. */
extern void trace_log( enum trace_class cls, const char *func, const char *format, ... )
    __attribute__((format (printf, 3, 4)));

#define TRACE_CLASS_ON(cls) (*whv_trace_flags & (1 << (cls)))
#define TRACE_LOG(cls, ...) \
    do { if (__builtin_expect( TRACE_CLASS_ON( cls ), 0 )) trace_log( cls, __func__, __VA_ARGS__ ); } while (0)

#define TRACE(...) TRACE_LOG( TRACE_TRACE, __VA_ARGS__ )
#define WARN(...)  TRACE_LOG( TRACE_WARN, __VA_ARGS__ )
#define ERR(...)   TRACE_LOG( TRACE_ERR, __VA_ARGS__ )
#define FIXME(...) TRACE_LOG( TRACE_FIXME, __VA_ARGS__ )
#define TRACE_ON() TRACE_CLASS_ON( TRACE_TRACE )

/* For errors that a user can mend: said once by each place that says it, however often the client tries again. */
#define ERR_ONCE(...) \
    do \
    { \
        static unsigned char said; \
        if (!__atomic_exchange_n( &said, 1, __ATOMIC_RELAXED )) ERR( __VA_ARGS__ ); \
    } while (0)

#endif /* __WHV_UNIX_HOST_TRACE_H */
