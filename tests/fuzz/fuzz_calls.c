/*
 * Fuzz target: the unix calls
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
 * Any sequence of the calls that the PE side makes, with any arguments; pointers are NULL or to memory of exactly the
 * size that the call was told. The fake KVM fails now and then.
 * What must hold, besides not crashing:
 *  - what is mapped where, with which rights, what KVM knows of it, and which pages are dirty, is what a plain table of
 *    pages says, also when KVM has refused an edit;
 *  - handles of the dead are refused; a buffer that was too small is large enough with the size that was asked for;
 *  - registers and small properties come back as they were set;
 *  - what is made with an event gives its context back, once, and a signal that nobody was told of;
 *  - when all partitions are deleted, no fd, no object and no run page is left.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "calls_model.h"
#include "fake_kvm.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "unixlib.h"
#include "wine/unixlib.h"

#define MAX_OPS    48

static int fds;                 /* of KVM, that are there all the time */

/* ---- partitions and vps ---- */

static void create( void )
{
    struct model *free_model = NULL;
    struct partition_create_params params;
    void *handle;
    NTSTATUS ret;
    UINT32 i;

    for (i = 0; i < PARTITIONS && !free_model; i++) if (!calls.models[i].exists) free_model = &calls.models[i];
    if (!free_model) return;
    params.partition = fuzz_u8( calls.input ) == 0xff ? NULL : &handle;
    ret = call( unix_partition_create, &params );
    if (ret != S_OK) return;
    FUZZ_CHECK( params.partition != NULL, "a partition without a handle" );
    memset( free_model, 0, sizeof(*free_model) );
    free_model->handle = handle;
    free_model->exists = 1;
    free_model->vp_count = 1;
}

static void change_partition( void )
{
    UINT8 how = fuzz_u8( calls.input );
    struct partition_params params = { any_handle() };
    enum unix_call number = how % 3 == 0 ? unix_partition_setup
                            : how % 3 == 1 ? unix_partition_reset : unix_partition_delete;
    NTSTATUS ret = call( number, &params );
    UINT32 i;

    if (!is_alive())
    {
        FUZZ_CHECK( ret < 0, "call %u without a partition", number );
        return;
    }
    if (ret < 0 && number != unix_partition_reset) return;
    switch (number)
    {
    case unix_partition_setup:
        FUZZ_CHECK( !calls.model->set_up, "set up twice" );
        calls.model->set_up = 1;
        break;
    case unix_partition_delete:
        calls.model->exists = 0;
        calls_bury( calls.model );
        break;
    default:
        for (i = 0; i < VPS; i++) memset( calls.model->gpr_known[i], 0, sizeof(calls.model->gpr_known[i]) );
        break;
    }
}

static void change_vp( void )
{
    UINT8 how = fuzz_u8( calls.input );
    struct vp_create_params create = { any_handle(), NULL, any_index(), 0, 0 };
    struct vp_params delete = { create.partition, create.index };
    NTSTATUS ret;

    if (how & 1)
    {
        ret = call( unix_vp_delete, &delete );
        FUZZ_CHECK( (ret == S_OK) == has_vp( delete.index ), "delete vp %u: %08x", delete.index, ret );
        if (ret == S_OK) calls.model->vps[delete.index] = 0;
        return;
    }
    if (how & 0x80)
    {
        create.count = how >> 1 & 3;
        create.properties = any_buffer( create.count * sizeof(*create.properties) );
    }
    if (how & 0x40) create.flags = fuzz_u8( calls.input ) & 1;
    ret = call( unix_vp_create, &create );
    free( (void *)create.properties );
    if (ret != S_OK) return;
    FUZZ_CHECK( is_alive() && calls.model->set_up && create.index < VPS && !calls.model->vps[create.index],
                "vp %u was created", create.index );
    calls.model->vps[create.index] = 1;
    memset( calls.model->gpr_known[create.index], 0, sizeof(calls.model->gpr_known[0]) );
}

static void run_vp( void )
{
    UINT32 size = fuzz_u8( calls.input );
    struct vp_run_params run = { any_handle(), any_buffer( size ), any_index(), size };
    struct vp_cancel_params cancel = { run.partition, run.index, size & 1 };
    struct vp_params abandoned = { run.partition, run.index };
    NTSTATUS ret;

    if (size & 2) call( unix_vp_cancel, &cancel );
    ret = call( unix_vp_run, &run );
    if (ret == S_OK)
        FUZZ_CHECK( has_vp( run.index ) && run.exit && size >= 144, "vp %u ran, %u bytes", run.index, size );
    if (size & 4) call( unix_vp_abandoned, &abandoned );
    free( run.exit );
}

/* ---- the rest ---- */

static int halt( struct fake_vcpu *vcpu )
{
    struct kvm_run *run = vcpu->run;

    if (run->kvm_dirty_regs & KVM_SYNC_X86_REGS) vcpu->regs = run->s.regs.regs;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_SREGS) vcpu->sregs = run->s.regs.sregs;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_EVENTS) vcpu->events = run->s.regs.events;
    run->kvm_dirty_regs = 0;
    run->s.regs.regs = vcpu->regs;
    run->s.regs.sregs = vcpu->sregs;
    run->s.regs.events = vcpu->events;
    if (run->immediate_exit) return -EINTR;
    vcpu->entered = 1;
    run->exit_reason = KVM_EXIT_HLT;
    return 0;
}

void fuzz_setup( void )
{
    HRESULT hr;

    fuzz_quiet();
    fake_kvm_reset();
    if (!host_get( &hr )) fuzz_fail( "host: %08x", hr );
    fake_kvm_replace_run( halt, NULL );
    calls.memory = mmap( NULL, HOST_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (calls.memory == MAP_FAILED) fuzz_fail( "no memory" );
    calls_events_setup();
    fds = fake_kvm_open_fds();
}

/* A partition to begin with, so that not all inputs have to make one. */
static void begin( UINT8 how )
{
    UINT32 i, count = VPS;
    struct partition_create_params create = { &calls.models[0].handle };
    struct partition_params params;
    struct partition_set_params set;
    struct vp_create_params vp;

    if (how & 1) return;
    if (call( unix_partition_create, &create )) fuzz_fail( "create" );
    params.partition = set.partition = vp.partition = calls.models[0].handle;
    calls.models[0].exists = 1;
    if (how & 2) return;
    set.code = WHvPartitionPropertyCodeProcessorCount;
    set.size = sizeof(count);
    set.buffer = &count;
    if (call( unix_partition_set_property, &set )) fuzz_fail( "processor count" );
    count = how >> 2 & 3;
    if (count)
    {
        set.code = WHvPartitionPropertyCodeLocalApicEmulationMode;
        call( unix_partition_set_property, &set );
    }
    if (call( unix_partition_setup, &params )) fuzz_fail( "setup" );
    calls.models[0].set_up = 1;
    for (i = 0; i < (how >> 4 & 3); i++)
    {
        vp.index = i;
        vp.properties = NULL;
        vp.count = vp.flags = 0;
        if (call( unix_vp_create, &vp )) fuzz_fail( "vp" );
        calls.models[0].vps[i] = 1;
    }
}

void fuzz_run( struct fuzz_input *in )
{
    UINT32 i;

    calls.input = in;
    memset( calls.models, 0, sizeof(calls.models) );
    calls_events_begin();
    fake_kvm_fail_at( 0, 0 );
    begin( fuzz_u8( in ) );
    for (i = 0; i < MAX_OPS && in->size; i++)
    {
        UINT8 op = fuzz_u8( in );

        switch (op & 15)
        {
        case 0: case 1: case 2: calls_map( 0 ); break;
        case 3: calls_map( 1 ); break;
        case 4: calls_dirty(); break;
        case 5: calls_query_dirty(); break;
        case 6: create(); break;
        case 7: change_partition(); break;
        case 8: change_vp(); break;
        case 9: run_vp(); break;
        case 10: calls_registers( 0 ); break;
        case 11: calls_registers( 1 ); break;
        case 12: calls_get_value(); break;
        case 13: calls_set_property(); break;
        case 14: calls_use_state(); break;
        case 15:
            if (op & 0x80) fake_kvm_fail_at( op >> 4 & 7, fuzz_u8( in ) & 1 ? ENOMEM : EINVAL );
            else if (op & 0x40) calls_events();
            else calls_others();
            break;
        }
    }
    fake_kvm_fail_at( 0, 0 );
    for (i = 0; i < PARTITIONS; i++)
    {
        struct partition_params params = { calls.models[i].handle };
        NTSTATUS ret = call( unix_partition_delete, &params );

        FUZZ_CHECK( (ret == S_OK) == calls.models[i].exists, "delete: %08x", ret );
        if (ret == S_OK) calls_bury( &calls.models[i] );
    }
    calls_events_end();
    FUZZ_CHECK( fake_kvm_open_fds() == fds && !fake_kvm_mapped_runs(), "left: %d fds, %d run pages",
                fake_kvm_open_fds(), fake_kvm_mapped_runs() );
}

void fuzz_seeds( fuzz_seed_func seed )
{
    /* a tracked mapping, a page of it written, a part of it replaced or taken away, and what is dirty then */
    static const UINT8 dirty_log[] = { 0x30, 0, 0, 0, 0, 3, 0x10, 4, 1, 0, 0, 0x10, 0, 1, 0, 2, 0, 7, 5, 0, 0, 0, 1 };
    static const UINT8 dirty_unmap[] = { 0x30, 0, 0, 0, 0, 3, 0x10, 4, 1, 0, 0, 0x10, 3, 1, 0, 2, 0, 7, 5, 0, 0, 0, 1 };
    UINT8 data[256];
    UINT32 op, how, i;

    seed( dirty_log, sizeof(dirty_log) );
    seed( dirty_unmap, sizeof(dirty_unmap) );
    /* each kind of object, made, used and deleted, or left to the partition */
    for (op = 0; op < 4; op++)
        for (how = 0; how < 32; how++)
        {
            UINT32 pos = 0;

            data[pos++] = 0x34;
            for (i = 0; i < 8; i++)
            {
                data[pos++] = 0x4f;
                data[pos++] = i == 6 ? 3 : op;
                data[pos++] = i & 1 ? how * 8 + i / 2 : how << 2;
                data[pos++] = 0;
                data[pos++] = i & 1 ? 0 : how;
                data[pos++] = how * 3;
                data[pos++] = i;
                data[pos++] = 0x40 + how;
            }
            seed( data, pos );
        }
    for (op = 0; op < 16; op++)
        for (how = 0; how < 16; how++)
        {
            UINT32 pos = 0;

            data[pos++] = how & 8 ? 0x34 : 0x30;
            for (i = 0; i < 8; i++)
            {
                data[pos++] = i & 1 ? op : (op * 5 + i * 3) & 15;
                data[pos++] = i * how;
                data[pos++] = 0;
                data[pos++] = i * 3 + how;
                data[pos++] = how + 1;
                data[pos++] = 7 + (how & 8);
                data[pos++] = how * 17;
                data[pos++] = 8;
            }
            seed( data, pos );
        }
}
