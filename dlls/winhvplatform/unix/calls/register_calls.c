/*
 * Unix calls: registers
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

#include "calls/caller.h"
#include "calls/calls.h"
#include "host/bytes.h"
#include "host/kvm.h"
#include "registers/registers_x86.h"
#include "registers/table_x86.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

static UINT32 chunk_size( UINT32 count, UINT32 done )
{
    return count - done < REGS_MAX ? count - done : REGS_MAX;
}

/* Any registers. Values behind a register that is refused are left as they are. */
static HRESULT get_registers( const struct vp_registers_params *params )
{
    WHV_REGISTER_VALUE values[REGS_MAX];
    WHV_REGISTER_NAME names[REGS_MAX];
    UINT32 done, count;
    struct vp *vp;
    HRESULT hr;

    for (done = 0; done < params->count; done += count)
    {
        count = chunk_size( params->count, done );
        memcpy( names, params->names + done, count * sizeof(*names) );
        if (!(vp = partition_try_vp( params->partition, params->index )) &&
        FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
        hr = regs_get( vp, names, count, values );
        vp_unlock( vp );
        if (FAILED(hr)) return hr;
        /* the caller's array may be misaligned */
        memcpy( (void *)(params->values + done), values, count * sizeof(*values) );
    }
    return S_OK;
}

/* General registers, RIP and RFLAGS alone, which clients ask for or set at each exit, go a straight way, two at a time,
 * for half of such a loop is counting. */
#define MAX_GPRS 32

/* Read once: the caller may change it meanwhile, and what was checked must be what is used. It may be misaligned. */
static inline UINT32 read_name( const WHV_REGISTER_NAME *from )
{
    typedef UINT32 __attribute__((may_alias, aligned( 1 ))) word;

    return *(const volatile word *)from;
}

/* A name of the caller's. FALSE: of another kind. */
static inline BOOL take_name( UINT8 *to, const WHV_REGISTER_NAME *from )
{
    UINT32 name = read_name( from );

    *to = name;
    return reg_is_gpr( name );
}

static inline void give_gpr( WHV_REGISTER_VALUE *to, const struct kvm_regs *regs, UINT32 name )
{
    typedef UINT64 pair __attribute__((vector_size(16)));
    pair value = { regs_at( regs, reg_place( name ) ), 0 };

    /* the caller's array may be misaligned */
    memcpy( (void *)to, &value, sizeof(value) );
}

/* WHvGetVirtualProcessorRegisters */
NTSTATUS vp_get_registers_call( void *args )
{
    struct vp_registers_params *params = args;
    const WHV_REGISTER_NAME *from = params->names;
    WHV_REGISTER_VALUE *to = params->values;
    UINT8 names[MAX_GPRS], *name, *end;
    UINT32 count = params->count;
    struct kvm_regs regs;
    struct vp *vp;
    HRESULT hr;

    if (!count) return check_vp( params->partition, params->index );
    if (!from || !to) return partition_refuse( params->partition, E_POINTER );
    if (count > MAX_GPRS) return get_registers( params );
    name = names;
    end = names + count;
    if ((count & 1) && !take_name( name++, from++ )) return get_registers( params );
    for (; name < end; name += 2, from += 2)
        if (!take_name( name, from ) || !take_name( name + 1, from + 1 )) return get_registers( params );

    if (!(vp = partition_try_vp( params->partition, params->index )) &&
        FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    regs = *view_regs( vp );
    vp_unlock( vp );

    name = names;
    if (count & 1) give_gpr( to++, &regs, *name++ );
    for (; name < end; name += 2, to += 2)
    {
        give_gpr( to, &regs, name[0] );
        give_gpr( to + 1, &regs, name[1] );
    }
    return S_OK;
}

/* func: regs_set, or regs_check for a pass before it. */
static HRESULT set_registers( const struct vp_registers_params *params,
                              HRESULT (*func)( struct vp *vp, const WHV_REGISTER_NAME *names, UINT32 count,
                                               const WHV_REGISTER_VALUE *values ))
{
    WHV_REGISTER_VALUE values[REGS_MAX];
    WHV_REGISTER_NAME names[REGS_MAX];
    UINT32 done, count;
    struct vp *vp;
    HRESULT hr;

    for (done = 0; done < params->count; done += count)
    {
        count = chunk_size( params->count, done );
        memcpy( names, params->names + done, count * sizeof(*names) );
        memcpy( values, (const void *)(params->values + done), count * sizeof(*values) );
        if (!(vp = partition_try_vp( params->partition, params->index )) &&
        FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
        hr = func( vp, names, count, values );
        vp_unlock( vp );
        if (FAILED(hr)) return hr;
    }
    return S_OK;
}

static __attribute__((noinline)) HRESULT set_any( const struct vp_registers_params *params )
{
    HRESULT hr;

    /* regs_set checks all of its own before it changes one */
    if (params->count > REGS_MAX && FAILED(hr = set_registers( params, regs_check ))) return hr;
    return set_registers( params, regs_set );
}

/* A register of the caller's, noted in places. FALSE: of another kind. */
static inline BOOL take_gpr( struct kvm_regs *regs, UINT32 *places, const WHV_REGISTER_NAME *from,
                             const WHV_REGISTER_VALUE *value )
{
    UINT32 name = read_name( from ), place;

    if (!reg_is_gpr( name )) return 0;
    place = reg_place( name );
    (&regs->rax)[place] = load64( (const UINT8 *)value );
    *places |= 1u << place;
    return 1;
}

/* RIP alone: many exits need no more. */
static __attribute__((noinline)) NTSTATUS set_rip( WHV_PARTITION_HANDLE partition, UINT32 index, UINT64 value )
{
    struct vp *vp;
    HRESULT hr;

    if (!(vp = partition_try_vp( partition, index )) && FAILED(hr = partition_lock_vp( partition, index, &vp )))
        return hr;
    view_set_reg( vp, REGS_RIP, value );
    vp_unlock( vp );
    return S_OK;
}

/* RIP and what was loaded. */
static __attribute__((noinline)) NTSTATUS set_two( const struct vp_registers_params *params, UINT32 first,
                                                   UINT32 second )
{
    UINT64 value = load64( (const UINT8 *)params->values ), other = load64( (const UINT8 *)(params->values + 1) );
    struct vp *vp;
    HRESULT hr;

    if (!(vp = partition_try_vp( params->partition, params->index )) &&
        FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    view_set_reg( vp, reg_place( first ), value );
    view_set_reg( vp, reg_place( second ), other );
    vp_unlock( vp );
    return S_OK;
}

static __attribute__((noinline)) NTSTATUS set_gprs( const struct vp_registers_params *params )
{
    const WHV_REGISTER_NAME *from = params->names, *end;
    const WHV_REGISTER_VALUE *value = params->values;
    UINT32 count = params->count, places = 0;
    struct kvm_regs regs;
    struct vp *vp;
    HRESULT hr;

    for (end = from + (count & ~1u); from < end; from += 2, value += 2)
        if (!take_gpr( &regs, &places, from, value ) || !take_gpr( &regs, &places, from + 1, value + 1 ))
            return set_any( params );
    if ((count & 1) && !take_gpr( &regs, &places, from, value )) return set_any( params );

    if (!(vp = partition_try_vp( params->partition, params->index )) &&
        FAILED(hr = partition_lock_vp( params->partition, params->index, &vp ))) return hr;
    regs_set_gprs( vp, &regs, places );
    vp_unlock( vp );
    return S_OK;
}

/* WHvSetVirtualProcessorRegisters: all or none, but that MSRs stay set that come before one that KVM refuses. */
NTSTATUS vp_set_registers_call( void *args )
{
    struct vp_registers_params *params = args;
    UINT32 first, second;

    if (!params->count) return check_vp( params->partition, params->index );
    if (!params->names || !params->values) return partition_refuse( params->partition, E_POINTER );
    if (params->count > 2) return params->count > MAX_GPRS ? set_any( params ) : set_gprs( params );
    if (!reg_is_gpr( (first = read_name( params->names )) )) return set_any( params );
    if (params->count == 1)
    {
        if (first != WHvX64RegisterRip) return set_gprs( params );
        return set_rip( params->partition, params->index, load64( (const UINT8 *)params->values ) );
    }
    if (!reg_is_gpr( (second = read_name( params->names + 1 )) )) return set_any( params );
    return set_two( params, first, second );
}
