/*
 * whvinfo: why there is no hypervisor
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
 * In words that say what to do. Knows Wine's private functions and where a Unix side may lie; nothing of capabilities.
 */

#ifndef __WHVINFO_REASON_H
#define __WHVINFO_REASON_H

#include <windows.h>

/* For Windows, which has no more to say than this. */
extern void reason_print_windows( void );
/* What the DLL (ours; its module) knows itself, and what its Unix side lacks. */
extern void reason_print( HMODULE platform );

#endif /* __WHVINFO_REASON_H */
