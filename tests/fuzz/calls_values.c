/*
 * Fuzz target: calls with registers, properties, states and other values
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

#include <stdlib.h>

#include "calls_model.h"
#include "unixlib.h"
#include "wine/unixlib.h"

/* ---- registers ---- */

static UINT32 any_register( void )
{
    static const UINT32 groups[] = { 0, 0, 0, 0x1000, 0x2000, 0x3000, 0x80000000, 0x5000 };
    UINT8 how = fuzz_u8( calls.input );

    if (how & 0x80) return how & 15;
    return how == 0x7f ? fuzz_u32( calls.input ) : groups[how & 7] + fuzz_u8( calls.input );
}

void calls_registers( BOOL set )
{
    struct vp_registers_params params = { any_handle(), NULL, NULL, any_index(), fuzz_u8( calls.input ) % 24 };
    WHV_REGISTER_NAME *names = malloc( params.count * sizeof(*names) + 1 );
    WHV_REGISTER_VALUE *values = malloc( params.count * sizeof(*values) + 1 );
    UINT8 how = fuzz_u8( calls.input );
    NTSTATUS ret;
    UINT32 i;

    if (!names || !values) fuzz_fail( "no memory" );
    for (i = 0; i < params.count; i++)
    {
        names[i] = any_register();
        memset( &values[i], 0, sizeof(values[i]) );
        if (!set) continue;
        values[i].Reg128.Low64 = fuzz_edge( calls.input );
        if (names[i] > 15) values[i].Reg128.High64 = fuzz_edge( calls.input );
    }
    params.names = how == 0xff ? NULL : names;
    params.values = how == 0xfe ? NULL : values;
    ret = call( set ? unix_vp_set_registers : unix_vp_get_registers, &params );
    if (ret == S_OK && params.count)
        FUZZ_CHECK( has_vp( params.index ) && params.names && params.values, "registers of vp %u", params.index );
    for (i = 0; i < params.count && has_vp( params.index ); i++)
    {
        UINT32 name = names[i];

        if (name > 15) continue;
        /* of a call that failed nobody knows how far it came */
        if (set) calls.model->gpr_known[params.index][name] = ret == S_OK;
        if (ret != S_OK) continue;
        if (!set && calls.model->gpr_known[params.index][name])
            FUZZ_CHECK( values[i].Reg64 == calls.model->gpr[params.index][name],
                        "register %u of vp %u is %llx, not %llx", name, params.index,
                        (unsigned long long)values[i].Reg64, (unsigned long long)calls.model->gpr[params.index][name] );
        calls.model->gpr[params.index][name] = values[i].Reg64;
        calls.model->gpr_known[params.index][name] = 1;
    }
    free( names );
    free( values );
}

/* ---- values of a size of their own ---- */

void calls_get_value( void )
{
    static const enum unix_call numbers[] = { unix_get_capability, unix_partition_get_property,
                                              unix_partition_get_counters };
    enum unix_call number = numbers[fuzz_u8( calls.input ) % 3];
    UINT32 written = 0, again;
    struct partition_get_params params = { any_handle(), any_code(), fuzz_u8( calls.input ), NULL, NULL };
    struct get_capability_params capability;
    NTSTATUS ret;

    if (params.code >= 0x80000000 && number == unix_partition_get_counters) params.code &= 1;
    for (again = 0; again < 2; again++)
    {
        if (again) params.size = written;
        params.buffer = any_buffer( params.size );
        params.written = fuzz_u8( calls.input ) == 0xff ? NULL : &written;
        capability.code = params.code;
        capability.size = params.size;
        capability.buffer = params.buffer;
        capability.written = params.written;
        ret = call( number, number == unix_get_capability ? (void *)&capability : (void *)&params );
        free( params.buffer );
        if (ret == S_OK)
            FUZZ_CHECK( !params.written || written <= params.size, "%u bytes were written into %u", written,
                        params.size );
        if (ret == WHV_E_INSUFFICIENT_BUFFER)
        {
            FUZZ_CHECK( !params.written || written > params.size, "%u bytes are not enough for %u", params.size,
                        written );
            FUZZ_CHECK( !again || !params.written, "%u bytes had been asked for", params.size );
        }
        if (ret != WHV_E_INSUFFICIENT_BUFFER || !params.written) break;
    }
}

void calls_set_property( void )
{
    UINT32 size = fuzz_u8( calls.input );
    struct partition_set_params params = { any_handle(), any_code(),
                                           size & 0x80 ? fuzz_u16( calls.input ) : size & 0x40 ? 4 : 8, NULL };
    struct partition_get_params get;
    UINT64 value = 0, back = 0;
    UINT32 written = 0;

    params.buffer = any_buffer( params.size );
    /* threads and memory: enough is enough */
    if (params.code == WHvPartitionPropertyCodeProcessorCount && params.buffer && params.size >= 4)
        *(UINT32 *)params.buffer %= VPS + 2;
    if (call( unix_partition_set_property, &params ) == S_OK)
    {
        /* a list may be empty */
        FUZZ_CHECK( is_alive() && (params.buffer || !params.size), "a property of nothing" );
        if (params.buffer) memcpy( &value, params.buffer, params.size < 8 ? params.size : 8 );
        get.partition = params.partition;
        get.code = params.code;
        get.size = sizeof(back);
        get.buffer = &back;
        get.written = &written;
        /* of larger than 8 bytes there is no get; oversized buffers are taken */
        if (call( unix_partition_get_property, &get ) == S_OK && written <= params.size)
            /* any BOOL but FALSE is TRUE */
            FUZZ_CHECK( !memcmp( &back, &value, written ) || (back == TRUE && (UINT32)value),
                        "property %x is %llx, not %llx", params.code, (unsigned long long)back,
                        (unsigned long long)value );
    }
    free( (void *)params.buffer );
}

void calls_use_state( void )
{
    static const enum unix_call numbers[] = { unix_vp_get_state, unix_vp_set_state, unix_vp_get_counters };
    UINT32 which = fuzz_u8( calls.input ) % 3, written = 0, size = fuzz_u16( calls.input ) % 9000;
    struct vp_state_params params = { any_handle(), NULL, NULL, any_index(), any_code(), size };
    NTSTATUS ret;

    if (fuzz_u8( calls.input ) == 0xff) params.type = UNIX_STATE_APIC_LEGACY;
    params.buffer = any_buffer( size );
    params.written = &written;
    ret = call( numbers[which], &params );
    if (ret == S_OK && which != 1) FUZZ_CHECK( written <= size, "%u bytes of state in %u", written, size );
    /* what was got can be set */
    if (ret == S_OK && !which)
    {
        params.size = written;
        call( unix_vp_set_state, &params );
        memset( calls.model->gpr_known[params.index % VPS], 0, sizeof(calls.model->gpr_known[0]) );
    }
    if (which == 1 && has_vp( params.index ))
        memset( calls.model->gpr_known[params.index], 0, sizeof(calls.model->gpr_known[0]) );
    free( params.buffer );
}

/* Nothing is there, whatever is asked for. */
static void use_devices( UINT8 how )
{
    struct migration_params migration = { any_handle(), how & 0x80 ? NULL : &migration.partition, how >> 3 & 7 };
    struct vpci_params vpci = { migration.partition, 1, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0 };
    struct { UINT32 vector, flags, count, processors[VPS]; } target;
    UINT8 output[512];
    UINT32 written;

    FUZZ_CHECK( call( unix_migration, &migration ) < 0, "a partition is on its way" );
    memset( &target, 0, sizeof(target) );
    fuzz_bytes( calls.input, &target, sizeof(target) );
    /* what is read of it is as many as there are vps */
    target.count &= 7;
    vpci.function = how >> 3 & 15;
    vpci.input = how & 0x80 ? NULL : vpci.function == VPCI_ALLOCATE_RESOURCE ? (void *)output : (void *)&target;
    vpci.output = vpci.output2 = fuzz_u8( calls.input ) & 1 ? NULL : output;
    vpci.written = how & 0x40 ? NULL : &written;
    vpci.address = fuzz_edge( calls.input );
    vpci.code = any_code();
    vpci.count = fuzz_u8( calls.input );
    vpci.size = fuzz_u32( calls.input );
    FUZZ_CHECK( call( unix_vpci, &vpci ) < 0, "there is a device" );
}

void calls_others( void )
{
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 gpa;
    struct translate_gva_params translate = { any_handle(), any_address(), &result, &gpa, any_index(),
                                              fuzz_u16( calls.input ) };
    struct partition_time_params time = { translate.partition, fuzz_u8( calls.input ) };
    struct vp_get_cpuid_params cpuid = { translate.partition, NULL, translate.index, 0, 0 };
    struct request_interrupt_params interrupt = { translate.partition, NULL, 0 };
    struct get_interrupt_targets_params targets = { translate.partition, 0, NULL, NULL, 0, 0 };
    struct gpa_advise_params advise = { translate.partition, NULL, 0, 0, NULL, 0 };
    struct get_reason_params reason;
    struct attach_params attach = { WHV_UNIX_VERSION, sizeof(attach) + 8, NULL };
    WHV_CPUID_OUTPUT output;
    UINT32 target_count = 0;
    UINT8 how = fuzz_u8( calls.input );

    switch (how & 7)
    {
    case 0:
        if (how & 0x80) translate.result = NULL;
        if (how & 0x40) translate.gpa = NULL;
        call( unix_translate_gva, &translate );
        break;
    case 1:
        call( unix_partition_set_time, &time );
        break;
    case 2:
        cpuid.output = how & 0x80 ? NULL : &output;
        cpuid.eax = how & 0x20 ? 0x80000000 : how & 0x10 ? 0x40000000 : 0;
        if (how & 0x40) cpuid.eax = fuzz_u32( calls.input );
        else cpuid.eax += fuzz_u8( calls.input ) % 0x20;
        cpuid.ecx = fuzz_u8( calls.input );
        call( unix_vp_get_cpuid, &cpuid );
        break;
    case 3:
        interrupt.size = how & 0x80 ? fuzz_u8( calls.input ) : sizeof(*interrupt.interrupt);
        interrupt.interrupt = any_buffer( interrupt.size );
        call( unix_request_interrupt, &interrupt );
        free( (void *)interrupt.interrupt );
        break;
    case 4:
        targets.destination = fuzz_edge( calls.input );
        targets.mode = fuzz_u8( calls.input ) & 3;
        targets.count = fuzz_u8( calls.input ) & 15;
        targets.targets = any_buffer( targets.count * sizeof(UINT32) );
        targets.target_count = how & 0x80 ? NULL : &target_count;
        if (call( unix_get_interrupt_targets, &targets ) == S_OK)
            FUZZ_CHECK( target_count <= targets.count, "%u targets in %u", target_count, targets.count );
        free( targets.targets );
        break;
    case 5:
        advise.count = fuzz_u8( calls.input ) & 7;
        advise.ranges = any_buffer( advise.count * sizeof(*advise.ranges) );
        advise.advice = fuzz_u8( calls.input ) & 3;
        advise.size = how & 0x80 ? fuzz_u8( calls.input ) : how & 0x40 ? 0 : sizeof(WHV_ADVISE_GPA_RANGE_POPULATE);
        advise.buffer = any_buffer( advise.size );
        call( unix_gpa_advise, &advise );
        free( (void *)advise.ranges );
        free( (void *)advise.buffer );
        break;
    case 6:
        if (how & 0x80) attach.version++;
        FUZZ_CHECK( call( unix_attach, &attach ) < 0, "attached" );
        if (!(how & 0x40)) break;
        reason.size = how & 0x20 ? 0 : fuzz_u8( calls.input );
        reason.buffer = any_buffer( reason.size );
        FUZZ_CHECK( call( unix_get_reason, &reason ) == S_OK, "there is no reason for that" );
        if (reason.buffer && reason.size)
            FUZZ_CHECK( memchr( reason.buffer, 0, reason.size ) != NULL, "a reason without an end" );
        free( reason.buffer );
        break;
    case 7:
        use_devices( how );
        break;
    }
}
