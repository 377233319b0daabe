/*
 * What the tests of exceptions in ring 3 have in common
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
 * For guests that run in ring 3 of long mode and have no interrupt table. Knows vm.h.
 */

#ifndef __WHV_TESTS_RING3_H
#define __WHV_TESTS_RING3_H

#include "vm.h"

#define VECTORS_OFFERED 0xf7dfb         /* on Windows with an AMD processor */
#define FLAG_AC         0x40000

#define DE 0
#define DB 1
#define BP 3
#define UD 6
#define SS 12
#define GP 13
#define PF 14
#define MF 16
#define AC 17
#define XM 19

/* All but #DB and #BP. */
extern const struct vm_config all_exceptions;

extern BOOL can_catch( void );
/* QEMU's processor without KVM: it lacks #AC and #XM, makes a #GP of #SS, and has other error codes for INT n. */
extern BOOL is_emulated_processor( void );
extern void set_idt( struct vm *vm, UINT64 base, UINT16 limit );
/* Runs to an Exception exit: registers as in regs, and nothing that the client has set is another. */
extern BOOL run_to_exception_( int line, struct vm *vm, UINT32 vector, const UINT64 *regs,
                               WHV_RUN_VP_EXIT_CONTEXT *exit );
#define run_to_exception( vm, vector, regs, exit ) run_to_exception_( __LINE__, vm, vector, regs, exit )

#endif /* __WHV_TESTS_RING3_H */
