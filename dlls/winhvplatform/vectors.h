/*
 * Names of vector registers that the API has none for
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
 * What it is for: WinHvEmulation needs whole YMM and ZMM registers, and asks its client for them by register names, as
 * for all others; clients hand names on to WHvGet- and WHvSetVirtualProcessorRegisters, where these are known.
 * Our own extension, not Windows': in a range that the API doesn't use. A client that refuses a name sees its emulation
 * fail with the status bit of the callback.
 * A lane is 128 bits of a register, 0 the lowest: lane 0 of the first sixteen is WHvX64RegisterXmm0 ... Xmm15.
 */

#ifndef __WINHVPLATFORM_VECTORS_H
#define __WINHVPLATFORM_VECTORS_H

#define WHV_VECTOR_FIRST        0x57480000u
/* Reg128. reg 0 ... 15 with lane 1 ... 3, reg 16 ... 31 with lane 0 ... 3 */
#define WHV_VECTOR_LANE( reg, lane )  ((WHV_REGISTER_NAME)(WHV_VECTOR_FIRST + (reg) * 4 + (lane)))
/* Reg64. k 0 ... 7 */
#define WHV_VECTOR_OPMASK( k )  ((WHV_REGISTER_NAME)(WHV_VECTOR_FIRST + 0x80 + (k)))
#define WHV_VECTOR_COUNT        0x88

#endif /* __WINHVPLATFORM_VECTORS_H */
