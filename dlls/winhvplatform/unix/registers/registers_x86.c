/*
 * Registers by name
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

#include "host/bytes.h"
#include "host/errors.h"
#include "host/kvm.h"
#include "host/lapic_x86.h"
#include "host/msr_list_x86.h"
#include "host/xsave_format_x86.h"
#include "irq/apic_id_x86.h"
#include "irq/apic_state_x86.h"
#include "registers/events_x86.h"
#include "registers/fpu_x86.h"
#include "registers/msrs_x86.h"
#include "registers/registers_x86.h"
#include "registers/table_x86.h"
#include "registers/values_x86.h"
#include "registers/xsave_x86.h"
#include "time/clock_x86.h"
#include "time/counters_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

static HRESULT get_apic( struct vp *vp, const struct reg_row *row, WHV_REGISTER_VALUE *value )
{
    UINT8 page[APIC_STATE_SIZE];
    HRESULT hr;

    /* Windows refuses the TPR by name, also with an APIC: there is CR8 */
    if (!apic_present( vp->partition ) || row->where == LAPIC_TPR) return ERROR_HV_INVALID_PARAMETER;
    if (FAILED(hr = apic_get_page( vp, page ))) return hr;
    value->Reg64 = lapic_read( page, row->where );
    if (row->where == LAPIC_ICR) value->Reg64 |= (UINT64)lapic_read( page, LAPIC_ICR_HIGH ) << 32;
    return S_OK;
}

/* All but general registers, and MSRs of KVM's. */
static HRESULT get_one( struct vp *vp, UINT32 name, const struct reg_row *row, WHV_REGISTER_VALUE *value )
{
    const UINT8 *sregs = (const UINT8 *)view_sregs( vp );
    const struct kvm_dtable *table;
    HRESULT hr;

    switch (row->kind)
    {
    case REG_NONE:
        return WHV_E_INVALID_VP_REGISTER_NAME;
    case REG_SREG:
    case REG_CR8:
        value->Reg64 = load64( sregs + row->where );
        return S_OK;
    case REG_SEGMENT:
        segment_from_kvm( (const struct kvm_segment *)(sregs + row->where), &value->Segment );
        return S_OK;
    case REG_TABLE:
        table = (const struct kvm_dtable *)(sregs + row->where);
        value->Table.Base = table->base;
        value->Table.Limit = table->limit;
        return S_OK;
    case REG_DEBUG:
        if (FAILED(hr = lazy_fetch( vp, VP_DEBUGREGS ))) return hr;
        value->Reg64 = load64( (const UINT8 *)&vp->arch.lazy.debugregs + row->where );
        return S_OK;
    case REG_XCR0:
        if (FAILED(hr = lazy_fetch( vp, VP_XCRS ))) return hr;
        value->Reg64 = *lazy_xcr0( &vp->arch.lazy.xcrs );
        return S_OK;
    case REG_XMM:
        if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
        memcpy( value, vp->arch.lazy.xsave + row->where, 16 );
        return S_OK;
    case REG_FP:
        if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
        memcpy( value, vp->arch.lazy.xsave + row->where, 10 );
        return S_OK;
    case REG_FP_CONTROL:
    case REG_XMM_CONTROL:
        return fpu_get( vp, row, value );
    case REG_XSTATE:
        return xsave_get_part( vp, row->where, value );
    case REG_APIC_ID:
        value->Reg64 = vp->arch.apic_id;
        return S_OK;
    case REG_APIC:
        return get_apic( vp, row, value );
    case REG_MSR:               /* one of a clock that stands */
        value->Reg64 = *clock_frozen_msr( vp, row->where );
        return S_OK;
    case REG_TSC_OFFSET:
        return clock_get_offset( vp, &value->Reg64 );
    case REG_RUNTIME:
        return counters_get_runtime( vp, &value->Reg64 );
    case REG_EVENT:
        return events_get( vp, name, value );
    }
    return ERROR_HV_INVALID_PARAMETER;
}

/* One system call for all of them; owner: whose value each is. */
static HRESULT get_msrs( struct vp *vp, struct msr_list *batch, const UINT32 *owner, WHV_REGISTER_VALUE *values )
{
    UINT32 i;
    int ret;

    if ((ret = kvm_get_msrs( vp->fd, &batch->head )) < 0) return hresult_from_errno( ret );
    if ((UINT32)ret < batch->head.nmsrs) return ERROR_HV_INVALID_PARAMETER;
    for (i = 0; i < batch->head.nmsrs; i++) values[owner[i]].Reg64 = batch->entries[i].data;
    batch->head.nmsrs = 0;
    return S_OK;
}

HRESULT regs_get( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, WHV_REGISTER_VALUE *values )
{
    static const WHV_UINT128 zero;
    const struct reg_part *part = reg_parts;
    UINT32 owner[MSR_LIST_MAX], i;
    const struct reg_row *row;
    struct msr_list batch;
    HRESULT hr;

    msr_list_init( &batch );
    for (i = 0; i < count; i++)
    {
        values[i].Reg128 = zero;
        if (reg_is_gpr( names[i] ))
        {
            values[i].Reg64 = regs_at( view_regs( vp ), reg_place( names[i] ) );
            continue;
        }
        row = reg_find_next( &part, names[i] );
        if (row->flags & REG_NO_GET) return ERROR_HV_INVALID_PARAMETER;
        if ((row->flags & REG_PLAIN) || !regs_is_msr( vp, row ))
        {
            if (FAILED(hr = get_one( vp, names[i], row, &values[i] ))) return hr;
            continue;
        }
        owner[batch.head.nmsrs] = i;
        msr_list_add( &batch, row->where, 0 );
        if (batch.head.nmsrs == MSR_LIST_MAX && FAILED(hr = get_msrs( vp, &batch, owner, values ))) return hr;
    }
    return batch.head.nmsrs ? get_msrs( vp, &batch, owner, values ) : S_OK;
}

/* ---- writing ---- */

/* Is it a register that takes any value, and is kept by us? */
static inline BOOL takes_all( const struct reg_row *row )
{
    return (row->flags & (REG_PLAIN | REG_CHECKED)) == REG_PLAIN;
}

static HRESULT check_one( struct vp *vp, UINT32 name, const struct reg_row *row, const WHV_REGISTER_VALUE *value )
{
    HRESULT hr;

    /* what the vp has got already, as from KVM, may be put back */
    if ((row->flags & REG_CHECKED) && FAILED(hr = value_check( vp, name, value->Reg64 )) &&
        !((row->kind == REG_SREG || row->kind == REG_SEGMENT) &&
          load64( (const UINT8 *)view_sregs( vp ) + row->where ) == value->Reg64)) return hr;
    switch (row->kind)
    {
    case REG_NONE:
        return WHV_E_INVALID_VP_REGISTER_NAME;
    case REG_REFUSED:
        return ERROR_HV_INVALID_PARAMETER;
    case REG_SYNTHETIC:
        if (!regs_has_synthetic( vp )) return ERROR_HV_INVALID_PARAMETER;
        break;
    case REG_APIC_ID:
        return apic_id_check( vp, value->Reg64 );
    case REG_APIC:
        if (vp->partition->props.apic_mode == WHvX64LocalApicEmulationModeNone || row->where == LAPIC_TPR)
            return ERROR_HV_INVALID_PARAMETER;
        return row->where == LAPIC_ID ? apic_id_check( vp, value->Reg64 ) : ERROR_HV_ACCESS_DENIED;
    case REG_CR8:
        /* KVM would drop it without a word */
        if (value->Reg64 > 15) return ERROR_HV_INVALID_REGISTER_VALUE;
        break;
    case REG_XMM_CONTROL:
        if (value->XmmControlStatus.XmmStatusControl & ~xsave_host_layout()->mxcsr_mask)
            return ERROR_HV_INVALID_REGISTER_VALUE;
        break;
    case REG_XSTATE:
        return xsave_check_part( vp, row->where, value );
    case REG_EVENT:
        return events_check( vp, name, value );
    }
    return row->flags & REG_NO_SET ? ERROR_HV_ACCESS_DENIED : S_OK;
}

HRESULT regs_check( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, const WHV_REGISTER_VALUE *values )
{
    const struct reg_row *row;
    UINT32 i;
    HRESULT hr;

    for (i = 0; i < count; i++)
    {
        row = reg_find( names[i] );
        if (!takes_all( row ) && FAILED(hr = check_one( vp, names[i], row, &values[i] ))) return hr;
    }
    return S_OK;
}

static void set_sregs( struct vp *vp, UINT32 where, const void *value, UINT32 size )
{
    view_set_sregs( vp, where, value, size );
    if (view_is_dirty( vp, KVM_SYNC_X86_SREGS )) events_note_sregs( vp );
}

/* What a register reads already needs no conversion: clients write back whole register files. */
static void set_segment( struct vp *vp, UINT32 where, const WHV_X64_SEGMENT_REGISTER *value )
{
    WHV_X64_SEGMENT_REGISTER now;
    struct kvm_segment segment;

    segment_from_kvm( (const struct kvm_segment *)((const UINT8 *)view_sregs( vp ) + where), &now );
    if (!memcmp( &now, value, sizeof(now) )) return;
    segment_to_kvm( value, &segment );
    set_sregs( vp, where, &segment, sizeof(segment) );
    if (view_has_odd_code( vp )) lazy_touch( vp, VP_CODE );
}

static void set_table( struct vp *vp, UINT32 where, const WHV_X64_TABLE_REGISTER *value )
{
    const struct kvm_dtable *now = (const struct kvm_dtable *)((const UINT8 *)view_sregs( vp ) + where);
    struct kvm_dtable table = { .base = value->Base, .limit = value->Limit };

    if (now->base != value->Base || now->limit != value->Limit) set_sregs( vp, where, &table, sizeof(table) );
}

/* All but general registers, of a value that check_one has let pass; MSRs of KVM's are written already. */
static HRESULT set_one( struct vp *vp, UINT32 name, const struct reg_row *row, const WHV_REGISTER_VALUE *value )
{
    WHV_UINT128 padded;
    UINT64 *frozen, reg;
    HRESULT hr;

    switch (row->kind)
    {
    case REG_SREG:
        reg = value_settle( vp, name, value->Reg64 );
        set_sregs( vp, row->where, &reg, sizeof(reg) );
        if (name == WHvX64RegisterEfer || name == WHvX64RegisterCr0) value_derive_lma( vp );
        return S_OK;
    case REG_CR8:
        view_set_sregs( vp, row->where, &value->Reg64, 8 );
        return S_OK;
    case REG_SEGMENT:
        set_segment( vp, row->where, &value->Segment );
        return S_OK;
    case REG_TABLE:
        set_table( vp, row->where, &value->Table );
        return S_OK;
    case REG_DEBUG:
        if (FAILED(hr = lazy_fetch( vp, VP_DEBUGREGS ))) return hr;
        reg = value_settle( vp, name, value->Reg64 );
        if (regs_update( (UINT8 *)&vp->arch.lazy.debugregs + row->where, &reg, sizeof(reg) ))
            lazy_touch( vp, VP_DEBUGREGS );
        return S_OK;
    case REG_XCR0:
        if (FAILED(hr = lazy_fetch( vp, VP_XCRS ))) return hr;
        if (regs_update( lazy_xcr0( &vp->arch.lazy.xcrs ), &value->Reg64, 8 )) lazy_touch( vp, VP_XCRS );
        return S_OK;
    case REG_XMM:
        if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
        if (regs_update( vp->arch.lazy.xsave + row->where, value, 16 )) lazy_touch( vp, VP_XSAVE );
        return S_OK;
    case REG_FP:
        if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) return hr;
        padded.Low64 = value->Reg128.Low64;
        padded.High64 = value->Reg128.High64 & 0xffff;
        if (regs_update( vp->arch.lazy.xsave + row->where, &padded, 16 )) lazy_touch( vp, VP_XSAVE );
        return S_OK;
    case REG_FP_CONTROL:
    case REG_XMM_CONTROL:
        return fpu_set( vp, row, value );
    case REG_XSTATE:
        return xsave_set_part( vp, row->where, value );
    case REG_MSR:
        if ((frozen = clock_frozen_msr( vp, row->where ))) *frozen = value->Reg64;
        return S_OK;
    case REG_TSC_OFFSET:
        return clock_set_offset( vp, value->Reg64 );
    case REG_APIC_ID:
    case REG_APIC:
        return apic_id_set( vp, value->Reg64 );
    case REG_EVENT:
        return events_set( vp, name, value );
    }
    return S_OK;
}

/* MSRs come before all others: what they hold only KVM can judge, and where it refuses the rest is still untouched.
 * Those before the refused one stay set, as the elements of a hypercall's list do that come before the one that fails.
 */
static HRESULT set_msrs( struct vp *vp, const struct reg_row *const *rows, const WHV_REGISTER_VALUE *values,
                         const UINT8 *msrs, UINT32 count )
{
    const struct reg_row *row;
    struct msr_list batch;
    UINT32 i;
    HRESULT hr;

    msr_list_init( &batch );
    for (i = 0; i < count; i++)
    {
        row = rows[msrs[i]];
        if (clock_takes_tsc( vp, row->where ))
        {
            /* in its turn: a deadline that follows is compared with it */
            if (FAILED(hr = msrs_write( vp, &batch, 1 )) ||
                FAILED(hr = clock_set_tsc( vp, values[msrs[i]].Reg64 ))) return hr;
            continue;
        }
        msr_list_add( &batch, row->where, values[msrs[i]].Reg64 );
        if (batch.head.nmsrs == MSR_LIST_MAX && FAILED(hr = msrs_write( vp, &batch, 1 ))) return hr;
    }
    return batch.head.nmsrs ? msrs_write( vp, &batch, 1 ) : S_OK;
}

HRESULT regs_set( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, const WHV_REGISTER_VALUE *values )
{
    const struct reg_part *part = reg_parts;
    const struct reg_row *rows[REGS_MAX];
    UINT32 msr_count = 0, i;
    UINT8 msrs[REGS_MAX];
    HRESULT hr;

    for (i = 0; i < count; i++)
    {
        if (reg_is_gpr( names[i] )) continue;
        rows[i] = reg_find_next( &part, names[i] );
        if (takes_all( rows[i] )) continue;
        if (FAILED(hr = check_one( vp, names[i], rows[i], &values[i] ))) return hr;
        if (regs_is_msr( vp, rows[i] )) msrs[msr_count++] = i;
    }
    if (msr_count && FAILED(hr = set_msrs( vp, rows, values, msrs, msr_count ))) return hr;
    for (i = 0; i < count; i++)
    {
        if (reg_is_gpr( names[i] )) view_set_reg( vp, reg_place( names[i] ), values[i].Reg64 );
        else if (FAILED(hr = set_one( vp, names[i], rows[i], &values[i] ))) return hr;
    }
    return S_OK;
}
