/*
 * whvrun: errors of the platform
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
 * What it is for: says on stderr what the platform refused, with the name of the usual errors. Knows nothing else of
 * the program.
 */

#ifndef __WHVRUN_HOST_REPORT_H
#define __WHVRUN_HOST_REPORT_H

#include <windows.h>

/* What has failed is a function of the platform, or a few words. */
extern void report( const char *what, HRESULT hr );

#endif /* __WHVRUN_HOST_REPORT_H */
