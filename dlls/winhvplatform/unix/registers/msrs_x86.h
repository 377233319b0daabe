/*
 * MSRs in batches
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
 * Registers that are MSRs, read and written several at a time: one system call for all of a client's call.
 * Knows the table of registers and the clocks, which have MSRs of their own while the time is suspended.
 */

#ifndef __WHV_UNIX_REGISTERS_MSRS_X86_H
#define __WHV_UNIX_REGISTERS_MSRS_X86_H

#include "registers/table_x86.h"
#include "time/clock_x86.h"
#include "winhvplatformdefs.h"

struct msr_list;
struct vp;

extern BOOL regs_has_synthetic( const struct vp *vp );

/* Is it one that KVM is asked for, or told, by its number? */
static inline BOOL regs_is_msr( struct vp *vp, const struct reg_row *row )
{
    if (row->kind == REG_MSR) return !clock_is_frozen( vp ) || !clock_frozen_msr( vp, row->where );
    return row->kind == REG_SYNTHETIC && regs_has_synthetic( vp );
}

/* Write a batch and empty it. must: what KVM refuses is a failure, else it is passed over. */
extern HRESULT msrs_write( struct vp *vp, struct msr_list *batch, BOOL must );

#endif /* __WHV_UNIX_REGISTERS_MSRS_X86_H */
