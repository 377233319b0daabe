/*
 * Power-on state
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "host/host.h"
#include "host/kvm.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "registers/events_x86.h"
#include "registers/msrs_x86.h"
#include "registers/reset_x86.h"
#include "registers/table_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define PAT_POWER_ON        0x0007040600070406ull

#define APIC_BASE_POWER_ON  0xfee00800ull

static UINT32 processor_signature( const struct vp *vp )
{
    UINT32 i;

    for (i = 0; vp->arch.cpuid.table && i < vp->arch.cpuid.table->head.nent && i < CPUID_MAX_ENTRIES; i++)
        if (vp->arch.cpuid.table->entries[i].function == 1) return vp->arch.cpuid.table->entries[i].eax;
    return 0;
}

static void reset_segment( struct kvm_segment *segment, UINT8 type, BOOL system )
{
    memset( segment, 0, sizeof(*segment) );
    segment->limit = 0xffff;
    segment->type = type;
    segment->s = !system;
    segment->present = 1;
}

static void reset_sregs( struct vp *vp )
{
    struct kvm_sregs *sregs = view_edit_sregs( vp );

    memset( sregs, 0, sizeof(*sregs) );
    reset_segment( &sregs->cs, 0xb, 0 );
    reset_segment( &sregs->ds, 0x3, 0 );
    reset_segment( &sregs->es, 0x3, 0 );
    reset_segment( &sregs->fs, 0x3, 0 );
    reset_segment( &sregs->gs, 0x3, 0 );
    reset_segment( &sregs->ss, 0x3, 0 );
    reset_segment( &sregs->ldt, 0x2, 1 );
    reset_segment( &sregs->tr, 0xb, 1 );
    /* Windows' base; a CPU's is 0xffff0000, and clients that start at the reset vector set it */
    sregs->cs.selector = 0xf000;
    sregs->cs.base = 0xf0000;
    sregs->gdt.limit = sregs->idt.limit = 0xffff;
    sregs->cr0 = 0x60000010;
    if (vp->partition->props.apic_mode != WHvX64LocalApicEmulationModeNone)
        sregs->apic_base = APIC_BASE_POWER_ON | (vp->index ? 0 : APIC_BASE_BSP);
}

static HRESULT reset_msrs( struct vp *vp )
{
    const struct reg_row *row, *end;
    struct msr_list batch;
    UINT32 i;
    HRESULT hr;

    msr_list_init( &batch );
    for (i = 0; i < REG_PARTS; i++)
    {
        for (row = reg_parts[i].rows, end = row + reg_parts[i].count; row < end; row++)
        {
            if (!(row->flags & REG_RESET) || !regs_is_msr( vp, row )) continue;
            msr_list_add( &batch, row->where, row->where == MSR_PAT ? PAT_POWER_ON : 0 );
            if (batch.head.nmsrs == MSR_LIST_MAX && FAILED(hr = msrs_write( vp, &batch, 0 ))) return hr;
        }
    }
    return msrs_write( vp, &batch, 0 );
}

HRESULT regs_reset( struct vp *vp )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    HRESULT hr;

    memset( regs, 0, sizeof(*regs) );
    regs->rip = 0xfff0;
    regs->rflags = 2;
    regs->rdx = processor_signature( vp );
    view_touch( vp, KVM_SYNC_X86_REGS );
    reset_sregs( vp );
    lazy_reset( vp );
    if (FAILED(hr = events_reset( vp ))) return hr;
    return reset_msrs( vp );
}
