/*
 * SynIC: messages, events and timers of Hyper-V
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

#include <errno.h>
#include <string.h>

#include "host/bytes.h"
#include "host/errors.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "irq/apic_x86.h"
#include "irq/synic_x86.h"
#include "memory/gpa_access.h"
#include "vm/hyperv_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define SYNIC_ENABLE        1ull
#define PAGE_MASK           (~(UINT64)(SYNIC_PAGE_SIZE - 1))

/* SINT */
#define SINT_POLLING        0x40000

/* a slot of the message page, and 2048 flags of a sint */
#define SLOT_SIZE           WHV_SYNIC_MESSAGE_SIZE
#define MESSAGE_FLAGS       5           /* offset */
#define MESSAGE_PENDING     1
#define FLAGS_OF_SINT       2048

/* one of WHvVirtualProcessorStateTypeSynicTimerState */
#define TIMER_SIZE          40
#define TIMER_UNDELIVERED   0
#define TIMER_CONFIG        8
#define TIMER_COUNT         16
#define TIMER_EXPIRATION    32

/* its configuration */
#define TIMER_ENABLE        1ull
#define TIMER_PERIODIC      2ull
#define TIMER_DIRECT        0x1000ull

static HRESULT read_msrs( struct vp *vp, struct msr_list *msrs )
{
    int ret = msr_list_read( vp->fd, msrs );

    return ret == -EIO ? ERROR_HV_INVALID_SYNIC_STATE : ret < 0 ? hresult_from_errno( ret ) : S_OK;
}

/* Where a page of the vp is: 0 if the guest has not turned it on. */
static HRESULT find_page( struct vp *vp, UINT32 msr, UINT64 *gpa )
{
    struct msr_list msrs;
    HRESULT hr;

    if (!hyperv_has_synic( &vp->partition->props )) return ERROR_HV_INVALID_SYNIC_STATE;
    msr_list_init( &msrs );
    msr_list_add( &msrs, msr, 0 );
    if (FAILED(hr = read_msrs( vp, &msrs ))) return hr;
    *gpa = msrs.entries[0].data & SYNIC_ENABLE ? msrs.entries[0].data & PAGE_MASK : 0;
    return msrs.entries[0].data & SYNIC_ENABLE ? S_OK : S_FALSE;
}

static BOOL is_on( struct vp *vp )
{
    UINT64 control;

    return msr_read( vp->fd, MSR_SCONTROL, &control ) >= 0 && (control & SYNIC_ENABLE);
}

/* Can a sint take something, and where does it go? */
static HRESULT find_target( struct vp *vp, UINT32 sint, UINT32 msr, UINT64 *gpa, UINT64 *config )
{
    struct msr_list msrs;
    HRESULT hr;

    if (FAILED(hr = find_page( vp, msr, gpa ))) return hr;
    if (hr != S_OK) return ERROR_HV_INVALID_SYNIC_STATE;
    msr_list_init( &msrs );
    msr_list_add( &msrs, MSR_SCONTROL, 0 );
    msr_list_add( &msrs, MSR_SINT0 + sint, 0 );
    if (FAILED(hr = read_msrs( vp, &msrs ))) return hr;
    *config = msrs.entries[1].data;
    if (!(msrs.entries[0].data & SYNIC_ENABLE)) return ERROR_HV_INVALID_SYNIC_STATE;
    return (*config & SINT_MASKED) && !(*config & SINT_POLLING) ? ERROR_HV_INVALID_SYNIC_STATE : S_OK;
}

static HRESULT raise_sint( struct vp *vp, UINT64 config )
{
    if (config & (SINT_MASKED | SINT_POLLING)) return S_OK;
    return apic_raise( vp, (UINT8)config );
}

/* The guest is to say when it has taken the message out of its slot. */
static void mark_slot( struct vp *vp, UINT64 gpa, const UINT8 *slot )
{
    UINT8 flags = slot[MESSAGE_FLAGS] | MESSAGE_PENDING;

    gpa_write( &vp->partition->gpa, gpa + MESSAGE_FLAGS, &flags, sizeof(flags) );
}

HRESULT synic_post( struct vp *vp, UINT32 sint, const void *message, UINT32 size )
{
    UINT8 slot[SLOT_SIZE] = { 0 };
    UINT64 gpa, config;
    UINT32 type;
    HRESULT hr;

    if (sint >= SINTS || !size || size > SLOT_SIZE) return E_INVALIDARG;
    if (FAILED(hr = find_target( vp, sint, MSR_SIMP, &gpa, &config ))) return hr;
    gpa += sint * SLOT_SIZE;
    if (FAILED(gpa_read( &vp->partition->gpa, gpa, slot, sizeof(slot) ))) return ERROR_HV_INVALID_SYNIC_STATE;
    memcpy( &type, slot, sizeof(type) );
    if (type)
    {
        mark_slot( vp, gpa, slot );
        return ERROR_HV_OBJECT_IN_USE;
    }
    memset( slot, 0, sizeof(slot) );
    memcpy( slot, message, size );
    /* the type last: another vp of the guest may look at the slot */
    if (FAILED(gpa_write( &vp->partition->gpa, gpa + sizeof(type), slot + sizeof(type),
                          sizeof(slot) - sizeof(type) )) ||
        FAILED(gpa_write( &vp->partition->gpa, gpa, slot, sizeof(type) ))) return ERROR_HV_INVALID_SYNIC_STATE;
    return raise_sint( vp, config );
}

/* With an occupied slot marked: whoever empties it between the two looks has not seen the mark. */
static BOOL is_free( struct vp *vp, UINT64 gpa )
{
    UINT8 slot[MESSAGE_FLAGS + 1];
    UINT32 type, look;

    for (look = 0; look < 2; look++)
    {
        if (FAILED(gpa_read( &vp->partition->gpa, gpa, slot, sizeof(slot) ))) return 0;
        memcpy( &type, slot, sizeof(type) );
        if (!type) return 1;
        if (!look) mark_slot( vp, gpa, slot );
    }
    return 0;
}

UINT16 synic_deliverable( struct vp *vp, UINT16 sints )
{
    UINT16 ready = 0;
    UINT32 i, left;
    UINT64 gpa;

    if (find_page( vp, MSR_SIMP, &gpa ) != S_OK || !is_on( vp )) return 0;
    for (left = sints; left; left &= left - 1)
    {
        i = __builtin_ctz( left );
        if (is_free( vp, gpa + i * SLOT_SIZE )) ready |= 1u << i;
    }
    return ready;
}

BOOL synic_is_flag( UINT32 sint, UINT32 flag )
{
    return sint < SINTS && flag < FLAGS_OF_SINT;
}

HRESULT synic_signal( struct vp *vp, UINT32 sint, UINT32 flag, BOOL *newly )
{
    UINT64 gpa, config, flags, bit = 1ull << flag % 64;
    HRESULT hr;

    if (!synic_is_flag( sint, flag )) return E_INVALIDARG;
    if (FAILED(hr = find_target( vp, sint, MSR_SIEFP, &gpa, &config ))) return hr;
    gpa += sint * (FLAGS_OF_SINT / 8) + flag / 64 * sizeof(flags);
    do
    {
        /* the guest's other vps may clear flags meanwhile */
        if (FAILED(gpa_read( &vp->partition->gpa, gpa, &flags, sizeof(flags) ))) return ERROR_HV_INVALID_SYNIC_STATE;
        if ((*newly = !(flags & bit)))
            hr = gpa_compare_exchange( &vp->partition->gpa, gpa, sizeof(flags), flags, flags | bit );
        else hr = S_OK;
    }
    while (hr == S_FALSE);
    if (FAILED(hr)) return ERROR_HV_INVALID_SYNIC_STATE;
    return *newly ? raise_sint( vp, config ) : S_OK;
}

/* ---- state ---- */

BOOL synic_is_state( UINT64 type, UINT32 *size )
{
    switch (type)
    {
    case WHvVirtualProcessorStateTypeSynicMessagePage:
    case WHvVirtualProcessorStateTypeSynicEventFlagPage:
        *size = SYNIC_PAGE_SIZE;
        return 1;
    case WHvVirtualProcessorStateTypeSynicTimerState:
        *size = SYNIC_TIMERS_SIZE;
        return 1;
    }
    return 0;
}

static UINT32 page_msr( UINT32 type )
{
    return type == WHvVirtualProcessorStateTypeSynicMessagePage ? MSR_SIMP : MSR_SIEFP;
}

static BOOL is_one_shot( UINT64 config )
{
    return !(config & (TIMER_PERIODIC | TIMER_DIRECT));
}

/* KVM does not tell that a timer's message waits for its slot. A one-shot one's is what has expired and is still on:
 * KVM turns it off as it posts the message, Windows as it expires. */
static HRESULT get_timers( struct vp *vp, UINT8 *data )
{
    struct msr_list msrs;
    UINT64 now, config, count;
    HRESULT hr;
    UINT32 i;

    memset( data, 0, SYNIC_TIMERS_SIZE );
    msr_list_init( &msrs );
    for (i = 0; i < 2 * STIMERS; i++) msr_list_add( &msrs, MSR_STIMER0_CONFIG + i, 0 );
    msr_list_add( &msrs, MSR_TIME_REF_COUNT, 0 );
    if (FAILED(hr = read_msrs( vp, &msrs ))) return hr;
    now = vp->partition->time_running ? msrs.entries[2 * STIMERS].data : vp->partition->props.reference_time;
    for (i = 0; i < STIMERS; i++, data += TIMER_SIZE)
    {
        config = msrs.entries[2 * i].data;
        count = msrs.entries[2 * i + 1].data;
        if ((config & TIMER_ENABLE) && is_one_shot( config ) && count <= now)
        {
            config &= ~TIMER_ENABLE;
            store32( data + TIMER_UNDELIVERED, 1 );
            store64( data + TIMER_EXPIRATION, count );
        }
        store64( data + TIMER_CONFIG, config );
        store64( data + TIMER_COUNT, count );
    }
    return S_OK;
}

/* ... and so a message that has waited is one that KVM makes at once. */
static HRESULT set_timers( struct vp *vp, const UINT8 *data )
{
    struct msr_list msrs;
    UINT64 config, count;
    UINT32 i;
    int ret;

    msr_list_init( &msrs );
    for (i = 0; i < STIMERS; i++, data += TIMER_SIZE)
    {
        config = load64( data + TIMER_CONFIG );
        count = load64( data + TIMER_COUNT );
        if ((load32( data + TIMER_UNDELIVERED ) & 1) && is_one_shot( config ) && !(config & TIMER_ENABLE))
        {
            config |= TIMER_ENABLE;
            count = load64( data + TIMER_EXPIRATION );
        }
        /* the count first: by itself it may start or stop the timer */
        msr_list_add( &msrs, MSR_STIMER0_COUNT + 2 * i, count );
        msr_list_add( &msrs, MSR_STIMER0_CONFIG + 2 * i, config );
    }
    ret = msr_list_write( vp->fd, &msrs );
    return ret == -EIO ? ERROR_HV_INVALID_REGISTER_VALUE : ret < 0 ? hresult_from_errno( ret ) : S_OK;
}

HRESULT synic_get_state( struct vp *vp, UINT32 type, void *data )
{
    UINT64 gpa;
    HRESULT hr;

    if (!hyperv_has_synic( &vp->partition->props )) return ERROR_HV_INVALID_SYNIC_STATE;
    if (type == WHvVirtualProcessorStateTypeSynicTimerState) return get_timers( vp, data );
    memset( data, 0, SYNIC_PAGE_SIZE );
    if ((hr = find_page( vp, page_msr( type ), &gpa )) != S_OK) return FAILED(hr) ? hr : S_OK;
    return FAILED(gpa_read( &vp->partition->gpa, gpa, data, SYNIC_PAGE_SIZE )) ? ERROR_HV_INVALID_SYNIC_STATE : S_OK;
}

HRESULT synic_set_state( struct vp *vp, UINT32 type, const void *data )
{
    const UINT8 *bytes = data;
    UINT64 gpa;
    HRESULT hr;

    if (!hyperv_has_synic( &vp->partition->props )) return ERROR_HV_INVALID_SYNIC_STATE;
    if (type == WHvVirtualProcessorStateTypeSynicTimerState) return set_timers( vp, data );
    if (FAILED(hr = find_page( vp, page_msr( type ), &gpa ))) return hr;
    if (hr != S_OK)
        return bytes[0] || memcmp( bytes, bytes + 1, SYNIC_PAGE_SIZE - 1 ) ? ERROR_HV_INVALID_SYNIC_STATE : S_OK;
    return FAILED(gpa_write( &vp->partition->gpa, gpa, data, SYNIC_PAGE_SIZE )) ? ERROR_HV_INVALID_SYNIC_STATE : S_OK;
}
