/*
 * Why there is no hypervisor
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
 * The last thing that a user can mend, as one sentence: an ERR line for who reads those, and kept for tools/whvinfo.
 * Knows locks and traces, and nothing of what the sentence is about.
 * May be called by any thread at any time, whatever locks it has.
 */

#ifndef __WHV_UNIX_HOST_REASON_H
#define __WHV_UNIX_HOST_REASON_H

#include "winhvplatformdefs.h"

#define REASON_SIZE 400         /* bytes that one has at most, with its 0 */

/* Says it, unless it is what was said last: clients try again. No newline at its end. */
extern void __attribute__((format( printf, 1, 2 ))) reason_tell( const char *format, ... );
/* The last one, or an empty one. text: REASON_SIZE bytes. */
extern void reason_get( char *text );
/* All is well again: forgets it. */
extern void reason_clear( void );

#endif /* __WHV_UNIX_HOST_REASON_H */
