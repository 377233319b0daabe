/*
 * whvrun: bits of RFLAGS
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
 * What it is for: the names of the bits of RFLAGS, once for all who look at them. Knows nothing.
 */

#ifndef __WHVRUN_PLATFORM_RFLAGS_H
#define __WHVRUN_PLATFORM_RFLAGS_H

#define FLAG_CF 0x00001ull
#define FLAG_PF 0x00004ull
#define FLAG_AF 0x00010ull
#define FLAG_ZF 0x00040ull
#define FLAG_SF 0x00080ull
#define FLAG_TF 0x00100ull
#define FLAG_IF 0x00200ull
#define FLAG_DF 0x00400ull
#define FLAG_OF 0x00800ull
#define FLAG_RF 0x10000ull

#endif /* __WHVRUN_PLATFORM_RFLAGS_H */
