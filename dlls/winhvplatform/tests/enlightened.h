/*
 * Partitions with enlightenments, for tests
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
 * What it is for: tests of what a guest sees of Hyper-V: a partition with all synthetic features that the host offers,
 * and pieces of 32-bit code that use them. It knows smp.h.
 */

#ifndef __WHV_TESTS_ENLIGHTENED_H
#define __WHV_TESTS_ENLIGHTENED_H

#include "smp.h"

#ifndef ERROR_HV_INVALID_SYNIC_STATE
#define ERROR_HV_INVALID_SYNIC_STATE    ((HRESULT)0xc0350018)
#endif
#ifndef ERROR_HV_OBJECT_IN_USE
#define ERROR_HV_OBJECT_IN_USE          ((HRESULT)0xc0350019)
#endif
#ifndef ERROR_HV_CPUID_FEATURE_VALIDATION
#define ERROR_HV_CPUID_FEATURE_VALIDATION ((HRESULT)0xc035003c)
#endif

/* Pages of the guest. */
#define HYPERCALL_PAGE  0x60000
#define TSC_PAGE        0x61000
#define MESSAGE_PAGE    0x62000
#define EVENT_PAGE      0x63000
#define INPUT_PAGE      0x64000
#define RESULTS         0x65000

#define SINT            2
#define SINT_VECTOR     0x61
#define TIMER_VECTOR    0x62

#define IMM32( value )  (value) & 0xff, (value) >> 8 & 0xff, (value) >> 16 & 0xff, (UINT32)(value) >> 24
#define ASM_WRMSR( msr, low ) 0xb9, IMM32( msr ), 0xb8, IMM32( low ), 0x31, 0xd2, 0x0f, 0x30   /* edx = 0 */
#define ASM_RDMSR( msr, to )  0xb9, IMM32( msr ), 0x0f, 0x32, 0xa3, IMM32( to ), 0x89, 0x15, IMM32( (to) + 4 )
#define ASM_RDTSC( to )       0x0f, 0x31, 0xa3, IMM32( to ), 0x89, 0x15, IMM32( (to) + 4 )
/* Hypercall: control in edx:eax, input (or where it is) in ebx:ecx and edi:esi; the result's low half to memory. */
#define ASM_HYPERCALL( code, first, second, to ) \
    0x31, 0xd2, 0xb8, IMM32( code ), 0x31, 0xdb, 0xb9, IMM32( first ), 0x31, 0xff, 0xbe, IMM32( second ), \
    0xbd, IMM32( HYPERCALL_PAGE ), 0xff, 0xd5, 0xa3, IMM32( to )

static WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS offered;

static inline void get_offered( void )
{
    HRESULT hr;

    memset( &offered, 0, sizeof(offered) );
    hr = WHvGetCapability( WHvCapabilityCodeSyntheticProcessorFeaturesBanks, &offered, sizeof(offered), NULL );
    ok( hr == S_OK && offered.BanksCount == 1, "capability: %#lx, %u banks\n", hr, offered.BanksCount );
}

static inline HRESULT set_banks( struct vm *vm )
{
    return WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, &offered,
                                    sizeof(offered) );
}

static inline UINT64 result( const struct smp *smp, UINT32 i )
{
    return *(UINT64 *)(smp->vm.ram + RESULTS + i * 8);
}

/* exits: of ExtendedVmExits. FALSE, and a skip, if there is nothing of it here. */
static inline BOOL create_enlightened( struct smp *smp, UINT64 exits, const BYTE *code, UINT32 size )
{
    struct vm_config config = { .vps = 2, .extended_exits = exits, .apic_mode = WHvX64LocalApicEmulationModeXApic,
                                .prepare = set_banks };

    if (!offered.AsUINT64[0])
    {
        skip( "no synthetic processor features\n" );
        return FALSE;
    }
    if (!smp_create_config( smp, &config )) return FALSE;
    smp_load( smp, 0, code, size );
    return TRUE;
}

static inline BOOL create( struct smp *smp, const BYTE *code, UINT32 size )
{
    return create_enlightened( smp, 0, code, size );
}

#endif /* __WHV_TESTS_ENLIGHTENED_H */
