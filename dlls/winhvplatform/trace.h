/*
 * Debug traces of the PE side
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
 * What it is for: TRACE, WARN, FIXME and ERR on the channel "whv", as in
 * Wine's own DLLs (WINEDEBUG=+whv), without Wine's headers or libraries.
 * It knows three functions that Wine's ntdll.dll exports; where they are
 * missing (on Windows) every channel is off. The channel's flags go to the
 * Unix side too, which writes its own lines.
 */

#ifndef __WHV_TRACE_H
#define __WHV_TRACE_H

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

/* Finds Wine's functions and the channel's flags; called by DllMain before anything else. */
extern void whv_dbg_init( void );
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
#define TRACE_ON() WHV_DBG_ON( WHV_DBG_TRACE )

#endif /* __WHV_TRACE_H */
