/*
 * Winelib entry point of winhvplatform.so
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
 * What it is for: makes winhvplatform.so a thing that LoadLibrary() accepts,
 * so that the PE side finds it beside itself in a Wine prefix, where Wine
 * gives unix sides to none but its own dll directory.
 * It knows only Wine's calling convention for entry points.
 * The module header around it is made by winebuild from unixlib.spec.
 */

__attribute__((ms_abi)) int unixlib_dll_entry( void *instance, unsigned int reason, void *reserved );

/* Called by Wine's loader as DllMain; there is nothing to do, whv_call's attach does all. */
__attribute__((ms_abi)) int unixlib_dll_entry( void *instance, unsigned int reason, void *reserved )
{
    (void)instance;
    (void)reason;
    (void)reserved;
    return 1;
}
