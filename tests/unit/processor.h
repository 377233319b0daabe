/*
 * Processors as KVM reports them, and the CPUID of a guest on them
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
 * What it is for: tests of the CPUID tables. Two hosts, a partition's properties with all that such a host has, and the
 * table of a vp. It knows cpuid_x86.h and features_x86.h, and the insides of struct host and of the properties.
 */

#ifndef __WHV_TESTS_PROCESSOR_H
#define __WHV_TESTS_PROCESSOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/host.h"
#include "host/kvm.h"
#include "vm/property.h"

struct processor
{
    struct cpuid_table leaves;          /* the host's */
    struct host        host;
    struct properties  props;           /* what the test changes, processor_build sees */
    struct cpuid_table table;
};

extern struct processor processor;
extern const struct kvm_cpuid_entry2 processor_intel[27];       /* leaves of that host */

/* cmocka's: an Intel server, an AMD server; one processor in the partition. */
extern int processor_setup_intel( void **state );
extern int processor_setup_amd( void **state );

/* Makes the table of the vp at index, and looks at its order. */
extern void processor_build( UINT32 index );
/* What CPUID gives with this table. */
extern WHV_CPUID_OUTPUT processor_lookup( UINT32 eax, UINT32 ecx );
extern void assert_output( WHV_CPUID_OUTPUT out, UINT32 eax, UINT32 ebx, UINT32 ecx, UINT32 edx );

#endif /* __WHV_TESTS_PROCESSOR_H */
