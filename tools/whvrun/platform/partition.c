/*
 * whvrun: the partition
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

#include "host/report.h"
#include "platform/partition.h"

WHV_PARTITION_HANDLE partition;

static BOOL has_apics, apic_hidden;

/* We have no local APIC: the CPUID bit that promises one is masked out. It takes a Windows (or Wine) that has the
 * newer form of the list; without it Linux has to be told by its command line. */
static void hide_apic( void )
{
    WHV_X64_CPUID_RESULT2 result;

    memset( &result, 0, sizeof(result) );
    result.Function = 1;
    result.Mask.Edx = 1 << 9;
    apic_hidden = SUCCEEDED( WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeCpuidResultList2,
                                                      &result, sizeof(result) ));
}

static HRESULT set_apic_mode( void )
{
    WHV_PARTITION_PROPERTY property;
    HRESULT hr;

    memset( &property, 0, sizeof(property) );
    property.LocalApicEmulationMode = WHvX64LocalApicEmulationModeXApic;
    hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeLocalApicEmulationMode, &property,
                                  sizeof(property) );
    if (FAILED( hr )) report( "WHvSetPartitionProperty( LocalApicEmulationMode )", hr );
    return hr;
}

HRESULT partition_create( UINT32 processors )
{
    WHV_CAPABILITY capability;
    WHV_PARTITION_PROPERTY property;
    HRESULT hr;

    hr = WHvGetCapability( WHvCapabilityCodeHypervisorPresent, &capability, sizeof(capability), NULL );
    if (FAILED( hr ) || !capability.HypervisorPresent)
    {
        fprintf( stderr, "whvrun: there is no hypervisor; whvinfo tells more\n" );
        return FAILED( hr ) ? hr : (HRESULT)0xc0351000;
    }
    hr = WHvCreatePartition( &partition );
    if (FAILED( hr ))
    {
        report( "WHvCreatePartition", hr );
        return hr;
    }
    memset( &property, 0, sizeof(property) );
    property.ProcessorCount = max( processors, 1 );
    hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &property, sizeof(property) );
    if (FAILED( hr ))
    {
        report( "WHvSetPartitionProperty( ProcessorCount )", hr );
        return hr;
    }
    has_apics = processors != 0;
    if (!has_apics) hide_apic();
    else if (FAILED( hr = set_apic_mode() )) return hr;
    hr = WHvSetupPartition( partition );
    if (FAILED( hr )) report( "WHvSetupPartition", hr );
    return hr;
}

void partition_delete( void )
{
    if (partition) WHvDeletePartition( partition );
    partition = NULL;
}

HRESULT partition_map( void *memory, UINT64 size )
{
    HRESULT hr = WHvMapGpaRange( partition, memory, 0, size, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite |
                                                             WHvMapGpaRangeFlagExecute );

    if (FAILED( hr )) report( "WHvMapGpaRange", hr );
    return hr;
}

BOOL partition_has_apics( void )
{
    return has_apics;
}

BOOL partition_apic_hidden( void )
{
    return apic_hidden;
}

void partition_interrupt( UINT32 destination, int logical, unsigned int mode, int level, UINT8 vector )
{
    WHV_INTERRUPT_CONTROL interrupt;
    HRESULT hr;

    memset( &interrupt, 0, sizeof(interrupt) );
    interrupt.Type = mode;
    interrupt.DestinationMode = logical;
    interrupt.TriggerMode = level;
    interrupt.Destination = destination;
    interrupt.Vector = vector;
    hr = WHvRequestInterrupt( partition, &interrupt, sizeof(interrupt) );
    if (FAILED( hr )) report( "WHvRequestInterrupt", hr );
}

HRESULT partition_debug( BOOL on )
{
    WHV_PARTITION_PROPERTY property;
    HRESULT hr;

    memset( &property, 0, sizeof(property) );
    property.ExtendedVmExits.ExceptionExit = on;
    hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeExtendedVmExits, &property, sizeof(property) );
    memset( &property, 0, sizeof(property) );
    if (on) property.ExceptionExitBitmap = 1 << WHvX64ExceptionTypeDebugTrapOrFault;
    if (SUCCEEDED( hr ))
        hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeExceptionExitBitmap, &property,
                                      sizeof(property) );
    if (FAILED( hr )) report( "WHvSetPartitionProperty( ExceptionExitBitmap )", hr );
    return hr;
}
