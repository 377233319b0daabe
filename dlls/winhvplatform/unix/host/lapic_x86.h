/*
 * The local APIC's page of registers
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
 * Where the registers of a local APIC stand in its page, as KVM_GET_LAPIC gives it (SDM 3, table 11-1), and how they
 * are read. Knows nothing else; is known by the APIC's rooms, the clocks, and the table of registers.
 */

#ifndef __WHV_UNIX_HOST_LAPIC_X86_H
#define __WHV_UNIX_HOST_LAPIC_X86_H

#include <string.h>

#include "winhvplatformdefs.h"

enum lapic_register
{
    LAPIC_ID            = 0x020,
    LAPIC_VERSION       = 0x030,
    LAPIC_TPR           = 0x080,
    LAPIC_PPR           = 0x0a0,
    LAPIC_LDR           = 0x0d0,
    LAPIC_DFR           = 0x0e0,
    LAPIC_SVR           = 0x0f0,
    LAPIC_ISR           = 0x100,        /* 8 words, 16 bytes apart; TMR and IRR likewise */
    LAPIC_TMR           = 0x180,
    LAPIC_IRR           = 0x200,
    LAPIC_ICR           = 0x300,
    LAPIC_ICR_HIGH      = 0x310,
    LAPIC_LVT_TIMER     = 0x320,
    LAPIC_LVT_LINT0     = 0x350,
    LAPIC_LVT_LINT1     = 0x360,
    LAPIC_LVT_ERROR     = 0x370,
    LAPIC_INITIAL_COUNT = 0x380,
    LAPIC_CURRENT_COUNT = 0x390,
    LAPIC_DIVIDE        = 0x3e0,
};

#define LVT_MASKED          (1u << 16)
#define LVT_TIMER_MODE      (3u << 17)
#define LVT_TIMER_PERIODIC  (1u << 17)
#define LVT_TIMER_DEADLINE  (2u << 17)

static inline UINT32 lapic_read( const void *page, UINT32 offset )
{
    UINT32 value;

    memcpy( &value, (const UINT8 *)page + offset, sizeof(value) );
    return value;
}

static inline void lapic_write( void *page, UINT32 offset, UINT32 value )
{
    memcpy( (UINT8 *)page + offset, &value, sizeof(value) );
}

/* Of ISR, TMR and IRR. */
static inline BOOL lapic_has_vector( const void *page, UINT32 offset, UINT8 vector )
{
    return lapic_read( page, offset + vector / 32 * 16 ) >> vector % 32 & 1;
}

#endif /* __WHV_UNIX_HOST_LAPIC_X86_H */
