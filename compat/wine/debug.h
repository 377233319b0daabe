/*
 * Debug traces, as Wine's own wine/debug.h gives them
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
 * What it is for: TRACE, WARN, FIXME and ERR on the channel "whv" (WINEDEBUG=+whv) without Wine's libraries, with the
 * names that wine/debug.h has in Wine's tree. There is this one channel only, and what Wine's header has beside it is
 * not here. The PE side knows three functions that Wine's ntdll.dll exports; where they are missing (on Windows) all is
 * off. The Unix side knows nothing: which classes are on is the PE side's to say, which hands over its channel's flags.
 * Until then, and in unit tests, errors and fixmes are written and the rest is not. Costs one load and one branch while
 * off, and touches neither locks nor errno.
 */

#ifndef __WINE_WINE_DEBUG_H
#define __WINE_WINE_DEBUG_H

/* tells this header from Wine's */
#define WHV_COMPAT 1

#define WINE_DEFAULT_DEBUG_CHANNEL(channel) extern int __wine_dbch_##channel

#ifdef _WIN32

enum whv_dbg_class
{
    WHV_DBG_FIXME,
    WHV_DBG_ERR,
    WHV_DBG_WARN,
    WHV_DBG_TRACE
};

/* Wine's struct __wine_debug_channel. */
struct whv_dbg_channel
{
    unsigned char flags;        /* one bit per class */
    char          name[15];
};

extern struct whv_dbg_channel whv_dbg_channel;

/* Writes one line, with Wine's usual header. */
extern void whv_dbg_log( enum whv_dbg_class cls, const char *func, const char *format, ... )
    __attribute__((format (gnu_printf, 3, 4)));

#define WHV_DBG_ON(cls) (whv_dbg_channel.flags & (1 << (cls)))
#define WHV_DBG_LOG(cls, ...) \
    do { if (__builtin_expect( WHV_DBG_ON( cls ), 0 )) whv_dbg_log( cls, __func__, __VA_ARGS__ ); } while (0)

#define TRACE(...) WHV_DBG_LOG( WHV_DBG_TRACE, __VA_ARGS__ )
#define WARN(...)  WHV_DBG_LOG( WHV_DBG_WARN, __VA_ARGS__ )
#define ERR(...)   WHV_DBG_LOG( WHV_DBG_ERR, __VA_ARGS__ )
#define FIXME(...) WHV_DBG_LOG( WHV_DBG_FIXME, __VA_ARGS__ )
#define TRACE_ON(channel) WHV_DBG_ON( WHV_DBG_TRACE )

#else

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
#define TRACE_ON(channel) TRACE_CLASS_ON( TRACE_TRACE )

#endif

#endif /* __WINE_WINE_DEBUG_H */
