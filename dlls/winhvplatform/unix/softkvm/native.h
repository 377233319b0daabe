/*
 * Executing on the host CPU
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
 * What insn/encode.h takes, executed by the host CPU with the vp's FPU and vector state.
 * Knows memory.h, unit.h and insn/host_cpu.h.
 */

#ifndef __WHV_UNIX_SOFTKVM_NATIVE_H
#define __WHV_UNIX_SOFTKVM_NATIVE_H

#include "softkvm/state.h"

/* On the host CPU, what insn_encode_native takes. */
extern enum execute_result execute_native( struct execute *ex );

#endif /* __WHV_UNIX_SOFTKVM_NATIVE_H */
