/*
 * Differential test: registers, as a client has them
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

#include <stdio.h>
#include <string.h>

#include "host/kvm.h"
#include "registers/registers_x86.h"
#include "vectors.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "whv.h"

struct whv_list whv_list;

void whv_add( WHV_REGISTER_NAME name, UINT64 value )
{
    memset( &whv_list.values[whv_list.count], 0, sizeof(whv_list.values[0]) );
    whv_list.values[whv_list.count].Reg64 = value;
    whv_list.names[whv_list.count++] = name;
}

static void add_segment( WHV_REGISTER_NAME name, const struct kvm_segment *segment )
{
    whv_add( name, 0 );
    segment_from_kvm( segment, &whv_list.values[whv_list.count - 1].Segment );
}

static void add_table( WHV_REGISTER_NAME name, const struct kvm_dtable *table )
{
    whv_add( name, 0 );
    whv_list.values[whv_list.count - 1].Table.Base = table->base;
    whv_list.values[whv_list.count - 1].Table.Limit = table->limit;
}

static void add_bytes( WHV_REGISTER_NAME name, const UINT8 *bytes, UINT32 size )
{
    whv_add( name, 0 );
    memcpy( &whv_list.values[whv_list.count - 1], bytes, size );
}

void whv_load_state( struct vp *vp, const struct test *test, struct outcome *outcome )
{
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    HRESULT hr;
    UINT32 i;

    machine_state( test, &regs, &sregs );
    whv_list.count = 0;
    for (i = 0; i < 16; i++) whv_add( WHvX64RegisterRax + i, test->gpr[i] );
    whv_add( WHvX64RegisterRip, regs.rip );
    whv_add( WHvX64RegisterRflags, regs.rflags );
    add_segment( WHvX64RegisterEs, &sregs.es );
    add_segment( WHvX64RegisterCs, &sregs.cs );
    add_segment( WHvX64RegisterSs, &sregs.ss );
    add_segment( WHvX64RegisterDs, &sregs.ds );
    add_segment( WHvX64RegisterFs, &sregs.fs );
    add_segment( WHvX64RegisterGs, &sregs.gs );
    add_segment( WHvX64RegisterTr, &sregs.tr );
    add_segment( WHvX64RegisterLdtr, &sregs.ldt );
    add_table( WHvX64RegisterGdtr, &sregs.gdt );
    add_table( WHvX64RegisterIdtr, &sregs.idt );
    whv_add( WHvX64RegisterCr0, sregs.cr0 );
    whv_add( WHvX64RegisterCr2, 0 );
    whv_add( WHvX64RegisterCr3, sregs.cr3 );
    whv_add( WHvX64RegisterCr4, sregs.cr4 );
    whv_add( WHvX64RegisterEfer, sregs.efer );
    whv_add( WHvX64RegisterCr8, 0 );
    whv_add( WHvRegisterPendingEvent, 0 );
    whv_add( WHvRegisterInterruptState, 0 );
    if (form_uses_vectors( test->form ))
    {
        for (i = 0; i < 16; i++)
        {
            whv_add( WHvX64RegisterXmm0 + i, 0 );
            memcpy( &whv_list.values[whv_list.count - 1].Reg128, test->xmm[i], 16 );
        }
        add_bytes( WHvX64RegisterXmmControlStatus, test->fpu + 16, 8 );
        whv_list.values[whv_list.count - 1].XmmControlStatus.XmmStatusControl = 0x1f80;
        add_bytes( WHvX64RegisterFpControlStatus, test->fpu, 16 );
        for (i = 0; i < 8; i++) add_bytes( WHvX64RegisterFpMmx0 + i, test->fpu + 32 + i * 16, 10 );
    }
    if (form_uses_upper_halves( test->form ))
    {
        whv_add( WHvX64RegisterXCr0, 7 );
        for (i = 0; i < 16; i++)
        {
            whv_add( WHV_VECTOR_LANE( i, 1 ), 0 );
            memcpy( &whv_list.values[whv_list.count - 1].Reg128, test->upper[i], 16 );
        }
    }
    if (FAILED(hr = regs_set( vp, whv_list.names, whv_list.count, whv_list.values )))
        snprintf( outcome->text, sizeof(outcome->text), "registers refused: %#x", (unsigned int)hr );
}

void whv_store_state( struct vp *vp, const struct test *test, struct outcome *outcome )
{
    UINT32 i;

    whv_list.count = 0;
    for (i = 0; i < 16; i++) whv_add( WHvX64RegisterRax + i, 0 );
    whv_add( WHvX64RegisterRip, 0 );
    whv_add( WHvX64RegisterRflags, 0 );
    whv_add( WHvX64RegisterCr2, 0 );
    for (i = 0; i < 6; i++) whv_add( WHvX64RegisterEs + i, 0 );
    if (form_uses_vectors( test->form ))
    {
        for (i = 0; i < 16; i++) whv_add( WHvX64RegisterXmm0 + i, 0 );
        whv_add( WHvX64RegisterFpControlStatus, 0 );
        for (i = 0; i < 8; i++) whv_add( WHvX64RegisterFpMmx0 + i, 0 );
    }
    if (form_uses_upper_halves( test->form )) for (i = 0; i < 16; i++) whv_add( WHV_VECTOR_LANE( i, 1 ), 0 );
    regs_get( vp, whv_list.names, whv_list.count, whv_list.values );
    for (i = 0; i < 16; i++) outcome->gpr[i] = whv_list.values[i].Reg64;
    outcome->rip = whv_list.values[16].Reg64;
    outcome->rflags = whv_list.values[17].Reg64 & ~(UINT64)FLAG_RF;
    outcome->cr2 = whv_list.values[18].Reg64;
    for (i = 0; i < 6; i++)
    {
        outcome->segments[i].base = whv_list.values[19 + i].Segment.Base;
        outcome->segments[i].selector = whv_list.values[19 + i].Segment.Selector;
    }
    memset( outcome->xmm, 0, sizeof(outcome->xmm) );
    if (form_uses_vectors( test->form ))
    {
        for (i = 0; i < 16; i++) memcpy( outcome->xmm[i], &whv_list.values[25 + i].Reg128, 16 );
        memset( outcome->fpu, 0, sizeof(outcome->fpu) );
        memcpy( outcome->fpu, &whv_list.values[41], 16 );
        for (i = 0; i < 8; i++) memcpy( outcome->fpu + 32 + i * 16, &whv_list.values[42 + i], 10 );
    }
    memset( outcome->upper, 0, sizeof(outcome->upper) );
    if (form_uses_upper_halves( test->form ))
        for (i = 0; i < 16; i++) memcpy( outcome->upper[i], &whv_list.values[50 + i].Reg128, 16 );
}
