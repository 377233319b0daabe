/*
 * What Wine's configure finds out
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
 * What it is for: the config.h that each file of the Unix side includes first, outside of Wine's tree; in Wine's tree
 * configure makes that file. It says what Wine's own build would say: that this is glibc with all its functions.
 * It knows nothing of this project, and whoever includes it may not ask it for anything that Wine's lacks.
 */

#ifndef __WINE_CONFIG_H
#define __WINE_CONFIG_H

#define _GNU_SOURCE 1

#endif /* __WINE_CONFIG_H */
