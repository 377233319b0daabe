/*
 * Fuzz target: what an exit must agree with
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
 * What it is for: each exit that a client is shown on the hostile KVM. It knows hostile_kvm.h, what the instruction
 * really did there, and the insides of struct vp, as a client that could look there would.
 */

#ifndef __WHV_TESTS_CHECK_EXIT_H
#define __WHV_TESTS_CHECK_EXIT_H

#include "hostile_kvm.h"

/* The context of the exit, the registers that the client sees, and the instruction that it is told of belong together;
 * ends the program with a message if they do not. */
extern void check_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHV_TESTS_CHECK_EXIT_H */
