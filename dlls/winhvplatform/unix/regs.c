/*
 * Registers: reading, writing, the lazy sets, reset
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

#include <errno.h>
#include <string.h>

#include "apic_state_x86.h"
#include "apic_x86.h"
#include "bytes.h"
#include "clock_x86.h"
#include "counters_x86.h"
#include "events.h"
#include "hyperv_x86.h"
#include "kvm.h"
#include "lapic_x86.h"
#include "regs.h"
#include "regs_table.h"
#include "syscall_x86.h"
#include "xsave.h"

/* MSRs of one call go to KVM together, in pieces of this many. */
#define MSR_BATCH   REGS_SET_CHECKED

#define FCW_POWER_ON        0x40
/* What Windows shows whatever the CPU has: AMD's misaligned SSE mode is no part of it. */
#define MXCSR_MASK_SHOWN    0xffff

#define MSR_PAT             0x277
#define PAT_POWER_ON        0x0007040600070406ull

#define APIC_BASE_POWER_ON  0xfee00800ull
#define APIC_BASE_BSP       0x100ull

struct msr_batch
{
    struct kvm_msrs      head;          /* head.entries is entries[] */
    struct kvm_msr_entry entries[MSR_BATCH];
};

/* ---- segments and general registers ---- */

void regs_to_gpr( const struct kvm_regs *regs, UINT64 gpr[16] )
{
    gpr[0] = regs->rax;
    gpr[1] = regs->rcx;
    gpr[2] = regs->rdx;
    gpr[3] = regs->rbx;
    gpr[4] = regs->rsp;
    gpr[5] = regs->rbp;
    gpr[6] = regs->rsi;
    gpr[7] = regs->rdi;
    /* R8 to R15 are in order and adjacent */
    memcpy( gpr + 8, &regs->r8, 8 * sizeof(*gpr) );
}

void regs_from_gpr( struct kvm_regs *regs, const UINT64 gpr[16] )
{
    regs->rax = gpr[0];
    regs->rcx = gpr[1];
    regs->rdx = gpr[2];
    regs->rbx = gpr[3];
    regs->rsp = gpr[4];
    regs->rbp = gpr[5];
    regs->rsi = gpr[6];
    regs->rdi = gpr[7];
    memcpy( &regs->r8, gpr + 8, 8 * sizeof(*gpr) );
}

void segment_from_kvm( const struct kvm_segment *from, WHV_X64_SEGMENT_REGISTER *to )
{
    to->Base = from->base;
    to->Limit = from->limit;
    to->Selector = from->selector;
    to->Attributes = (from->type & 15) | (from->s & 1) << 4 | (from->dpl & 3) << 5 | (from->present && !from->unusable) << 7 |
                     (from->avl & 1) << 12 | (from->l & 1) << 13 | (from->db & 1) << 14 | (from->g & 1) << 15;
}

static void segment_to_kvm( const WHV_X64_SEGMENT_REGISTER *from, struct kvm_segment *to )
{
    memset( to, 0, sizeof(*to) );
    to->base = from->Base;
    to->limit = from->Limit;
    to->selector = from->Selector;
    to->type = from->Attributes & 15;
    to->s = from->Attributes >> 4 & 1;
    to->dpl = from->Attributes >> 5 & 3;
    to->present = from->Attributes >> 7 & 1;
    to->avl = from->Attributes >> 12 & 1;
    to->l = from->Attributes >> 13 & 1;
    to->db = from->Attributes >> 14 & 1;
    to->g = from->Attributes >> 15 & 1;
    to->unusable = !to->present;
    if (to->unusable) return;
    /* VMX enters only with a granularity that can express the limit; Windows itself hands out limits of 4G with G clear */
    if (to->limit > 0xfffff) to->g = 1;
    else if ((to->limit & 0xfff) != 0xfff) to->g = 0;
}

/* ---- lazy sets ---- */

static __u64 *xcr0_of( struct kvm_xcrs *xcrs )
{
    UINT32 i;

    for (i = 0; i < xcrs->nr_xcrs && i < KVM_MAX_XCRS; i++)
        if (!xcrs->xcrs[i].xcr) return &xcrs->xcrs[i].value;
    memset( xcrs, 0, sizeof(*xcrs) );
    xcrs->nr_xcrs = 1;
    xcrs->xcrs[0].value = XSTATE_FP;
    return &xcrs->xcrs[0].value;
}

HRESULT regs_fetch( struct vp *vp, enum vp_lazy set )
{
    int ret = 0;

    if (vp->lazy_valid & set) return S_OK;
    switch (set)
    {
    case VP_XSAVE:
        if (!(ret = kvm_get_xsave2( vp->fd, vp->xsave ))) xsave_settle( vp->xsave );
        break;
    case VP_DEBUGREGS:
        ret = kvm_get_debugregs( vp->fd, &vp->debugregs );
        break;
    case VP_XCRS:
        ret = kvm_get_xcrs( vp->fd, &vp->xcrs );
        break;
    }
    if (ret < 0) return hresult_from_errno( ret );
    vp->lazy_valid |= set;
    return S_OK;
}

HRESULT regs_write_back( struct vp *vp )
{
    int ret = 0;

    if (vp->lazy_dirty & VP_XCRS)
    {
        if ((ret = kvm_set_xcrs( vp->fd, &vp->xcrs )) < 0) goto failed;
        vp->lazy_dirty &= ~VP_XCRS;
    }
    if (vp->lazy_dirty & VP_XSAVE)
    {
        xsave_state_pkru( vp );
        if ((ret = kvm_set_xsave( vp->fd, (const struct kvm_xsave *)vp->xsave )) < 0) goto failed;
        vp->lazy_dirty &= ~VP_XSAVE;
    }
    if (vp->lazy_dirty & VP_DEBUGREGS)
    {
        if ((ret = kvm_set_debugregs( vp->fd, &vp->debugregs )) < 0) goto failed;
        vp->lazy_dirty &= ~VP_DEBUGREGS;
    }
    return S_OK;

failed:
    /* a value that no CPU takes: Windows too says so at the next run only */
    return ret == -EINVAL ? ERROR_HV_INVALID_REGISTER_VALUE : hresult_from_errno( ret );
}

/* ---- MSRs ---- */

static BOOL has_synthetic( const struct vp *vp )
{
    return hyperv_features( &vp->partition->props ) != 0;
}

static BOOL is_msr( struct vp *vp, const struct reg_row *row )
{
    if (row->kind == REG_MSR) return !clock_is_frozen( vp ) || !clock_frozen_msr( vp, row->where );
    return row->kind == REG_SYNTHETIC && has_synthetic( vp );
}

static void batch_init( struct msr_batch *batch )
{
    memset( &batch->head, 0, sizeof(batch->head) );
}

static void batch_add( struct msr_batch *batch, UINT32 index, UINT64 data )
{
    struct kvm_msr_entry *entry = &batch->entries[batch->head.nmsrs++];

    memset( entry, 0, sizeof(*entry) );
    entry->index = index;
    entry->data = data;
}

/* KVM has refused to write entry. Those that it lets us read and that have this value already are no failure: an XSS of a vp
 * without XSAVES reads 0 and takes nothing; clients put back what they read. */
static HRESULT refused_msr( struct vp *vp, const struct kvm_msr_entry *entry )
{
    struct msr_batch now;
    int ret;

    batch_init( &now );
    batch_add( &now, entry->index, 0 );
    if ((ret = kvm_get_msrs( vp->fd, &now.head )) < 0) return hresult_from_errno( ret );
    if (!ret) return ERROR_HV_INVALID_PARAMETER;
    return now.entries[0].data == entry->data ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE;
}

/* Write a batch and empty it. must: what KVM refuses is a failure, else it is passed over. */
static HRESULT batch_write( struct vp *vp, struct msr_batch *batch, BOOL must )
{
    UINT32 total = batch->head.nmsrs, done = 0, i;
    HRESULT hr = S_OK;
    int ret;

    for (i = 0; i < total; i++) if (batch->entries[i].index == MSR_LSTAR) syscall_stale( vp );
    while (done < total)
    {
        batch->head.nmsrs = total - done;
        if ((ret = kvm_set_msrs( vp->fd, &batch->head )) < 0)
        {
            hr = hresult_from_errno( ret );
            break;
        }
        done += ret;
        if (done >= total) break;
        if (must && FAILED(hr = refused_msr( vp, &batch->entries[ret] ))) break;
        done++;
        memmove( batch->entries, batch->entries + ret + 1, (total - done) * sizeof(batch->entries[0]) );
    }
    batch->head.nmsrs = 0;
    return hr;
}

/* ---- reading ---- */

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

static HRESULT get_fpu( struct vp *vp, const struct reg_row *row, WHV_REGISTER_VALUE *value )
{
    const UINT8 *fx = vp->xsave;
    HRESULT hr;

    if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) return hr;
    switch (row->kind)
    {
    case REG_XMM:
        memcpy( value, fx + row->where, 16 );
        break;
    case REG_FP:
        memcpy( value, fx + row->where, 10 );
        break;
    case REG_FP_CONTROL:
        memcpy( &value->FpControlStatus.FpControl, fx + FX_FCW, 2 );
        memcpy( &value->FpControlStatus.FpStatus, fx + FX_FSW, 2 );
        value->FpControlStatus.FpTag = fx[FX_FTW];
        memcpy( &value->FpControlStatus.LastFpOp, fx + FX_FOP, 2 );
        value->FpControlStatus.LastFpRip = load64( fx + FX_FIP );
        break;
    case REG_XMM_CONTROL:
        value->XmmControlStatus.LastFpRdp = load64( fx + FX_FDP );
        memcpy( &value->XmmControlStatus.XmmStatusControl, fx + FX_MXCSR, 4 );
        value->XmmControlStatus.XmmStatusControlMask = MXCSR_MASK_SHOWN;
        break;
    }
    return S_OK;
}

/* All kinds but MSRs. */
static HRESULT get_one( struct vp *vp, const struct reg_row *row, WHV_REGISTER_VALUE *value )
{
    const UINT8 *regs = (const UINT8 *)&vp->run->s.regs.regs, *sregs = (const UINT8 *)&vp->run->s.regs.sregs;
    const struct kvm_dtable *table;
    HRESULT hr;

    switch (row->kind)
    {
    case REG_GPR:
        value->Reg64 = load64( regs + row->where );
        return S_OK;
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
        if (FAILED(hr = regs_fetch( vp, VP_DEBUGREGS ))) return hr;
        value->Reg64 = load64( (const UINT8 *)&vp->debugregs + row->where );
        return S_OK;
    case REG_XCR0:
        if (FAILED(hr = regs_fetch( vp, VP_XCRS ))) return hr;
        value->Reg64 = *xcr0_of( &vp->xcrs );
        return S_OK;
    case REG_XMM:
    case REG_FP:
    case REG_FP_CONTROL:
    case REG_XMM_CONTROL:
        return get_fpu( vp, row, value );
    case REG_XSTATE:
        return xsave_get_part( vp, row->where, value );
    case REG_APIC_ID:
        value->Reg64 = vp->index;
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
        return events_get( vp, row->name, value );
    }
    return ERROR_HV_INVALID_PARAMETER;
}

HRESULT regs_get( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, WHV_REGISTER_VALUE *values )
{
    UINT32 owner[MSR_BATCH], i, k;
    const struct reg_row *row;
    struct msr_batch batch;
    HRESULT hr;
    int ret;

    batch_init( &batch );
    for (i = 0; i < count; i++)
    {
        memset( &values[i], 0, sizeof(values[i]) );
        if (!(row = reg_find( names[i] ))) return WHV_E_INVALID_VP_REGISTER_NAME;
        if (row->flags & REG_NO_GET) return ERROR_HV_INVALID_PARAMETER;
        if (is_msr( vp, row ))
        {
            owner[batch.head.nmsrs] = i;
            batch_add( &batch, row->where, 0 );
        }
        else if (FAILED(hr = get_one( vp, row, &values[i] ))) return hr;

        if (batch.head.nmsrs && (batch.head.nmsrs == MSR_BATCH || i == count - 1))
        {
            if ((ret = kvm_get_msrs( vp->fd, &batch.head )) < 0) return hresult_from_errno( ret );
            if ((UINT32)ret < batch.head.nmsrs) return ERROR_HV_INVALID_PARAMETER;
            for (k = 0; k < batch.head.nmsrs; k++) values[owner[k]].Reg64 = batch.entries[k].data;
            batch.head.nmsrs = 0;
        }
    }
    return S_OK;
}

/* ---- writing ---- */

static HRESULT check_one( struct vp *vp, const struct reg_row *row, const WHV_REGISTER_VALUE *value )
{
    switch (row->kind)
    {
    case REG_REFUSED:
        return ERROR_HV_INVALID_PARAMETER;
    case REG_SYNTHETIC:
        if (!has_synthetic( vp )) return ERROR_HV_INVALID_PARAMETER;
        break;
    case REG_APIC_ID:
        return value->Reg64 == vp->index ? S_OK : ERROR_HV_INVALID_PARAMETER;
    case REG_APIC:
        if (vp->partition->props.apic_mode == WHvX64LocalApicEmulationModeNone || row->where == LAPIC_TPR)
            return ERROR_HV_INVALID_PARAMETER;
        return ERROR_HV_ACCESS_DENIED;
    case REG_CR8:
        /* KVM would drop it without a word */
        if (value->Reg64 > 15) return ERROR_HV_INVALID_REGISTER_VALUE;
        break;
    case REG_XMM_CONTROL:
        if (value->XmmControlStatus.XmmStatusControl & ~xsave_host_layout()->mxcsr_mask) return ERROR_HV_INVALID_REGISTER_VALUE;
        break;
    case REG_XSTATE:
        return xsave_check_part( vp, row->where, value );
    case REG_EVENT:
        return events_check( vp, row->name, value );
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
        if (!(row = reg_find( names[i] ))) return WHV_E_INVALID_VP_REGISTER_NAME;
        if (FAILED(hr = check_one( vp, row, &values[i] ))) return hr;
    }
    return S_OK;
}

/* TRUE if there was a change: clients write back whole register files, and what is unchanged need not go to KVM. */
static BOOL update( void *to, const void *from, size_t size )
{
    if (!memcmp( to, from, size )) return 0;
    memcpy( to, from, size );
    return 1;
}

static HRESULT set_fpu( struct vp *vp, const struct reg_row *row, const WHV_REGISTER_VALUE *value )
{
    UINT8 *fx = vp->xsave, bytes[16] = { 0 };
    BOOL changed = 0;
    HRESULT hr;

    if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) return hr;
    switch (row->kind)
    {
    case REG_XMM:
    case REG_FP:
        memcpy( bytes, value, row->kind == REG_FP ? 10 : 16 );
        changed = update( fx + row->where, bytes, 16 );
        break;
    case REG_FP_CONTROL:
        changed |= update( fx + FX_FCW, &value->FpControlStatus.FpControl, 2 );
        changed |= update( fx + FX_FSW, &value->FpControlStatus.FpStatus, 2 );
        changed |= update( fx + FX_FTW, &value->FpControlStatus.FpTag, 1 );
        changed |= update( fx + FX_FOP, &value->FpControlStatus.LastFpOp, 2 );
        changed |= update( fx + FX_FIP, &value->FpControlStatus.LastFpRip, 8 );
        break;
    case REG_XMM_CONTROL:
        changed |= update( fx + FX_FDP, &value->XmmControlStatus.LastFpRdp, 8 );
        changed |= update( fx + FX_MXCSR, &value->XmmControlStatus.XmmStatusControl, 4 );
        break;
    }
    if (changed) vp->lazy_dirty |= VP_XSAVE;
    return S_OK;
}

/* All kinds but MSRs, of a value that check_one has let pass. */
static HRESULT set_one( struct vp *vp, const struct reg_row *row, const WHV_REGISTER_VALUE *value )
{
    UINT8 *regs = (UINT8 *)&vp->run->s.regs.regs, *sregs = (UINT8 *)&vp->run->s.regs.sregs;
    struct kvm_segment segment;
    struct kvm_dtable table = { 0 };
    BOOL changed = 0;
    HRESULT hr;

    switch (row->kind)
    {
    case REG_GPR:
        /* whether they differ from KVM's is seen by comparing, before the entry */
        store64( regs + row->where, value->Reg64 );
        return S_OK;
    case REG_SREG:
    case REG_CR8:
        changed = update( sregs + row->where, &value->Reg64, 8 );
        break;
    case REG_SEGMENT:
        segment_to_kvm( &value->Segment, &segment );
        changed = update( sregs + row->where, &segment, sizeof(segment) );
        break;
    case REG_TABLE:
        table.base = value->Table.Base;
        table.limit = value->Table.Limit;
        changed = update( sregs + row->where, &table, sizeof(table) );
        break;
    case REG_DEBUG:
        if (FAILED(hr = regs_fetch( vp, VP_DEBUGREGS ))) return hr;
        if (update( (UINT8 *)&vp->debugregs + row->where, &value->Reg64, 8 )) vp->lazy_dirty |= VP_DEBUGREGS;
        return S_OK;
    case REG_XCR0:
        if (FAILED(hr = regs_fetch( vp, VP_XCRS ))) return hr;
        if (update( xcr0_of( &vp->xcrs ), &value->Reg64, 8 )) vp->lazy_dirty |= VP_XCRS;
        return S_OK;
    case REG_XMM:
    case REG_FP:
    case REG_FP_CONTROL:
    case REG_XMM_CONTROL:
        return set_fpu( vp, row, value );
    case REG_XSTATE:
        return xsave_set_part( vp, row->where, value );
    case REG_MSR:               /* one of a clock that stands */
        *clock_frozen_msr( vp, row->where ) = value->Reg64;
        return S_OK;
    case REG_TSC_OFFSET:
        return clock_set_offset( vp, value->Reg64 );
    case REG_EVENT:
        return events_set( vp, row->name, value );
    }
    if (changed) vp->dirty |= KVM_SYNC_X86_SREGS;
    return S_OK;
}

HRESULT regs_set( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count, const WHV_REGISTER_VALUE *values )
{
    const struct reg_row *row;
    struct msr_batch batch;
    BOOL msrs = 0;
    UINT32 i;
    HRESULT hr;

    /* MSRs first: what they hold only KVM can judge, and where it refuses the rest is still untouched. Those before the refused
     * one stay set, as the elements of a hypercall's list do that come before the one that fails. */
    batch_init( &batch );
    for (i = 0; i < count; i++)
    {
        if (!(row = reg_find( names[i] ))) return WHV_E_INVALID_VP_REGISTER_NAME;
        if (FAILED(hr = check_one( vp, row, &values[i] ))) return hr;
        msrs |= is_msr( vp, row );
    }
    for (i = 0; msrs && i < count; i++)
    {
        row = reg_find( names[i] );
        if (!is_msr( vp, row )) continue;
        if (clock_takes_tsc( vp, row->where ))
        {
            /* in its turn: a deadline that follows is compared with it */
            if (FAILED(hr = batch_write( vp, &batch, 1 )) || FAILED(hr = clock_set_tsc( vp, values[i].Reg64 ))) return hr;
            continue;
        }
        batch_add( &batch, row->where, values[i].Reg64 );
        if (batch.head.nmsrs == MSR_BATCH && FAILED(hr = batch_write( vp, &batch, 1 ))) return hr;
    }
    if (batch.head.nmsrs && FAILED(hr = batch_write( vp, &batch, 1 ))) return hr;

    for (i = 0; i < count; i++)
    {
        row = reg_find( names[i] );
        if (!(msrs && is_msr( vp, row )) && FAILED(hr = set_one( vp, row, &values[i] ))) return hr;
    }
    return S_OK;
}

/* ---- reset ---- */

static UINT32 processor_signature( const struct vp *vp )
{
    UINT32 i;

    for (i = 0; vp->cpuid && i < vp->cpuid->head.nent && i < CPUID_MAX_ENTRIES; i++)
        if (vp->cpuid->entries[i].function == 1) return vp->cpuid->entries[i].eax;
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
    struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

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
    vp->dirty |= KVM_SYNC_X86_SREGS;
}

static void reset_lazy( struct vp *vp )
{
    static const UINT16 fcw = FCW_POWER_ON;
    static const UINT32 mxcsr = MXCSR_INIT, mxcsr_mask = MXCSR_MASK_SHOWN;

    /* power-on is not FNINIT: exceptions are unmasked, and all registers are valid and +0.0 */
    memset( vp->xsave, 0, vp->partition->host->xsave_size );
    memcpy( vp->xsave + FX_FCW, &fcw, sizeof(fcw) );
    vp->xsave[FX_FTW] = 0xff;
    memcpy( vp->xsave + FX_MXCSR, &mxcsr, sizeof(mxcsr) );
    memcpy( vp->xsave + FX_MXCSR_MASK, &mxcsr_mask, sizeof(mxcsr_mask) );
    store64( vp->xsave + XSAVE_XSTATE_BV, XSTATE_FP | XSTATE_SSE );

    memset( &vp->debugregs, 0, sizeof(vp->debugregs) );
    vp->debugregs.dr6 = 0xffff0ff0;
    vp->debugregs.dr7 = 0x400;

    memset( &vp->xcrs, 0, sizeof(vp->xcrs) );
    *xcr0_of( &vp->xcrs ) = XSTATE_FP;

    vp->lazy_valid |= VP_XSAVE | VP_DEBUGREGS | VP_XCRS;
    vp->lazy_dirty |= VP_XSAVE | VP_DEBUGREGS | VP_XCRS;
}

static HRESULT reset_msrs( struct vp *vp )
{
    struct msr_batch batch;
    UINT32 i;
    HRESULT hr;

    batch_init( &batch );
    for (i = 0; i < reg_table_count; i++)
    {
        if (!(reg_table[i].flags & REG_RESET) || !is_msr( vp, &reg_table[i] )) continue;
        batch_add( &batch, reg_table[i].where, reg_table[i].where == MSR_PAT ? PAT_POWER_ON : 0 );
        if (batch.head.nmsrs == MSR_BATCH && FAILED(hr = batch_write( vp, &batch, 0 ))) return hr;
    }
    return batch_write( vp, &batch, 0 );
}

HRESULT regs_reset( struct vp *vp )
{
    struct kvm_regs *regs = &vp->run->s.regs.regs;
    HRESULT hr;

    memset( regs, 0, sizeof(*regs) );
    regs->rip = 0xfff0;
    regs->rflags = 2;
    regs->rdx = processor_signature( vp );
    vp->dirty |= KVM_SYNC_X86_REGS;
    reset_sregs( vp );
    reset_lazy( vp );
    if (FAILED(hr = events_reset( vp ))) return hr;
    return reset_msrs( vp );
}
