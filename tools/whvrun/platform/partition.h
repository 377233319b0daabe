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

/*
 * What it is for: the partition, as WinHvPlatform calls a virtual machine: its properties, its memory map, interrupts
 * to its local APICs. Knows nothing of devices and guests. Functions return the platform's HRESULT and have said on
 * stderr what failed.
 */

#ifndef __WHVRUN_PLATFORM_PARTITION_H
#define __WHVRUN_PLATFORM_PARTITION_H

#include <windows.h>
#include <winhvplatform.h>

/* NULL while there is none. Written here, read by the files of this directory that call WinHvPlatform. */
extern WHV_PARTITION_HANDLE partition;

/* So many processors with local APICs in the platform; 0: one, without. There is no memory and no processor yet. */
extern HRESULT partition_create( UINT32 processors );

/* Deletes what processors there are, too. The memory that was mapped must be there until then. */
extern void partition_delete( void );

/* Memory of ours as the guest's, from address 0 on: all rights. The size is in bytes. */
extern HRESULT partition_map( void *memory, UINT64 size );

extern BOOL partition_has_apics( void );

/* TRUE when the guest's CPUID tells that there is no local APIC, as is the truth. */
extern BOOL partition_apic_hidden( void );

/* To the local APICs: destination and delivery mode as in an MSI or an I/O APIC's entry. Any thread. */
extern void partition_interrupt( UINT32 destination, int logical, unsigned int mode, int level, UINT8 vector );

/* #DB is ours, or the guest's. */
extern HRESULT partition_debug( BOOL on );

#endif /* __WHVRUN_PLATFORM_PARTITION_H */
