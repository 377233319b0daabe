/*
 * Executing XSAVE and its like
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
 * XSAVE, XRSTOR, XGETBV, XSETBV, LDMXCSR, STMXCSR on the vp's own image. Knows memory.h and unit.h.
 */

#ifndef __WHV_UNIX_SOFTKVM_XSAVE_H
#define __WHV_UNIX_SOFTKVM_XSAVE_H

#include "softkvm/state.h"

extern enum execute_result execute_xsave( struct execute *ex );
extern enum execute_result execute_xrstor( struct execute *ex );
extern enum execute_result execute_xgetbv( struct execute *ex );
extern enum execute_result execute_xsetbv( struct execute *ex );
extern enum execute_result execute_ldmxcsr( struct execute *ex );
extern enum execute_result execute_stmxcsr( struct execute *ex );

#endif /* __WHV_UNIX_SOFTKVM_XSAVE_H */
